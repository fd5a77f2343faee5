"""Sphinx's settings as book.toml gives them; a book's own conf.py may change whatever it likes after."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sphinx.errors import ConfigError

from toolchain.base.errors import ToolchainError
from toolchain.model.sphinx import BOOK_THEME, THEME
from toolchain.outputs import charts
from toolchain.outputs.mimes import SEVERAL
from toolchain.project import settings as toolchain_settings
from toolchain.project.book_toml import BOOK_TOML
from toolchain.project.settings import Settings
from toolchain.project.words import in_language
from toolchain.sources import source_files
from toolchain.sphinxext import conf_py, dates, drawn, own_options, repository, words
from toolchain.sphinxext.chapter_references import OURS
from toolchain.sphinxext.mathjax import MATHJAX
from toolchain.sphinxext.notebook_text.builder import NAME
from toolchain.sphinxext.printed.elements import TEXINPUTS, elements, escape
from toolchain.sphinxext.site import publication

STATIC = Path(__file__).parent / "static"
TEMPLATES, LATEX = "templates", "latex"
"""Folders of _config: templates that go before the theme's, and what LaTeX is to find beside the book."""

EXTENSIONS = [
    "myst_nb",
    BOOK_THEME,
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.bibtex",
    "toolchain.sphinxext",
]
PASTED_HTML = 35
"""Rank of HTML for MyST-NB's paste into print: after pictures, before LaTeX and text."""
NOTEBOOK_MIMES = (
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "text/html",
    "text/latex",
    "text/markdown",
    "application/pdf",
    SEVERAL,
    "text/plain",
    "application/javascript",
    "application/vnd.jupyter.widget-view+json",
    *charts.MIMES,
)
CITATION_STYLES = {"author-year": ("author_year", "alpha"), "numeric": ("label", "plain")}
"""What sphinxcontrib-bibtex calls the look of citations and that of the list, by what book.toml calls them."""
NUMBERED = {
    "figure": "Figure %s",
    "table": "Table %s",
    "code-block": "Listing %s",
    **OURS,
}
"""How things with numbers are called, by Sphinx's names of their kinds."""
PROMPTS = {"show": "Show code cell {type}", "hide": "Hide code cell {type}"}
"""MyST-NB's words for cells that are folded."""
READ_THE_DOCS = "READTHEDOCS_CANONICAL_URL"
"""Environment variable of Read the Docs with the address of the site that it builds, which nobody else knows."""
PROJECT = "TOOLCHAIN_PROJECT"
"""Environment variable with the project's folder."""


def project_of(folder: Path) -> Path:
    """Return the project of a conf.py that is in a folder: the one above it, or a Jupyter Book that has it beside its files.

    The toolchain's own conf.py, which serves a project that has none, is elsewhere: there the toolchain says which it is.
    """
    if project := os.environ.get(PROJECT):
        return Path(project)
    return folder if toolchain_settings.is_jupyter_book(folder) else folder.parent


def configuration(conf: str) -> dict[str, Any]:
    """Return the settings of a project for its _config/conf.py, whose path is `conf`.

    Used as `globals().update(configuration(__file__))`. Raises Sphinx's ConfigError if the project's description is not good.
    """
    folder = Path(conf).resolve().parent
    try:
        settings = toolchain_settings.load(project_of(folder))
    except ToolchainError as error:  # as Sphinx tells it: without a traceback
        raise ConfigError(f"{error.message}\n{error.remedy}") from error
    book, bibliography = settings.book, settings.toml.bibliography
    authors = ", ".join(book.author_names)
    ours = {
        "project": book.title,
        "author": authors,
        "copyright": book.copyright or authors,
        dates.TYPED: book.copyright or authors,
        "version": "",
        "release": "",
        # Without it Sphinx would put the date of the build into its context.
        "today": book.edition or " ",
        "language": book.language,
        "extensions": list(EXTENSIONS),
        "exclude_patterns": source_files.left_out(settings),
        "nitpicky": True,
        "toc_object_entries_show_parents": "hide",
        "numfig": True,
        "numfig_secnum_depth": 1,
        "numfig_format": {
            kind: in_language(text, book.language, book.words) for kind, text in NUMBERED.items()
        },
        **{
            f"nb_code_prompt_{what}": said
            for what, text in PROMPTS.items()
            if (said := in_language(text, book.language, book.words)) != text
        },
        words.OWN: dict(book.words),
        "math_eqref_format": "({number})",
        # As print, references and the search have the numbers of sections.
        "html_secnumber_suffix": " ",
        "myst_enable_extensions": list(settings.myst_extensions),
        "myst_substitutions": dict(settings.toml.myst.substitutions),
        # With MyST's own "tel" and "data": what has another scheme is taken for the name of a file.
        "myst_url_schemes": ["http", "https", "mailto", "ftp", "tel", "data"],
        "myst_dmath_double_inline": True,
        "myst_heading_anchors": 3,
        # Execution is over when Sphinx starts; the strict reader takes its results from this build's jupyter-cache.
        "nb_execution_mode": "off",
        # Part of the doctrees, so it is the same for every builder: what MyST-NB shows the builder of our notebooks, and
        # that it pastes HTML of other pages' outputs into print, which makes of it what print shows.
        "nb_mime_priority_overrides": [
            *((NAME, mime, rank) for rank, mime in enumerate(NOTEBOOK_MIMES)),
            ("latex", "text/html", PASTED_HTML),
            *drawn.priorities(),
        ],
        "nb_ipywidgets_js": drawn.WIDGETS,
        "bibtex_bibfiles": _bibliographies(settings, folder),
        "bibtex_reference_style": CITATION_STYLES[bibliography.style][0],
        "bibtex_default_style": CITATION_STYLES[bibliography.style][1],
        "toolchain_references_per_chapter": bibliography.per_chapter,
        # Cards parted by signs are read as they always were.
        "suppress_warnings": ["design.card_legacy"],
        "toolchain_folders": list(settings.toml.sources.folders),
        publication.OPTION: publication.of_settings(settings),
        "toolchain_forum": book.forum,
        "toolchain_recurring": list(book.recurring),
        "toolchain_numbers_restart": settings.layout.restarts,
        "epub_basename": book.slug,
        "epub_identifier": book.site or book.slug,
        **_html(settings),
        **_latex(settings),
    }
    own_options.find_modules(settings)
    if settings.contents:
        ours |= own_options.options(settings, ours)
    options = dict(settings.toml.sphinx.options)
    options[conf_py.EXTENSIONS] = [*settings.toml.sphinx.extensions, *options.get(conf_py.EXTENSIONS, ())]
    ours[conf_py.UNKNOWN] = sorted(settings.toml.sphinx.options)
    conf_py.install()
    return conf_py.handed_out(conf_py.merged(ours, options, BOOK_TOML))


