"""A small book with something of everything that pages see of each other, and thirty kinds of edits of it."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{0}"><rect width="{0}" height="{0}"/></svg>\n'
BIB = "@book{{{key}, author={{{author}}}, title={{A title}}, year={{{year}}}, publisher={{P}}}}\n"
FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"
FILES = {
    "_config/book.toml": '[book]\ntitle = "Warm"\nslug = "warm"\nauthors = ["An author"]\n\n'
    f'[kernel]\ninterpreter = "{sys.executable}"\n',
    "bib/one.bib": BIB.format(key="first", author="Anna First", year=2001)
    + BIB.format(key="second", author="Otto Second", year=2002),
    "img/square.svg": SVG.format(20),
    "img/other.svg": SVG.format(30),
    "book/index.md": "# Warm\n\nIt begins.\n\n```{toctree}\n:numbered:\none/index\ntwo/index\nreferences\n```\n",
    "book/one/index.md": "# The first chapter\n\nWords.\n\n```{toctree}\nplain\npictures\n```\n",
    "book/one/plain.md": "(plain)=\n# Plain\n\nSome prose, and {cite:t}`first`.\n\n## A heading\n\nMore.\n",
    "book/one/pictures.md": "# Pictures\n\nSee {numref}`square` and {ref}`plain`.\n\n"
    "```{figure} ../../img/square.svg\n:name: square\n:alt: A square\nA caption.\n```\n\n"
    "```{math}\n:label: circle\nx^2 + y^2 = 1\n```\n",
    "book/two/index.md": "# The second chapter\n\nBy {eq}`circle`, {cite:p}`second`.\n\n```{toctree}\ncode\n```\n",
    "book/two/code.md": f"{FRONT}# Code\n\nIt counts.\n\n```{{code-cell}} ipython3\nprint(6 * 7)\n```\n\nAfter it.\n",
    "book/references.md": "# References\n\n```{bibliography}\n```\n",
}
PLAIN, PICTURES, CODE = "book/one/plain.md", "book/one/pictures.md", "book/two/code.md"

Edit = Callable[[Path], object]


def write_book(project: Path) -> Path:
    """Write the book."""
    for name, text in FILES.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return project


def put(name: str, old: str, new: str) -> Edit:
    """Return an edit that replaces what stands in a file."""

    def edit(project: Path) -> None:
        text = (project / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        (project / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def add(name: str, text: str) -> Edit:
    """Return an edit that adds to a file, or writes a new one."""

    def edit(project: Path) -> None:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(before + text, encoding="utf-8")

    return edit


def drop(name: str) -> Edit:
    """Return an edit that removes a file."""
    return lambda project: (project / name).unlink()


def both(*edits: Edit) -> Edit:
    """Return several edits that are saved together."""

    def edit(project: Path) -> None:
        for one in edits:
            one(project)

    return edit


def move(name: str, to: str) -> Edit:
    """Return an edit that gives a file another name."""
    return lambda project: shutil.move(project / name, project / to)


PROSE: dict[str, tuple[str, Edit]] = {
    "a sentence": ("one/plain", put(PLAIN, "Some prose", "Some other prose")),
    "a paragraph": ("one/plain", add(PLAIN, "\nAnother paragraph.\n")),
    "a heading": ("one/plain", put(PLAIN, "## A heading", "## Another heading")),
    "a new section": ("one/plain", add(PLAIN, "\n## One more\n\nWords.\n")),
    "the title": ("one/plain", put(PLAIN, "# Plain", "# Plainer")),
    "a formula": ("one/plain", add(PLAIN, "\n$$a^2 = b$$\n")),
    "a caption": ("one/pictures", put(PICTURES, "A caption.", "Another caption.")),
    "a figure": (
        "one/pictures",
        add(PICTURES, "\n```{figure} ../../img/other.svg\n:name: other\n:alt: Other\nOther.\n```\n"),
    ),
    "a citation": ("one/plain", add(PLAIN, "\nAs in {cite:p}`second`.\n")),
    "a reference": ("one/plain", add(PLAIN, "\nSee {numref}`square`.\n")),
    "a dead reference": ("one/plain", add(PLAIN, "\nSee {ref}`nowhere`.\n")),
    "a dead reference mended": ("one/plain", put(PLAIN, "\nSee {ref}`nowhere`.\n", "")),
    "prose around a cell": ("two/code", put(CODE, "It counts.", "It counts.\n\nAnd more lines.")),
    "the first page": ("index", put("book/index.md", "It begins.", "It begins again.")),
    "a page of a chapter": ("two/index", put("book/two/index.md", "By {eq}", "So by {eq}")),
    "a footnote": ("one/plain", add(PLAIN, "\nA note[^n].\n\n[^n]: It is here.\n")),
    "a link and a table": (
        "one/plain",
        add(PLAIN, "\n[Code](../two/code.md)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
    ),
}
"""By its kind: the page whose text is edited, and how."""
OTHERS: dict[str, Edit] = {
    "a cell": put(CODE, "6 * 7", "7 * 8"),
    "a cell's tag": put(CODE, "print(7", ":tags: [hide-input]\nprint(7"),
    "a new cell": add(CODE, "\n```{code-cell} ipython3\n1 + 1\n```\n"),
    "front matter": put(CODE, "file_format: mystnb\n", "file_format: mystnb\nbundle: false\n"),
    "an entry of the bibliography": put("bib/one.bib", "Anna First", "Anne First"),
    "new entries, one of them in a new file": both(
        add("bib/one.bib", BIB.format(key="third", author="Ida Third", year=2003)),
        add("bib/two.bib", BIB.format(key="fourth", author="Udo Fourth", year=2004)),
        add(PLAIN, "\nBy {cite:p}`fourth`.\n"),
    ),
    "another picture": lambda project: (project / "img/square.svg").write_text(SVG.format(40)),
    "a new page": both(
        add("book/one/new.md", "# New\n\nIt is new.\n"),
        put("book/one/index.md", "pictures\n", "pictures\nnew\n"),
    ),
    "a page moved": both(
        move("book/one/new.md", "book/two/new.md"),
        put("book/one/index.md", "new\n", ""),
        put("book/two/index.md", "code\n", "code\nnew\n"),
    ),
    "a page gone": both(drop("book/two/new.md"), put("book/two/index.md", "new\n", "")),
    "the order of chapters": put("book/index.md", "one/index\ntwo/index", "two/index\none/index"),
    "no numbers": put("book/index.md", ":numbered:\n", ""),
    "book.toml": put("_config/book.toml", 'title = "Warm"', 'title = "Warmer"'),
    "conf.py": add(
        "_config/conf.py",
        "from toolchain.sphinxext import configuration\n\nglobals().update(configuration(__file__))\nhtml_show_sphinx = True\n",
    ),
    "conf.py again": put("_config/conf.py", "html_show_sphinx = True", "html_show_sphinx = False"),
    "a style sheet": add("_config/theme/own.css", "p { color: black; }\n"),
}
"""By its kind: how anything else is edited."""
