"""Whether it is known of all that a book loads what it shows on pages, and when: else nothing is left out that Sphinx would do."""

from pathlib import Path

from sphinx.application import Sphinx

KNOWN = (
    "alabaster",
    "myst_nb",
    "pydata_sphinx_theme",
    "sphinx_book_theme",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxcontrib.applehelp",
    "sphinxcontrib.bibtex",
    "sphinxcontrib.devhelp",
    "sphinxcontrib.htmlhelp",
    "sphinxcontrib.qthelp",
    "sphinxcontrib.serializinghtml",
    "toolchain.sphinxext",
)
"""The extensions of which it is known what they put on pages, besides those of Sphinx itself."""
KNOWN_OF_SPHINX = ("sphinx.ext.mathjax",)
THEME = "sphinx_book_theme"
THEMES = (THEME, "pydata_sphinx_theme")


def only(app: Sphinx) -> bool:
    """Say whether a book has no other extensions than known ones, the known theme, and no templates of its own."""
    extensions = (
        name
        for name in app.extensions
        if name not in KNOWN_OF_SPHINX and (name.startswith("sphinx.ext.") or not name.startswith("sphinx."))
    )
    modules = (app.extensions[name].module for name in THEMES if name in app.extensions)
    themes = [Path(module.__file__ or "").parent for module in modules]
    return (
        set(extensions) <= set(KNOWN)
        and app.config.setup is None
        and app.config.html_theme == THEME
        and not app.config.html_sidebars
        and all(any(theme in Path(path).parents for theme in themes) for path in app.config.templates_path)
    )
