"""Every key of `_config.yml` that is carried, with a value and what that changes in what is made of one book.

The book is built with all of them at once, and without any: what a key is to change is there in the one and not in the other.
Keys that mean the same as others give the same settings.
"""

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest
import yaml
from bs4 import BeautifulSoup
from msgspec import Struct
from pypdf import PdfReader
from support.jupyter_books import copy_book, give_lock
from support.running import report_of, run_toolchain

from toolchain.base.errors import ExitCode
from toolchain.project import settings
from toolchain.project.jupyter_book.keys import KEYS, OPTIONS, State

pytestmark = pytest.mark.slow
MILLIMETRE = 72 / 25.4


class Made:
    """What was made of the book."""

    def __init__(self, project: Path) -> None:
        self._build = project / "_build"
        self._project = project

    def page(self, name: str) -> str:
        """The whole page of the site; nothing if there is none."""
        path = self._build / "html" / f"{name}.html"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def article(self, name: str) -> str:
        """What a page has to say, without markup."""
        article = BeautifulSoup(self.page(name), "lxml").select_one("article.bd-article")
        return " ".join(article.get_text(" ").replace("#", "").split()) if article else ""

    @property
    def menu(self) -> str:
        menu = BeautifulSoup(self.page("syntax"), "lxml").select_one("nav.bd-links")
        return " ".join(menu.get_text(" ").split()) if menu else ""

    @cached_property
    def pdf(self) -> PdfReader:
        (path,) = (self._build / "pdf").glob("*.pdf")
        return PdfReader(path)

    @property
    def about_pdf(self) -> dict[str, Any]:
        return dict(self.pdf.metadata or {})

    @property
    def tex(self) -> str:
        (path,) = (
            path for path in (self._build / "latex").glob("*.tex") if not path.stem.endswith("-screen")
        )
        return path.read_text(encoding="utf-8")

    @property
    def status(self) -> dict[str, str]:
        """What became of each notebook."""
        return {notebook["name"]: notebook["status"] for notebook in report_of(self._project)["notebooks"]}

    @property
    def artefacts(self) -> set[str]:
        return {artefact["path"] for artefact in report_of(self._project)["artefacts"]}

    @property
    def inventory(self) -> bytes:
        return (self._build / "html/objects.inv").read_bytes()

    def notebook(self, name: str) -> dict[str, Any]:
        """A notebook of the archive of all."""
        (path,) = (path for path in (self._build / "notebooks").glob("*.zip") if path.stem != "drafts")
        with ZipFile(path) as archive:
            (member,) = (member for member in archive.namelist() if member.endswith(f"{name}.ipynb"))
            found: dict[str, Any] = json.loads(archive.read(member))
        return found


class Case(Struct, frozen=True):
    """A value of a key, and what that changes."""

    value: Any
    shown: Callable[[Made], bool]


def on_page(text: str, page: str = "syntax") -> Callable[[Made], bool]:
    return lambda made: text in made.page(page)


def said(text: str, page: str = "computed") -> Callable[[Made], bool]:
    return lambda made: text in made.article(page)


def in_tex(text: str) -> Callable[[Made], bool]:
    return lambda made: text in made.tex


def width(made: Made) -> float:
    return round(float(made.pdf.pages[0].mediabox.width) / MILLIMETRE)


