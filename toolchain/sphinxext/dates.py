"""Dates that readers see: none where nobody knows one, and in the copyright the years that its author has typed.

The date that artefacts carry is that of the last commit. Sphinx takes it for the year of the copyright, too, which is right for one
that conf.py reckons, and wrong for one that somebody has written.
"""

from sphinx.application import Sphinx
from sphinx.config import Config

from toolchain.model.sphinx import current
from toolchain.project.git import NEVER_COMMITTED

TYPED = "toolchain_copyright"
"""Option of Sphinx: the copyright as the book's description has it."""
SPHINX_CORRECTS = 800
"""When among those that look at the configuration."""


def is_known(epoch: int) -> bool:
    """Say whether the date that artefacts carry says when the book was changed."""
    return epoch != NEVER_COMMITTED


class _Copyright:
    def __init__(self) -> None:
        self._is_typed = False

    def look(self, _app: Sphinx, config: Config) -> None:
        self._is_typed = config.copyright == config[TYPED]

    def keep(self, _app: Sphinx, config: Config) -> None:
        if self._is_typed:
            config.copyright = config[TYPED]


def _leave_out(_app: Sphinx, config: Config) -> None:
    sphinx_input = current()
    if sphinx_input and not is_known(sphinx_input.epoch):
        config.html_last_updated_fmt = None


def setup(app: Sphinx) -> None:
    """Come before and after Sphinx."""
    app.add_config_value(TYPED, "", "", types=(str,))  # when book.toml changes, every page is made anew
    typed = _Copyright()
    app.connect("config-inited", typed.look, priority=SPHINX_CORRECTS - 1)
    app.connect("config-inited", typed.keep, priority=SPHINX_CORRECTS + 1)
    app.connect("config-inited", _leave_out)
