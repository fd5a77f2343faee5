"""The site's theme: sphinx-book-theme, with templates, style sheets and scripts of ours where it weighs most or fails.

It inherits, so what a book says to the other one (its options, the blocks of its templates) is good here, too. A book that sets
`html_theme` has another one, or the one that this inherits from.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from toolchain.model.sphinx import BOOK_THEME, PYDATA_THEME, THEME

FOLDER = Path(__file__).parent / "book_theme"
FONTS = FOLDER / "static/fonts/fonts.css"
AFTER_THE_OTHERS = 900
"""Priority of what comes after the other themes, which put their templates last when the configuration is there."""


def setup(app: Sphinx) -> None:
    """Make the theme known."""
    if not FONTS.is_file():
        raise ConfigError(
            f"The site's fonts are not there: {FONTS} is made when the toolchain is installed.\n"
            "Install it again: pip install --force-reinstall --no-deps, with the path or name it was installed by."
        )
    app.add_html_theme(THEME, str(FOLDER))
    app.connect("config-inited", _add_components, priority=AFTER_THE_OTHERS)


def _add_components(_app: Sphinx, config: Config) -> None:
    """Have our parts of pages found before those of the same names of the themes below, and after a book's own."""
    if config.html_theme == THEME:
        theirs = (
            at for at, path in enumerate(config.templates_path) if BOOK_THEME in path or PYDATA_THEME in path
        )
        config.templates_path.insert(next(theirs, len(config.templates_path)), str(FOLDER / "components"))
