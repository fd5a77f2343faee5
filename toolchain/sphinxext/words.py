"""The words that the toolchain puts on pages, in the language of the book.

They go through Sphinx's own translations: what Sphinx and the themes have words for is said in theirs. For the rest there is a table
for each language in the folder `locale`, from English, which is the key. It also has what those leave out that stands on every page.
`words` in `[book]` goes before all of them.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from types import MappingProxyType

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.locale import get_translator, translators

TABLES = Path(__file__).parent / "locale"
OWN = "toolchain_words"
"""Sphinx's name of `words` in `[book]`."""
CATALOGS = (("general", "sphinx"), ("general", "booktheme"))
"""Of Sphinx, with what pydata-sphinx-theme adds, and of sphinx-book-theme."""
SIMPLIFIED = ("zh", "zh_hans")
"""Other names of the Chinese that is `zh_CN`."""


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


@lru_cache
def of_language(language: str) -> Mapping[str, str]:
    """Return the table of a language, such as `de` or `pt_BR`; empty if there is none."""
    name = language.replace("-", "_")
    name = "zh_CN" if name.lower().startswith(SIMPLIFIED[1]) or name == SIMPLIFIED[0] else name
    for candidate in dict.fromkeys((name, name.partition("_")[0])):
        path = TABLES / f"{candidate}.toml"
        if candidate.isascii() and path.is_file():
            return MappingProxyType(tomllib.loads(path.read_text(encoding="utf-8")))
    return MappingProxyType({})


def in_language(text: str, language: str, own: Mapping[str, str]) -> str:
    """Return words in a language before Sphinx speaks it."""
    return own.get(text) or of_language(language).get(text, text)


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
