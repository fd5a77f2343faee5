"""Which pages an edit has read and written: those that it changes, and no others; and what was found is found again nevertheless."""

import os
from pathlib import Path

import pytest
from support.sphinx_books import Built, build

TOML = '[book]\ntitle = "Edits"\nslug = "edits"\nauthors = ["Its author"]\n'
CONF = "from toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n"
UNKNOWN = '''
"""An extension that shows on each page how many headings the book has."""


def count(app, pagename, templatename, context, doctree):
    context["body"] = f"{context.get('body')}<p>{sum(toc.astext().count(chr(10)) for toc in app.env.tocs.values())}</p>"


def setup(app):
    app.connect("html-page-context", count)
    return {}
'''
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{0}"><rect width="{0}" height="{0}"/></svg>\n'
BOOK = {
    "_config/book.toml": TOML,
    "_config/conf.py": CONF,
    "bib/works.bib": "@book{wave, author={A. Author}, title={Waves}, year={1999}, publisher={P}}\n"
    "@book{tide, author={B. Author}, title={Tides}, year={2001}, publisher={P}}\n",
    "img/square.svg": SVG.format(10),
    "book/index.md": "# Edits\n\n```{toctree}\n:numbered: 3\n:maxdepth: 1\n\na/index\nb/index\nworks\n```\n",
    "book/a/index.md": "# Chapter A\n\n```{toctree}\n:maxdepth: 2\n\none\ntwo\n```\n",
    "book/a/one.md": "# One\n\n(heading)=\n## A heading\n\nText.\n\n## Another heading\n\n"
    "```{figure} /../img/square.svg\n:name: fig\n:alt: A square\n\nA figure\n```\n\n```{glossary}\nwave\n  It goes up and down.\n```\n",
    "book/a/two.md": "# Two\n\nText. By {cite:t}`wave`. See {numref}`fig`, {eq}`sum` and {numref}`b-two`.\n",
    "book/b/index.md": "# Chapter B\n\nSee {ref}`heading` and {numref}`heading`.\n\n```{toctree}\n:titlesonly:\n\none\ntwo\n```\n",
    "book/b/one.md": "# B one\n\n$$ x $$ (first)\n\n$$ y $$ (sum)\n\nBy {cite:t}`tide`.\n",
    "book/b/two.md": "(b-two)=\n# B two\n\nA {term}`wave`. See {doc}`/a/two` and [](/a/one.md#another-heading).\n",
    "book/works.md": "# Works\n\nBy $\\eqref{sum}$.\n\n```{bibliography}\n```\n",
}
ALL = {name.removeprefix("book/").removesuffix(".md") for name in BOOK if name.startswith("book/")}
EDITS: list[tuple[str, str, str, str, set[str], set[str]]] = [
    ("a sentence", "book/a/one.md", "Text.", "Other text.", {"a/one"}, set()),
    ("a heading that others show", "book/a/one.md", "A heading", "The heading", {"a/one"}, {"a/index", "b/index"}),
    ("a heading that one shows", "book/a/one.md", "Another heading", "One more", {"a/one"}, {"a/index", "b/two"}),
    ("the title of a page", "book/b/two.md", "B two", "B, two", {"b/two"}, ALL),
    ("a figure before another", "book/a/index.md", "A\n", "A\n\n```{figure} /../img/square.svg\n:alt: A\n\nB\n```\n",
     {"a/index"}, {"a/one", "a/two"}),
    ("a caption", "book/a/one.md", "A figure", "The figure", {"a/one"}, set()),
    ("a formula before another", "book/b/one.md", "$$ x $$ (first)\n", "$$ x $$ (first)\n\n$$ z $$ (second)\n",
     {"b/one"}, {"a/two", "works"}),
    ("a work", "bib/works.bib", "Waves", "The waves", {"works"}, {"a/two"}),
    ("the first figure of a page that one refers to", "book/b/two.md", "A {term}",
     "```{figure} /../img/square.svg\n:alt: A\n\nB\n```\n\nA {term}", {"b/two"}, set()),
    ("a term", "book/a/one.md", "```{glossary}\nwave", "```{glossary}\nWave", {"a/one"}, {"b/two"}),
    ("a term by its words", "book/a/one.md", "Wave\n", "Waves\n", {"a/one"}, {"b/two"}),
    ("a picture", "img/square.svg", '"10"', '"20"', {"a/one", "a/index", "b/two"}, set()),
    ("nothing", "book/a/one.md", "", "", set(), set()),
    ("the order of pages", "book/b/index.md", "one\ntwo", "two\none", {"b/index"}, ALL),
]  # fmt: skip
"""What is edited: the file, what stands there and then; the pages that are read, and which others are written."""


