"""Sphinx's settings as book.toml gives them; a book's own conf.py may change whatever it likes after."""

import os
from pathlib import Path
from typing import Any

from toolchain import settings as toolchain_settings
from toolchain.settings import SOURCES, Settings
from toolchain.sphinxext.latex import preamble
from toolchain.sphinxext.mathjax import MATHJAX

STATIC = Path(__file__).parent / "static"

EXTENSIONS = [
    "myst_nb",
    "sphinx_book_theme",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.bibtex",
    "sphinxcontrib.rsvgconverter",
    "toolchain.sphinxext",
]
MYST_EXTENSIONS = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]


def configuration(conf: str) -> dict[str, Any]:
    """Return the settings for the project whose _config/conf.py is `conf`; use as globals().update(...)."""
    return of(toolchain_settings.load(Path(conf).resolve().parent.parent))


def of(settings: Settings) -> dict[str, Any]:
    """Return Sphinx's settings for a project."""
    book = settings.book
    authors = ", ".join(book.authors)
    return {
        "project": book.title,
        "author": authors,
        "copyright": book.copyright or authors,
        "version": "",
        "release": "",
        # What the title page prints where a date would stand.
        "today": book.edition or " ",
        "language": book.language,
        "extensions": list(EXTENSIONS),
        "exclude_patterns": ["data/**", "**/.*", "**/__pycache__/**"],
        "nitpicky": True,
        "numfig": True,
        "numfig_secnum_depth": 1,
        "numfig_format": {"figure": "Figure %s", "table": "Table %s", "code-block": "Listing %s", "section": "Section %s"},
        "math_eqref_format": "({number})",
        "myst_enable_extensions": list(MYST_EXTENSIONS),
        "myst_dmath_double_inline": True,
        "myst_heading_anchors": 3,
        # Execution is over when Sphinx starts; the strict reader takes its results from this build's jupyter-cache.
        "nb_execution_mode": "off",
        "nb_merge_streams": True,
        "bibtex_bibfiles": _bibliographies(settings),
        "bibtex_default_style": "alpha",
        "bibtex_reference_style": "author_year",
        "suppress_warnings": [],
        **_html(settings),
        **_latex(settings),
    }


def _bibliographies(settings: Settings) -> list[str]:
    files = sorted((settings.project / "bib").glob("*.bib"))
    return [os.path.relpath(path, settings.sources) for path in files]


def _html(settings: Settings) -> dict[str, Any]:
    book = settings.book
    theme: dict[str, Any] = {
        "show_navbar_depth": 1,
        "show_toc_level": 2,
        "use_download_button": False,
        "use_fullscreen_button": False,
        "navigation_with_keys": True,
    }
    if book.repository:
        theme |= {
            "repository_url": book.repository,
            "repository_branch": book.branch,
            "path_to_docs": SOURCES,
            "use_repository_button": True,
            "use_edit_page_button": True,
            "use_issues_button": True,
        }
    return {
        "html_theme": "sphinx_book_theme",
        "html_theme_options": theme,
        "html_title": book.title,
        "html_baseurl": book.site,
        "html_copy_source": False,
        "html_show_sphinx": False,
        "html_css_files": ["toolchain.css", *sorted(path.name for path in _theme(settings).glob("*.css"))],
        "html_static_path": [str(STATIC)] + ([str(_theme(settings))] if _theme(settings).is_dir() else []),
        "mathjax_path": MATHJAX,
        "copybutton_exclude": ".linenos, .gp, .go",
    }


def _theme(settings: Settings) -> Path:
    """Return the folder of a book's own style sheets and images for the site."""
    return settings.config / "theme"


def _latex(settings: Settings) -> dict[str, Any]:
    book = settings.book
    title = rf"{_tex(book.title)}\\[1ex]\Large {_tex(book.subtitle)}" if book.subtitle else _tex(book.title)
    authors = r" \and ".join(_tex(each) for each in book.authors)
    elements = preamble(settings.toml.pdf.paper)
    return {
        "latex_engine": "xelatex",
        "latex_use_xindy": True,
        "latex_docclass": {"manual": "book"},
        "latex_documents": [("index", f"{book.slug}.tex", title, authors, "manual", True)],
        "latex_elements": elements,
        "latex_show_urls": "no",
        "latex_domain_indices": False,
    }


def _tex(text: str) -> str:
    """Escape a text for LaTeX's running text."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(c, rf"\{c}" if c in "#$%&_{}" else c) for c in text)
