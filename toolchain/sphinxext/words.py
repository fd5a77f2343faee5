"""The words that the toolchain puts on pages, in the language of the book.

They go through Sphinx's own translations: what Sphinx and the themes have words for is said in theirs. For the rest there are our
tables. `words` in `[book]` goes before all of them.
"""

from collections.abc import Mapping
from gettext import NullTranslations

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import get_translator, translators

from toolchain.project.words import of_language

OWN = "toolchain_words"
"""Sphinx's name of `words` in `[book]`."""
CATALOGS = (("general", "sphinx"), ("general", "booktheme"))
"""Of Sphinx, with what pydata-sphinx-theme adds, and of sphinx-book-theme."""


class _Words(NullTranslations):
    """Words of a table, before or after those of a catalogue."""

    def __init__(self, table: Mapping[str, str]) -> None:
        super().__init__()
        self.table = table

    def gettext(self, message: str) -> str:
        """Return a word of the table, or of what comes after it."""
        return self.table.get(message) or super().gettext(message)


def say(text: str) -> str:
    """Return words in the language of the book that is being written."""
    return get_translator("sphinx", "general").gettext(text)


def _speak(_app: Sphinx, config: Config) -> None:
    """Put a book's own words before the catalogues, and the table of its language behind them."""
    for key in CATALOGS:
        catalogue = translators.get(key)
        while isinstance(catalogue, _Words):  # of a book before this one, in the same process
            catalogue = catalogue._fallback  # type: ignore[attr-defined] # noqa: SLF001 - there is no other way to it
        own, table = _Words(config[OWN]), _Words(of_language(config.language or ""))
        for words in (catalogue, table):
            if words is not None:
                own.add_fallback(words)
        translators[key] = own


def setup(app: Sphinx) -> None:
    """Have them when the configuration is there."""
    app.add_config_value(OWN, {}, "env", types=(dict,))
    app.connect("config-inited", _speak)