CASES = {
    "title": Case("A book of keys", on_page("A book of keys</title>")),
    "author": Case(["Ada Author", "Ben Writer"], on_page("Ada Author, Ben Writer")),
    "copyright": Case("1912", on_page("© Copyright 1912")),
    "project": Case("Keyed", lambda made: b"Project: Keyed" in made.inventory),
    "description": Case("All at once.", lambda made: made.about_pdf.get("/Subject") == "All at once."),
    "logo": Case("figures/logo.png", on_page('src="_static/logo.png" class="logo')),
    "exclude_patterns": Case(["drafts/*"], lambda made: not made.page("drafts/draft")),
    "only_build_toc_files": Case(value=True, shown=lambda made: not made.page("unlisted")),
    "execute.exclude_patterns": Case(["never*"], lambda made: made.status["never"] == "saved"),
    "execute.timeout": Case(1, lambda made: made.status["slow"] == "failed"),
    "execute.allow_errors": Case(value=True, shown=said('print ( "after the error" ) after the error')),
    "execute.stderr_output": Case(
        "remove", lambda made: made.article("computed").count("to the other stream") == 1
    ),
    "parse.myst_enable_extensions": Case(["deflist", "dollarmath", "substitution"], on_page("<dt>Term</dt>")),
    "parse.myst_url_schemes": Case(["https", "gemini"], on_page('href="gemini://example.org/"')),
    "parse.myst_substitutions": Case({"release": "1.2.3"}, on_page("Version 1.2.3,")),
    "parse.myst_dmath_double_inline": Case(value=False, shown=on_page("$<span")),
    "html.favicon": Case("figures/logo.png", on_page('rel="icon" href="_static/logo.png"')),
    "html.baseurl": Case("https://example.org/book/", on_page('href="https://example.org/book/syntax.html"')),
    "html.use_edit_page_button": Case(value=True, shown=on_page("/edit/trunk/docs/syntax.md")),
    "html.use_repository_button": Case(value=True, shown=on_page("btn-source-repository-button")),
    "html.use_issues_button": Case(value=True, shown=on_page("/issues/new?issue")),
    "html.use_multitoc_numbering": Case(value=False, shown=lambda made: "1. Slow" in made.menu),
    "html.extra_footer": Case("<p>Made with care.</p>", on_page("<p>Made with care.</p>")),
    "html.navbar_footer_text": Case("As it was called.", on_page("As it was called.")),
    "html.extra_navbar": Case("<p>Of the navbar.</p>", on_page("<p>Of the navbar.</p>")),
    "html.home_page_in_navbar": Case(value=False, shown=lambda made: "Welcome" not in made.menu),
    "html.announcement": Case("A new edition is out.", on_page("A new edition is out.")),
    "html.google_analytics_id": Case("G-1234567", on_page("G-1234567")),
    "html.analytics.plausible_analytics_domain": Case("book.org", on_page('data-domain="book.org"')),
    "html.comments.hypothesis": Case(value=True, shown=on_page("hypothes.is")),
    "latex.latex_documents.targetname": Case(
        "keys.tex", lambda made: "_build/pdf/keys.pdf" in made.artefacts
    ),
    "latex.latex_documents.title": Case("In print", lambda made: made.about_pdf["/Title"] == "In print"),
    "latex.latex_documents.author": Case(
        r"Ada A. \and Ben B.", lambda made: made.about_pdf.get("/Author") == "Ada A., Ben B."
    ),
    "launch_buttons.thebe": Case(value=True, shown=on_page("btn-launch-thebe", "computed")),
    "launch_buttons.binderhub_url": Case(
        "https://hub.example.org", on_page("//hub.example.org/v2", "computed")
    ),
    # thebe takes no other repository than one of github.com, as far as it can tell.
    "repository.url": Case(
        "https://git.example.org/github.com/a/keys",
        on_page('href="https://git.example.org/github.com/a/keys"'),
    ),
    "repository.branch": Case("trunk", on_page("/trunk/")),
    "repository.path_to_book": Case("docs", on_page("/docs/syntax.md")),
    "repository.provider": Case("gitlab", on_page("fa-gitlab")),
    "bibtex_bibfiles": Case(["sources/references.bib"], said("Sherlock Holmes", "intro")),
    "bibtex_reference_style": Case("author_year", said("Holmes, 1890", "intro")),
    "toolchain": Case(
        {"notebooks": {"outputs": True}},
        lambda made: any(cell.get("outputs") for cell in made.notebook("computed")["cells"]),
    ),
    "sphinx.extra_extensions": Case(["sphinx.ext.extlinks"], on_page('href="https://example.org/issues/7"')),
    "sphinx.local_extensions": Case({"shout": "_ext"}, said("LOUD", "syntax")),
    "sphinx.recursive_update": Case(
        value=True,
        shown=lambda made: (
            "A new edition is out." in made.page("syntax") and "On here" in made.page("syntax")
        ),
    ),
    "sphinx.config.html_theme_options": Case({"toc_title": "On here"}, on_page("On here")),
    "sphinx.config.extlinks": Case(
        {"issue": ["https://example.org/issues/%s", "issue %s"]}, said("issue 7", "syntax")
    ),
    "sphinx.config.language": Case("de", on_page('<html lang="de"')),
    "sphinx.config.mathjax_config": Case(
        # What MathJax alone has is left to MathJax.
        {"loader": {"load": ["[tex]/physics"]}},
        on_page('"[tex]/physics"'),
    ),
    "sphinx.config.nb_mime_priority_overrides": Case([["html", "text/plain", 0]], said("Both () as text")),
    "sphinx.config.latex_elements.preamble": Case(r"\newcommand{\mine}{}", in_tex(r"\newcommand{\mine}{}")),
    "sphinx.config.latex_elements.papersize": Case("a5paper", lambda made: width(made) == 148),
    "sphinx.config.latex_elements.pointsize": Case("11pt", in_tex("11pt")),
}
"""By the whole name of the key; what stands for several keys in the table has one of them here."""
WITHOUT_RUNS = {
    "execute.execute_notebooks": Case("off", lambda made: set(made.status.values()) == {"saved"}),
    "parse.myst_extended_syntax": Case(value=True, shown=on_page("<dt>Term</dt>")),
    "sphinx.config.html_title": Case("On the site", on_page("On the site</title>")),
    # Beside the one of CASES: with macros alone no MathJax is needed.
    "sphinx.config.mathjax_config": Case(
        {"tex": {"macros": {"ell": r"\mathbb{L}"}}},
        on_page("<mi>\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL L}</mi>"),
    ),
}
"""Those that leave nothing of others to be seen, in a book of their own."""
SAME: dict[str, tuple[Any, str, Any]] = {
    "sphinx.config.html_baseurl": ("https://example.org", "html.baseurl", "https://example.org"),
    "sphinx.config.copyright": ("1912", "copyright", "1912"),
    "sphinx.config.author": ("Ada", "author", "Ada"),
    "sphinx.config.exclude_patterns": (["drafts"], "exclude_patterns", ["drafts"]),
    "sphinx.config.bibtex_bibfiles": (["a.bib"], "bibtex_bibfiles", ["a.bib"]),
    "sphinx.config.extensions": (["sphinx.ext.todo"], "sphinx.extra_extensions", ["sphinx.ext.todo"]),
    "sphinx.config.nb_execution_mode": ("off", "execute.execute_notebooks", "off"),
    "sphinx.config.jupyter_execute_notebooks": ("off", "execute.execute_notebooks", "off"),
    "sphinx.config.nb_execution_timeout": (5, "execute.timeout", 5),
    "sphinx.config.execution_timeout": (5, "execute.timeout", 5),
    "sphinx.config.nb_execution_allow_errors": (True, "execute.allow_errors", True),
    "sphinx.config.execution_allow_errors": (True, "execute.allow_errors", True),
    "sphinx.config.nb_execution_excludepatterns": (["a*"], "execute.exclude_patterns", ["a*"]),
    "sphinx.config.execution_excludepatterns": (["a*"], "execute.exclude_patterns", ["a*"]),
    "sphinx.config.use_multitoc_numbering": (False, "html.use_multitoc_numbering", False),
    "sphinx.config.latex_documents": (
        [["intro", "b.tex", "In print", "Ada", "manual"]],
        "latex.latex_documents",
        {"targetname": "b.tex", "title": "In print", "author": "Ada"},
    ),
}
"""Keys with a value, and a key of those above that says the same with another."""