def _bibliographies(settings: Settings, folder: Path) -> list[str]:
    """Return the bibliographies relative to the folder of conf.py, which is how sphinxcontrib-bibtex finds them."""
    return [os.path.relpath(path, folder) for path in source_files.bibliographies(settings)]


def _html(settings: Settings) -> dict[str, Any]:
    book, macros = settings.book, settings.toml.math.macros
    theme: dict[str, Any] = {
        "show_navbar_depth": 1,
        "show_toc_level": 2,
        "use_download_button": False,
        "use_fullscreen_button": False,
        # Arrows scroll what has the focus, or are heard by a screen reader: they lead to no other page.
        "navigation_with_keys": False,
        # The book theme has its own search above the contents; pydata's would add a bar with a second one.
        "navbar_persistent": [],
    }
    return {
        "html_theme": THEME,
        "html_theme_options": theme,
        "html_title": book.title,
        "html_baseurl": os.environ.get(READ_THE_DOCS) or book.site,
        "toolchain_repository": repository.of_settings(settings),
        "html_copy_source": False,
        "html_show_sphinx": False,
        "html_css_files": [
            "toolchain.css",
            *sorted(path.name for path in _theme(settings).glob("*.css")),
        ],
        "html_js_files": sorted(path.name for path in _theme(settings).glob("*.js")),
        "html_static_path": [str(STATIC)] + ([str(_theme(settings))] if _theme(settings).is_dir() else []),
        "mathjax_path": MATHJAX,
        **({"mathjax3_config": {"tex": {"macros": msgspec.to_builtins(macros)}}} if macros else {}),
        "templates_path": [str(folder) for folder in _own(settings, TEMPLATES)],
        **{f"html_{name}": str(settings.project / path) for name, path in settings.pictures.items()},
        "toolchain_outputs": settings.toml.html.outputs,
        "toolchain_previews": settings.toml.html.previews,
        "copybutton_exclude": ".linenos, .gp, .go",
    }


def _theme(settings: Settings) -> Path:
    """Return the folder of a book's own style sheets and images for the site."""
    return settings.config / "theme"


def _own(settings: Settings, name: str) -> Iterator[Path]:
    """Yield a folder of a book of our own where it has one: what a Jupyter Book has in its place is what is made."""
    folder = settings.config / name
    if settings.contents is None and folder.is_dir():
        yield folder


def _latex(settings: Settings) -> dict[str, Any]:
    book = settings.book
    authors = r" \and ".join(escape(author) for author in settings.printed_authors)
    return {
        "latex_engine": "xelatex",
        "latex_use_xindy": True,
        "latex_docclass": {"manual": "book"},
        "latex_documents": [
            (
                settings.layout.root,
                f"{book.slug}.tex",
                escape(settings.printed_title),
                authors,
                "manual",
                True,
            )
        ],
        "latex_elements": elements(settings),
        "latex_additional_files": [
            *(str(path) for path in sorted(TEXINPUTS.glob("*.sty"))),
            *(str(path) for folder in _own(settings, LATEX) for path in sorted(folder.glob("*"))),
        ],
        "latex_table_style": ["booktabs"],
        # For print: the site's theme has its own.
        "pygments_style": "toolchain.sphinxext.printed.colours.ScreenCode",
        "latex_show_urls": "no",
        "latex_domain_indices": False,
        "toolchain_first_page": settings.toml.pdf.first_page,
        "toolchain_print_fonts": settings.toml.pdf.fonts,
        "toolchain_output_lines": settings.toml.pdf.output_lines,
    }
