"""The words that the toolchain puts on pages, in other languages.

There is a table for each language in the folder `locale`, from English, which is the key. It also has what Sphinx and its themes
leave out that stands on every page.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

TABLES = Path(__file__).parent / "locale"
SIMPLIFIED = ("zh", "zh_hans")
"""Other names of the Chinese that is `zh_CN`."""


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
