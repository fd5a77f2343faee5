"""What Jupyter Book 1 sets where a book says nothing, as far as it differs from what a project of our own has."""

from typing import Any

MYST = ("colon_fence", "dollarmath", "linkify", "substitution", "tasklist")
"""The extensions of MyST."""
SPHINX: dict[str, Any] = {
    "nitpicky": False,
    # Sphinx's own words for figures and tables, in the book's language.
    "numfig_format": {},
    "html_secnumber_suffix": ". ",
    "bibtex_reference_style": "label",
    "bibtex_default_style": "alpha",
    "myst_enable_extensions": list(MYST),
    "myst_url_schemes": ["mailto", "http", "https"],
    "myst_heading_anchors": None,
    "suppress_warnings": ["myst.domains"],
    "html_theme_options": {
        "search_bar_text": "Search this book...",
        "home_page_in_toc": True,
        "path_to_docs": "",
        "analytics": {"plausible_analytics_url": "https://plausible.io/js/script.js"},
    },
}
"""Options of Sphinx."""
EXTENSIONS = ("sphinx_togglebutton",)
"""Of Sphinx, besides those that every book has."""
OF_JUPYTER_BOOK = frozenset(
    {
        "jupyter_book",
        "myst_nb",
        "myst_parser",
        "sphinx_book_theme",
        "sphinx.ext.intersphinx",
        "sphinx_comments",
        "sphinx_copybutton",
        "sphinx_design",
        "sphinx_external_toc",
        "sphinx_jupyterbook_latex",
        "sphinx_multitoc_numbering",
        "sphinx_thebe",
        "sphinx_togglebutton",
        "sphinxcontrib.bibtex",
    }
)
"""Those of Jupyter Book's own that need not be asked for: they are there, or what they do is ours."""
NEEDED = {
    "sphinx_thebe": (
        ("launch_buttons.thebe",),
        ("launch_buttons.binderhub_url", "launch_buttons.jupyterhub_url"),
    ),
    "sphinx_comments": (("html.comments.hypothesis", "html.comments.utterances", "html.comments.dokieli"),),
}
"""Extensions that are loaded only where of each of these groups some key has a value."""
