"""What the toolchain says on pages is in the language of the book, and says what the book wants."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from support.places import REPOSITORY
from support.running import run_toolchain

from toolchain.project.words import TABLES, of_language

LANGUAGES = sorted(path.stem for path in TABLES.glob("*.toml"))
TOML = """[book]
title = "Alfa"
slug = "alfa"
authors = ["Bravo"]
language = "{}"
repository = "https://github.com/alfa/bravo"
forum = "https://alfa.example/t/{{topic}}"
text_licence = "Kilo"
code_licence = "Lima"

[[book.news]]
date = 2026-01-01
text = "Charlie."

[kernel]
folder = "kernel"

[notebooks]
outputs = true
"""
FRONT = "\n".join(
    f"```{{{name}}}\n```\n"
    for name in ("landing", "chapter-cards", "prerequisites-graph", "news", "cite-book", "contributors")
)
WORDS = " ".join(["delta"] * 700)
NOTEBOOK = """{"cells": [
 {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Golf\\n\\nHotel."},
 {"cell_type": "code", "id": "b", "metadata": {"tags": ["hide-input"]}, "execution_count": 1, "source": "golf = 1",
  "outputs": [{"output_type": "stream", "name": "stdout", "text": "golf\\n"}]}
], "metadata": {"kernelspec": {"name": "python3", "display_name": "Golf"}}, "nbformat": 4, "nbformat_minor": 5}
"""
BOOK = {
    "_config/kernel/.keep": "",
    "_config/conf.py": "from toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n",
    "img/alfa.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"><rect width="9" height="9"/></svg>\n',
    "book/index.md": f"# Alfa\n\n{FRONT}\n```{{toctree}}\n:numbered:\n\none/index\n```\n",
    "book/one/index.md": "# Echo\n\n```{toctree}\ndelta\nhotel\ngolf\n```\n",
    "book/one/delta.md": f"---\ndiscuss: 7\n---\n# Delta\n\n{WORDS}\n\n```{{figure}} /../img/alfa.svg\n:name: alfa\n:alt: Alfa\n\nAlfa\n```\n\n"
    "$$ x $$ (echo)\n\n```{table} Alfa\n:name: bravo\n\n| alfa |\n| --- |\n| bravo |\n```\n\n```{index} alfa\n```\n\n"
    "(hotel)=\n## Hotel\n\n{numref}`alfa`, {numref}`bravo` {numref}`hotel` {eq}`echo`\n",
    "book/one/hotel.md": "---\nprerequisites: [one/delta]\n---\n# Hotel\n\nHotel.\n",
    "book/one/golf.ipynb": NOTEBOOK,
}
AUTHORS = re.compile(
    r"\b(?:alfa|bravo|charlie|delta|echo|golf|hotel|kilo|lima)s?\b|https?:\S+|\b2026\b|\d|[^\w\s]|_",
    re.IGNORECASE,
)
"""What stands on pages of both books since their author has typed it."""
IN_BOTH = {
    *("Notebook", "Notebooks", "PDF", "Repository", "Text", "Code"),  # as German has them
    *("author", "title", "url", "year", "book"),  # of BibTeX
    *("Ctrl K", "x", "python", "svg", "img", "A", "Copyright", "Text Code"),
}
NOTICES = "notices"
"""The page with the licences of others, which have their own languages."""


def write(folder: Path, language: str) -> Path:
    files = {**BOOK, "_config/book.toml": TOML.format(language)}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def build(project: Path) -> None:
    built = run_toolchain("build", "html", "notebooks", "--no-execute", "--allow-missing", project=project)
    assert built.code in {0, 1}, built.stdout + built.stderr


def said(project: Path) -> set[str]:
    """Return what stands on the pages of a site, and what is said of their parts."""
    return {
        text
        for path in (project / "_build/html").rglob("*.html")
        if not path.name.startswith(NOTICES) and "_static" not in path.parts
        for part in _parts(path)
        if (text := " ".join(AUTHORS.sub(" ", part).split()))
    }


def _parts(path: Path) -> Iterator[str]:
    for element in html.parse(str(path)).getroot().iter():
        if isinstance(element.tag, str) and element.tag not in (
            "script",
            "style",
            "annotation",
            "head",
            "title",
        ):
            yield from (element.text or "", element.tail or "")
            yield from (
                element.get(name, "")
                for name in ("title", "aria-label", "alt", "placeholder", "data-tooltip")
            )


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give the same book in two languages."""
    projects = {name: write(tmp_path_factory.mktemp(name), name) for name in ("en", "de")}
    for project in projects.values():
        build(project)
    return projects


def test_a_german_book_has_no_english_word_of_the_toolchain_on_its_pages(books: dict[str, Path]) -> None:
    english, german = (said(books[name]) for name in ("en", "de"))

    assert english & german <= IN_BOTH
    # What there is to say is said: the front, relations, facts, numbers, results, buttons, links, search.
    assert {
        "Grundlage",
        "Führt weiter zu",
        "Etwa Minuten zu lesen",
        "Abbildung",
        "Abschnitt",
        "Lesen",
        "Zitieren",
    } <= german
    assert {
        "Diskussion",
        "Dieses Notebook herunterladen",
        "Link zu dieser Überschrift",
        "Seite nicht gefunden",
    } <= german
    scripts = [
        (books[name] / "_build/html/_static/scripts/book.js").read_text(encoding="utf-8")
        for name in ("en", "de")
    ]
    assert "Schließen" in scripts[1]
    assert "bookWords =" not in scripts[0]
    loaded = html.parse(str(books["de"] / "_build/html/one/hotel.html")).getroot().xpath("//script/@src")
    assert [str(source).partition("?")[0] for source in loaded] == ["../_static/scripts/book.js"]


def test_a_book_has_its_own_words(tmp_path: Path) -> None:
    own = '\n[book.words]\n"Builds on" = "Erst lesen:"\n"Close" = "Zu"\n'
    project = write(tmp_path, "de")
    (project / "_config/book.toml").write_text(TOML.format("de") + own, encoding="utf-8")
    build(project)

    words = said(project)
    assert "Erst lesen" in words
    assert "Grundlage" in words, "of the graph: that is another word"
    assert "Führt weiter zu" in words
    assert '"Close":"Zu"' in (project / "_build/html/_static/scripts/book.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_have_the_same_words_with_the_same_places_in_them(language: str) -> None:
    table, german = of_language(language), of_language("de")
    assert list(table) == list(german)
    holes = re.compile(r"\{\w*\}|%s")
    for english, other in table.items():
        assert other.strip(), english
        if "{type}" not in english:
            assert sorted(holes.findall(english)) == sorted(holes.findall(other)), english
    assert not {english for english, other in table.items() if "<" in english + other}


def test_what_tables_have_is_said_somewhere() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in (REPOSITORY / "toolchain/sphinxext", REPOSITORY / "toolchain/forms")
        for path in folder.rglob("*")
        if path.suffix in (".py", ".js", ".html")
    )
    built = (
        "Download this",
        "Download all",
        "Open this notebook in",
        "Link to this",
        "Toggle",
        "PDF",
        "Notebooks",
    )
    assert [
        english for english in of_language("de") if english not in sources and not english.startswith(built)
    ] == []


@pytest.mark.parametrize(
    ("language", "known"),
    [("zh", "图 %s"), ("zh_CN", "图 %s"), ("zh-Hans", "图 %s"), ("fr_CA", "Figure %s"), ("../de", "")],
)
def test_tables_are_found_by_the_names_that_languages_have(language: str, known: str) -> None:
    assert of_language(language).get("Figure %s", "") == known
