"""The numbers that sections have before Sphinx has read them are those that Sphinx gives them."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.places import REPOSITORY, TESTS
from support.sphinx_numbers import Numbers, SphinxNumbers, read_books

from toolchain.base.errors import ToolchainError
from toolchain.base.files import files_below
from toolchain.model import Parsed
from toolchain.project import settings
from toolchain.project.layout import Layout
from toolchain.sources import parsing, reading
from toolchain.sources.numbering import section_numbers
from toolchain.sources.toctree import numbered_pages, resolved

RECURRING = ("Summary", "What's next?")


def parsed(folder: Path) -> dict[str, Parsed]:
    return {
        path.relative_to(folder).with_suffix("").as_posix(): parsing.parse(path.read_text(), path, path.name)
        for path in files_below(folder)
        if path.suffix in Layout().suffixes and folder / "data" not in path.parents
    }


def numbers_before(pages: Mapping[str, Parsed], recurring: tuple[str, ...]) -> Numbers:
    return {
        page: [".".join(map(str, number)) for number in numbers]
        for page, numbers in section_numbers(resolved(pages), recurring, "index").items()
    }


def with_numbers(numbers: Numbers) -> Numbers:
    return {page: of_page for page, of_page in numbers.items() if any(of_page)}


def test_in_every_book_sections_have_the_numbers_that_sphinx_gives_them() -> None:
    books = {}
    for folder in (REPOSITORY, *sorted((TESTS / "projects").iterdir())):
        try:
            book_settings = settings.load(folder)
            reading.read(book_settings, remember=False)
        except ToolchainError:
            continue  # Sphinx never sees it
        books[book_settings.sources] = book_settings.book.recurring
    assert len(books) > 50

    for (folder, recurring), sphinx in zip(books.items(), read_books(books), strict=True):
        assert numbers_before(parsed(folder), recurring) == sphinx.ours, folder


CHAPTERS = "# Index\n\n```{toctree}\n:numbered:\n\na\nb\nc\n```\n"
SMALL = {"a": "# A\n", "b": "# B\n", "c": "# C\n"}
LIST = "```{toctree}\na\nb\n```"


def listing(text: str, *, numbered: bool = True, **pages: str) -> dict[str, str]:
    """Return the pages of a book whose first page lists a chapter with this text, and then `c`."""
    option = ":numbered:" if numbered else ""
    index = f"# Index\n\n```{{toctree}}\n{option}\n\nchapter\nc\n```\n"
    return {"index": index, "chapter": text, **SMALL, **pages}


CELLS = [
    {"id": "a", "cell_type": "markdown", "metadata": {}, "source": "# Chapter\n\n```python\nnever closed"},
    {"id": "b", "cell_type": "markdown", "metadata": {"tags": ["remove-cell"]}, "source": "## Removed"},
    {"id": "c", "cell_type": "markdown", "metadata": {}, "source": "---\n\n## Section\n\n---"},
    {"id": "d", "cell_type": "raw", "metadata": {}, "source": "## Raw"},
    {"id": "e", "cell_type": "markdown", "metadata": {}, "source": f"Text\n\n{LIST}"},
]
OWN = {
    "lists in reStructuredText": listing(
        "# Chapter\n\n```{eval-rst}\n.. toctree::\n   :maxdepth: 2\n   :reversed:\n\n   A <a>\n   b\n\nOne\n---\n\nTwo\n~~~\n\n"
        ".. toctree::\n\n      d\n\nText.\n\n.. toctree:\n   e\n\nThree\n-----\n```\n",
        d="# D\n\n## In it\n",
        e="# E\n",
    ),
    "a list": listing(f"# Chapter\n\n{LIST}\n"),
    "options in a block": listing(
        "# Chapter\n\n```{toctree}\n---\ncaption: |\n  a\nreversed: true\n---\na\nb\n```\n"
    ),
    "an option with a colon in it": listing(
        '# Chapter\n\n```{toctree}\n:caption: "a: b"\n:reversed:\n\na\nb\n```\n'
    ),
    "options below a blank line": listing("# Chapter\n\n```{toctree}\n\n:reversed:\na\nb\n```\n"),
    "options that are indented": listing("# Chapter\n\n```{toctree}\n  :reversed:\n\n  a\nb\n```\n"),
    "an unknown option": listing(
        "# Chapter\n\n```{toctree}\n:reverse:\n:maxdepth: x\n:reversed:\na\nb\n```\n"
    ),
    "an option after the entries": listing("# Chapter\n\n```{toctree}\na\nb\n:reversed:\n```\n"),
    "an option that is a comment": listing("# Chapter\n\n```{toctree}\n:reversed:\n# comment\na\nb\n```\n"),
    "an entry on the first line": listing("# Chapter\n\n```{toctree} a\nb\n```\n"),
    "capitals": listing("# Chapter\n\n```{Toctree}\na\nb\n```\n"),
    "tildes and colons": listing("# Chapter\n\n~~~{toctree}\na\n~~~\n\n:::{toctree}\nb\n:::\n"),
    "a space after the fence": listing("# Chapter\n\n``` {toctree}\na\nb\n```\n"),
    "a fence that is indented": listing("# Chapter\n\n   ```{toctree}\n   a\n   b\n   ```\n"),
    "code that is indented": listing("# Chapter\n\n    ```{toctree}\n    a\n    b\n    ```\n"),
    "a fence that is never closed": listing("# Chapter\n\n```{toctree}\na\nb\n"),
    "trailing spaces": listing("# Chapter \n\n```{toctree}  \n:reversed:  \na \nb\n```  \n"),
    "other line ends": listing(f"# Chapter\n\n{LIST}\n\n## Section\n".replace("\n", "\r\n")),
    "titles": listing(
        "# Chapter\n\n```{toctree}\n:reversed:\nThe <first> A <a>\nB<b.md>\nSelf <self>\n```\n"
    ),
    "elsewhere": listing(
        "# Chapter\n\n```{toctree}\nhttps://a.org\nSite <https://a.org/[*]>\nself\nchapter\na\ngenindex\nb\n```\n"
    ),
    "twice": listing("# Chapter\n\n```{toctree}\na\na\nb\n```\n\n## Section\n\n```{toctree}\na\nc\n```\n"),
    "twice and reversed": listing("# Chapter\n\n```{toctree}\n:reversed:\na\nb\na\n```\n"),
    "percent": listing(f"# Chapter\n\n% ## No\n% {LIST}\n\n+++\n\n```{{toctree}}\n% a\nb\n```\n"),
    "a comment": listing(f"# Chapter\n\n<!--\n## No\n{LIST}\n-->\n\n## Section\n"),
    "a sample": listing(
        f"# Chapter\n\n````md\n# No\n{LIST}\n````\n\n`````{{code-block}} md\n## No\n{LIST}\n`````\n"
    ),
    "a title in code above": listing("```python\n# No\n```\n\n# Chapter\n\n## Section\n"),
    "a longer fence": listing(f"# Chapter\n\n`````{{note}}\n{LIST}\n`````\n\n## Section\n"),
    "a tip in a card in a grid": listing(
        f"# Chapter\n\n:::::{{grid}} 2\n:gutter: 1\n\n::::{{grid-item-card}} Title\n:::{{tip}}\n{LIST}\n:::\n::::\n:::::\n\n## Section\n"
    ),
    "tabs": listing(
        f"# Chapter\n\n````{{tab-set}}\n```{{tab-item}} T\n~~~{{toctree}}\na\n~~~\n```\n````\n\n## Section\n{LIST}\n"
    ),
    "a box without a name": listing(
        f"# Chapter\n\n:::\n## No\n{LIST}\n:::\n\n:::box\n## No\n:::\n\n## Section\n"
    ),
    "a list of lists": listing(
        "# Chapter\n\n- item\n\n  ## No\n\n  ```{toctree}\n  a\n  ```\n\n> ## No\n>\n> ```{toctree}\n> b\n> ```\n\n## Section\n"
    ),
    "a definition": listing("# Chapter\n\nTerm\n: ```{toctree}\n  a\n  ```\n\n## Section\n"),
    "headings in boxes": listing(
        f"# Chapter\n\n:::{{note}}\n## No\n\n{LIST}\n:::\n\n```{{tip}}\n### No\n```\n\n## Section\n"
    ),
    "only": listing(
        f"# Chapter\n\n:::{{only}} html\n## Section\n\n{LIST}\n:::\n\n```{{toctree}}\nd\n```\n\n## Next\n",
        d="# D\n",
    ),
    "setext": listing(f"Chapter\n=======\n\nA section\nof two lines\n---\n\n{LIST}\n\n***\n\nNext\n-\n"),
    "closed headings": listing(
        f"# Chapter #\n\n## *A* `b` $c$ ##\n\n{LIST}\n\n ## Next\n##No\n\n####### No\n"
    ),
    "an empty heading": listing(f"# Chapter\n\n##\n\n{LIST}\n"),
    "a level too deep": listing(
        f"# Chapter\n\n### Section\n\n{LIST}\n\n## Next\n\n```{{toctree}}\nd\n```\n", d="# D\n"
    ),
    "a page that begins below": listing(f"## Chapter\n\n{LIST}\n\n### Section\n\n# Another\n"),
    "no title": listing(f"{LIST}\n"),
    "nothing": listing(""),
    "two titles": listing(f"# Chapter\n\n## Section\n\n# Another\n\n{LIST}\n"),
    "two titles below": listing(f"# Chapter\n\n{LIST}\n", a="# A\n\n# Another\n\n## Section\n"),
    "a list above the title": listing(f"{LIST}\n\n# Chapter\n\n## Section\n"),
    "a title in front matter": listing(
        "---\ntitle: Chapter\nmyst:\n  title_to_header: true\n---\n\n## Section\n\n" + LIST
    ),
    "extensions in front matter": listing(
        "---\nmyst:\n  enable_extensions: []\n---\n# Chapter\n\n:::{toctree}\na\n:::\n"
    ),
    "front matter alone": listing(f"---\n# no\nkey: value\n---\n# Chapter\n\n{LIST}\n"),
    "a notebook": listing("")
    | {"chapter.ipynb": json.dumps({"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})},
    "a notebook in Markdown": listing(
        f"---\nfile_format: mystnb\nkernelspec: {{name: python3}}\n---\n# Chapter\n\n```{{code-cell}}\n# No\n1 + 1\n```\n\n## Section\n\n{LIST}\n"
    ),
    "not as deep": {
        "index": "# Index\n\n```{toctree}\n:numbered: 2\nchapter\nc\n```\n",
        **SMALL,
        "chapter": f"# Chapter\n\n{LIST}\n\n## Section\n\n### Below\n\n```{{toctree}}\nd\n```\n",
        "a": "# A\n\n## Section\n",
        "d": "# D\n",
    },
    "no depth": {"index": "# Index\n\n```{toctree}\n:numbered: 0\na\nb\n```\n", **SMALL},
    "a depth that is none": {"index": "# Index\n\n```{toctree}\n:numbered: true\na\nb\n```\n", **SMALL},
    "stars": {
        "index": "# Index\n\n```{toctree}\n:glob:\n:numbered:\n\nc\n*\nfolder/*\n[!f]*/x?\n**\n```\n",
        **SMALL,
        **{
            f"{name}": f"# {name}\n"
            for name in ("folder/a", "folder/b", "folder/deep/c", "other/x1", "other/y1", "foo/x1")
        },
    },
    "stars within a folder": listing(
        "# Chapter\n\n```{toctree}\n:glob:\n:reversed:\n/folder/[^a]\n../book/folder/d*\n./fold*\n```\n"
    )
    | {f"folder/{name}": f"# {name}\n" for name in ("a", "b", "d1", "d2", "^")},
    "a star without glob": listing("# Chapter\n\n```{toctree}\n*\na\n```\n"),
    "odd patterns": listing("# Chapter\n\n```{toctree}\n:glob:\n[]\n[ab\n[a-b\\]]\nc.x\n[*\n```\n"),
    "folders": listing("# Chapter\n\n```{toctree}\nd/x\n/d/y.ipynb\nd/../a\n./b.rst\n```\n")
    | {"d/x": "# X\n\n```{toctree}\ny\n```\n", "d/y": "# Y"},
    "numbers below a page without": listing(
        "# Chapter\n\n```{toctree}\n:numbered:\na\nb\n```\n", numbered=False
    ),
    "a page that nobody lists": {
        "index": "# Index\n",
        **SMALL,
        "lone": "# Lone\n\n```{toctree}\n:numbered:\na\n```\n",
    },
    "in two lists": {
        "index": "# Index\n\n```{toctree}\npart\n```\n\n```{toctree}\n:numbered:\nchapter\na\n```\n",
        **SMALL,
        "part": f"# Part\n\n{LIST}\n",
        "chapter": "# Chapter\n\n```{toctree}\nb\n```\n",
    },
    "round": listing(
        "# Chapter\n\n```{toctree}\na\n```\n", a="# A\n\n```{toctree}\nchapter\nindex\nb\n```\n"
    ),
    "within the first page": {
        "index": "# Index\n\n## Section\n\n:::{note}\n```{toctree}\n:numbered:\n:hidden:\na\nb\n```\n:::\n",
        **SMALL,
    },
}
"""Books that Sphinx numbers as we do, by what is hard in them."""


def many(*toctrees: str, **pages: str) -> dict[str, str]:
    return {
        "index": "# Index\n\n" + "\n\n".join(f"```{{toctree}}\n{body}\n```" for body in toctrees),
        **SMALL,
        **pages,
    }


OURS = {
    "parts": (many("genindex", ":numbered:\na", "b", ":numbered:\nc"), {"a": "1", "b": "", "c": "2"}),
    "two appendices": (
        many(
            ":class: appendix\n:numbered:\na",
            ":numbered:\nb",
            ":class: odd Appendix\n:numbered:\nc\nd",
            d="# D\n\n## E\n",
        ),
        {"a": "A", "b": "1", "c": "B", "d": "C"},
    ),
    "a page in two parts": (many(":numbered:\na\nb", ":numbered:\na\nc"), {"a": "1", "b": "2", "c": "3"}),
    "a part of pages without titles": (
        many(":numbered:\nd\na", ":numbered:\nb", d="Text\n"),
        {"a": "1", "b": "2", "d": ""},
    ),
    "pages in a summary": (
        many(
            ":numbered:\nd\nc",
            d="# D\n\n## *Summary*\n\n:::{note}\n```{toctree}\na\n```\n:::\n\n### Below\n\n```{toctree}\nb\n```\n\n## Next\n",
        ),
        {"d": "1", "a": "1.1", "b": "1.2", "c": "2"},
    ),
    "an apostrophe": (
        many(":numbered:\nd\nc", d="# D\n\n## What's next?\n\n## Next\n\n```{toctree}\na\n```\n"),
        {"d": "1", "a": "1.1.1", "c": "2"},
    ),
    "a summary for a title": (
        many(":numbered:\nd\nc", d="# Summary\n\n### Summary\n\n## Summary\n\n## Next\n\n" + LIST),
        {"d": "1", "a": "1.1.1", "b": "1.1.2", "c": "2"},
    ),
    "many appendices": (
        many(":numbered:\n:class: appendix\n:glob:\nx*", **{f"x{n}": "# X\n" for n in range(10, 38)}),
        {"x10": "A", "x35": "Z", "x36": "AA", "x37": "BB"},
    ),
}
"""Books that Sphinx alone would number in another way, with what pages are called here."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, SphinxNumbers]]:
    """Give every case as a folder of pages, with what Sphinx says of it."""
    cases = OWN | {name: pages for name, (pages, _) in OURS.items()}
    books: dict[Path, tuple[str, ...]] = {}
    for name, pages in cases.items():
        folder = tmp_path_factory.mktemp("cases") / "book"
        for page, text in pages.items():
            path = folder / (page if "." in page else f"{page}.md")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, newline="")
        if name == "a notebook":
            (folder / "chapter.md").unlink()
        books[folder] = RECURRING
    return dict(zip(cases, zip(books, read_books(books), strict=True), strict=True))


def test_what_is_hard_to_read_is_read_as_sphinx_reads_it(
    written: dict[str, tuple[Path, SphinxNumbers]],
) -> None:
    wrong = {}
    for name, (folder, sphinx) in written.items():
        ours = numbers_before(parsed(folder), RECURRING)
        if ours != sphinx.ours or (name in OWN and with_numbers(ours) != with_numbers(sphinx.own)):
            wrong[name] = (ours, sphinx)
    assert not wrong
    for name, (_, expected) in OURS.items():
        pages = numbered_pages(parsed(written[name][0]), RECURRING, "index")
        numbers = {page.name: ".".join(map(str, page.number)) for page in pages}
        assert expected.items() <= numbers.items(), name