def config(values: dict[str, Any]) -> str:
    """Return a `_config.yml`."""
    whole: dict[str, Any] = {}
    for name, value in values.items():
        *tables, last = name.split(".")
        table = whole
        for one in tables:
            table = table.setdefault(one, {})
        table[last] = value
    return yaml.safe_dump(whole, sort_keys=False)


def built(folder: Path, cases: dict[str, Case], *forms: str) -> Made:
    """Build the book with some keys; a notebook of it fails with, and another without."""
    book = copy_book("keys", folder)
    give_lock(book)
    (book / "_config.yml").write_text(config({name: case.value for name, case in cases.items()}))
    code = run_toolchain("build", "--keep-going", *forms, project=book).code
    assert code in {ExitCode.NOTEBOOK, ExitCode.FINDINGS}, code
    return Made(book)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Give the book as it is built without any key."""
    return built(tmp_path_factory.mktemp("plain"), {})


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Give the book with all keys that go together."""
    return built(tmp_path_factory.mktemp("full"), CASES)


@pytest.fixture(scope="module")
def without_runs(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Give the site of the book with the others."""
    return built(tmp_path_factory.mktemp("off"), WITHOUT_RUNS, "html")


@pytest.mark.parametrize("name", CASES)
def test_a_key_changes_what_is_made(name: str, full: Made, plain: Made) -> None:
    shown = CASES[name].shown

    assert shown(full)
    assert not shown(plain), "it is there without the key"


@pytest.mark.parametrize("name", WITHOUT_RUNS)
def test_a_key_that_goes_with_few_others_does_so_too(name: str, without_runs: Made, plain: Made) -> None:
    shown = WITHOUT_RUNS[name].shown

    assert shown(without_runs)
    assert not shown(plain), "it is there without the key"


@pytest.mark.parametrize("name", SAME)
def test_a_key_that_says_what_another_says(name: str, tmp_path: Path) -> None:
    value, other, its_value = SAME[name]
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    found = []
    for values in ({name: value}, {other: its_value}, {}):
        (tmp_path / "_config.yml").write_text(config(values))
        found.append(msgspec.structs.replace(settings.load(tmp_path), unused=()))

    assert found[0] == found[1]
    assert found[0] != found[2]


def test_no_key_that_is_carried_is_without_a_case() -> None:
    names = {*CASES, *WITHOUT_RUNS, *SAME}
    wanted = {key.name: key for key in KEYS} | {f"sphinx.config.{key.name}": key for key in OPTIONS}
    carried = {name for name, key in wanted.items() if key.state in {State.OURS, State.SPHINX}}
    without = {
        name
        for name in carried
        if not any(case.startswith(name[:-1]) if name.endswith("*") else case == name for case in names)
    }

    assert without == set()


def test_hardly_a_key_is_not_carried() -> None:
    named = {key.name for key in (*KEYS, *OPTIONS) if key.state == State.NOTHING}

    assert named == {"nb_custom_formats", "latex_toplevel_sectioning", "latex_docclass", "latex_theme"}
