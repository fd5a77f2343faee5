"""The site's theme: sphinx-book-theme, with templates, style sheets and scripts of ours where it weighs most or fails.

It inherits, so what a book says to the other one (its options, the blocks of its templates) is good here, too. A book that sets
`html_theme` has another one, or the one that this inherits from.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ConfigError

from toolchain.model.sphinx import THEME

FOLDER = Path(__file__).parent / "book_theme"
FONTS = FOLDER / "static/fonts/fonts.css"


def setup(app: Sphinx) -> None:
    """Make the theme known."""
    if not FONTS.is_file():
        raise ConfigError(
            f"The site's fonts are not there: {FONTS} is made when the toolchain is installed.\n"
            "Install it again: pip install --force-reinstall --no-deps, with the path or name it was installed by."
        )
    app.add_html_theme(THEME, str(FOLDER))
