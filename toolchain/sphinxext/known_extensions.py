"""Whether it is known of all that a book loads what it shows on pages, and when: else nothing is left out that Sphinx would do."""

from pathlib import Path

from sphinx.application import Sphinx

from toolchain.model.sphinx import BOOK_THEME, PYDATA_THEME, THEME
from toolchain.sphinxext.parallel.examined import unexamined
from toolchain.sphinxext.site.theme import FOLDER

ELSEWHERE = frozenset({"sphinx.ext.intersphinx", "sphinx.ext.extlinks"})
"""Extensions that show what is in no file of the book."""
THEMES = (BOOK_THEME, PYDATA_THEME)


def only(app: Sphinx) -> bool:
    """Say whether a book has no other extensions than known ones, a known theme, and no templates of its own."""
    modules = (app.extensions[name].module for name in THEMES if name in app.extensions)
    themes = [FOLDER, *(Path(module.__file__ or "").parent for module in modules)]
    return (
        not unexamined(app)
        and not ELSEWHERE & app.extensions.keys()
        and app.config.html_theme in (THEME, BOOK_THEME)
        and not app.config.html_sidebars
        and all(any(theme in Path(path).parents for theme in themes) for path in app.config.templates_path)
    )