def write(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def edited(project: Path, name: str, old: str, new: str) -> Built:
    text = (project / name).read_text(encoding="utf-8")
    assert old in text
    write(project, {name: text.replace(old, new)})
    return build(project, "html")


def test_those_pages_are_written_that_an_edit_changes(tmp_path: Path) -> None:
    write(tmp_path, BOOK)
    assert build(tmp_path, "html").written == ALL

    pages = {}
    for what, name, old, new, *_ in EDITS:
        built = edited(tmp_path, name, old, new)
        pages[what] = (set(built.read), set(built.written))
        assert built.written - built.read == built.differing - built.read, what

    assert pages == {what: (read, read | written) for what, _, _, _, read, written in EDITS}


def test_what_an_unknown_extension_shows_is_never_old(tmp_path: Path) -> None:
    write(tmp_path, BOOK)
    write(tmp_path, {"_config/counted.py": UNKNOWN})
    conf = "import sys\nfrom pathlib import Path\n" + CONF
    conf += "sys.path.insert(0, str(Path(__file__).parent))\n"
    conf += "extensions = [*extensions, 'counted', 'sphinx.ext.autosectionlabel']\n"
    conf += "suppress_warnings = ['autosectionlabel.*']\n"
    write(tmp_path, {"_config/conf.py": conf})
    # The page that is read last has the label, which the page edited has, too.
    write(tmp_path, {"book/b/one.md": BOOK["book/b/one.md"] + "\n## Another heading\n"})
    write(tmp_path, {"book/b/two.md": BOOK["book/b/two.md"] + "\nIn {ref}`Another heading`.\n"})
    first = build(tmp_path, "html")
    of_label = 'href="one.html#another-heading"'
    assert of_label in first.files["html/b/two.html"].decode()

    built = edited(tmp_path, "book/a/one.md", "Text.", "Text.\n\n## A heading that nobody refers to\n")

    assert (built.read, built.written, built.differing) == ({"a/one", "b/one"}, ALL, ALL)
    assert of_label in built.files["html/b/two.html"].decode()


def test_what_was_found_in_a_page_stays_without_reading_it(tmp_path: Path) -> None:
    write(tmp_path, BOOK)
    pages = {
        "a/one": "# One\n\n{nonsense}`x`\n\n![Absent](/absent.svg)\n\n```{include} /absent.txt\n```\n",
        "a/two": "# Two\n\n(twice)=\n## Once\n\nText.\n",
        "b/one": "# B one\n\n(twice)=\n## Twice\n\n$$ y $$ (sum)\n",
        "b/two": "# B two\n\n{ref}`nowhere` and [a page](/c.md)\n\n```{toctree}\nnone\n```\n",
    }
    write(tmp_path, {f"book/{name}.md": text for name, text in pages.items()})
    first = build(tmp_path, "notebooks", "html")
    assert {finding.path for finding in first.findings} == {
        f"book/{name}.md" for name in (*pages, "b/index")
    } - {"book/a/two.md"}

    again = build(tmp_path, "html")
    assert (again.findings, again.read) == (first.findings, {"a/two", "b/one"})
    assert again.written == again.read
    sentence = edited(tmp_path, "book/works.md", "# Works", "# Works\n\nText.")
    assert (sentence.findings, sentence.read) == (first.findings, {"a/two", "b/one", "works"})

    mended = edited(tmp_path, "book/a/two.md", "(twice)=", "(once)=")
    assert mended.read == {"a/two", "b/one"}
    assert not [finding for finding in mended.findings if "duplicate" in finding.message]
    write(tmp_path, {"book/absent.svg": SVG.format(10)})
    there = build(tmp_path, "html")
    assert there.read == {"a/one"}
    assert not [finding for finding in there.findings if "absent.svg" in finding.message]
    write(tmp_path, {"book/absent.txt": "It is there."})
    included = build(tmp_path, "html")
    assert included.read == {"a/one"}
    assert "It is there." in included.files["html/a/one.html"].decode()
    write(tmp_path, {"book/c.md": "(nowhere)=\n# C\n"})
    led = build(tmp_path, "html")
    assert {"c", "b/two"} <= led.read
    write(tmp_path, {"book/b/none.md": "# It is there\n"})
    listed = build(tmp_path, "html")
    assert {"b/none", "b/two"} <= listed.read
    messages = {
        finding.message for finding in listed.findings if finding.path in ("book/b/two.md", "book/a/two.md")
    }
    assert messages == set()


@pytest.mark.parametrize("seconds", [1, -(10**8)])
def test_a_page_is_read_for_its_content_not_for_its_time(tmp_path: Path, seconds: int) -> None:
    write(tmp_path, BOOK)
    build(tmp_path, "html")
    page = tmp_path / "book/a/one.md"
    time = page.stat().st_mtime + seconds

    os.utime(page, (time, time))
    touched = build(tmp_path, "html")
    write(tmp_path, {"book/a/one.md": BOOK["book/a/one.md"].replace("Text", "Test")})
    os.utime(page, (time, time))
    changed = build(tmp_path, "html")

    assert (touched.read, touched.written) == (set(), set())
    assert (changed.read, changed.written) == ({"a/one"}, {"a/one"})
