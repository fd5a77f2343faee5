"""What stands in `_config.yml`, by what becomes of it, and what is wrong with the values there."""

import difflib
import re
from datetime import date
from typing import Any

import yaml
from msgspec import Struct

from toolchain.project.jupyter_book import keys
from toolchain.project.jupyter_book.keys import Key, Kind, State
from toolchain.project.jupyter_book.located import Problems, Table, shown
from toolchain.project.settings import UnusedKey

CONFIG = "_config.yml"
MODES = ("auto", "cache", "force", "inline", "lazy", "off")
FITS: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str, int, float),
    Kind.TEXTS: (list, str),
    Kind.FLAG: (bool,),
    Kind.NUMBER: (int, float),
    Kind.TABLE: (dict,),
    Kind.MODE: (str, bool),
    Kind.ANYTHING: (object,),
}


OF_SPHINX = re.compile(
    r"(?:autodoc|bibtex|copybutton|gettext|html|intersphinx|jupyter|latex|linkcheck|mathjax\d?|myst|nb|numfig|pygments|source|templates)_"
)
"""Begins names of options of Sphinx, and of extensions that such books have."""


class Said(Struct, frozen=True):
    """A key with its value."""

    key: Key
    name: str
    value: Any
    line: int


class Found:
    """What stands in the file, by what becomes of it."""

    def __init__(self, data: Table, problems: Problems) -> None:
        """Look at each key; values that do not fit are added to the problems."""
        self._problems = problems
        self.unused: list[UnusedKey] = []
        self.said: dict[str, Said] = {}
        self.options: dict[str, Said] = {}
        """Of `sphinx.config`."""
        self._look(data, "", keys.KEYS, self.said)

    def _look(self, table: Table, before: str, known: tuple[Key, ...], said: dict[str, Said]) -> None:
        for name, value in table.items():
            whole = f"{before}{name}"
            line = table.at(name)
            if whole == "sphinx.config" and isinstance(value, Table):
                self._look(value, "", keys.OPTIONS, self.options)
                continue
            key = keys.key_of(whole, known)
            if value is None and (key or keys.is_table(whole, known)):
                continue
            if key is None and keys.is_table(whole, known):
                if isinstance(value, Table):
                    self._look(value, f"{whole}.", known, said)
                else:
                    self._problems.add(
                        line, f"`{_in_yaml(whole, known)}` is to be keys with values, each in a line below it"
                    )
            elif key is None and known is keys.OPTIONS:
                said[whole] = Said(Key(whole, Kind.ANYTHING, State.SPHINX, whole), whole, value, line)
            elif key is None:
                self.unused.append(_unknown(whole, line))
            elif _fits(value, key.kind):
                said[whole] = Said(key, whole, value, line)
                if key.state == State.NOTHING:
                    self.unused.append(UnusedKey(whole, line, key.remark))
            else:
                self._problems.add(
                    line, f"`{_in_yaml(whole, known)}` is to be {key.kind}, and is {_misfit(value, key.kind)}"
                )


def _unknown(name: str, line: int) -> UnusedKey:
    names = [key.name for key in keys.KEYS if not key.name.endswith("*")]
    last = name.rpartition(".")[2]
    elsewhere = [known for known in names if known.rpartition(".")[2] == last]
    tables = {known.rpartition(".")[0] for known in names} - {""}
    if nearest := elsewhere or difflib.get_close_matches(name, sorted({*names, *tables}), n=1):
        remedy = f"Did you mean {nearest[0]}?"
    elif OF_SPHINX.match(last) or keys.key_of(last, keys.OPTIONS):
        remedy = "An option of Sphinx stands below `sphinx:` and `config:`."
    else:
        remedy = "Remove it."
    return UnusedKey(name, line, remedy, known=False)


def _in_yaml(name: str, known: tuple[Key, ...]) -> str:
    around = "sphinx: config: " if known is keys.OPTIONS else ""
    return f"{around}{name.replace('.', ': ')}:"


def _misfit(value: Any, kind: Kind) -> str:
    """Show a value that does not fit; if it were a text, say how to have it one."""
    inner = value if isinstance(value, list) and kind == Kind.TEXTS else [value]
    scalars = all(isinstance(one, str | int | float | date) for one in inner)
    if kind in {Kind.TEXT, Kind.TEXTS} and scalars:
        return f"{shown(value)}; put {'it' if inner is not value else 'each'} in quotes"
    return f"{shown(value)}; leave out the quotes" if _fits_unquoted(value, kind) else shown(value)


def _fits_unquoted(value: Any, kind: Kind) -> bool:
    if not isinstance(value, str) or kind not in {Kind.FLAG, Kind.NUMBER}:
        return False
    try:
        return _fits(yaml.safe_load(value), kind)
    except yaml.YAMLError:
        return False


def _fits(value: Any, kind: Kind) -> bool:
    if kind == Kind.MODE:
        return value is False or value in MODES
    if kind not in {Kind.FLAG, Kind.ANYTHING} and isinstance(value, bool):
        return False
    if kind == Kind.TEXTS and isinstance(value, list):
        return all(isinstance(text, str) for text in value)
    return isinstance(value, FITS[kind])
