"""Front matter, options of cells, metadata of notebooks: what YAML and Python's JSON allow, held to what JSON has.

Everything later writes it as JSON. YAML knows dates, sets, bytes, numbers of any length and values within themselves, and
Python's own JSON knows NaN.
"""

import datetime as dt
import math
from typing import Any

import nbformat
from nbformat import NotebookNode

from toolchain.base.errors import SourceError

DEEPEST = 100
MOST = 100_000
"""Values in one mapping: a few lines with aliases of aliases could stand for billions."""
WIDEST = 2**63


def json_values(mapping: dict[str, Any], place: str) -> dict[str, Any]:
    """Return a mapping whose values JSON has; dates and times become texts, as they are written.

    Raises SourceError, which begins with the `place`, for a value that it has not.
    """
    values: dict[str, Any] = _Values(place).mapping(mapping, ())
    return values


def hold_to_json(notebook: NotebookNode, name: str) -> None:
    """Give a notebook, and its cells, their metadata as values that JSON has; `name` is the file as people call it.

    Widgets' state goes, as outputs do: it is of an earlier run, and may be large and hold anything. Raises SourceError.
    """
    notebook.metadata.pop("widgets", None)
    lines = notebook.metadata.get("source_map")
    notebook.metadata = nbformat.from_dict(json_values(notebook.metadata, f"{name}: metadata"))
    for number, cell in enumerate(notebook.cells, start=1):
        place = f"{name}:{lines[number - 1]}: this cell's" if lines else f"{name}: cell {number}:"
        cell.metadata = nbformat.from_dict(json_values(cell.metadata, f"{place} metadata"))


class _Values:
    """Copies values, and knows where it is and how many it has seen."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._count = 0

    def mapping(self, mapping: dict[Any, Any], path: tuple[str, ...]) -> dict[str, Any]:
        for key in mapping:
            if not isinstance(key, str):
                said = "has the key {0!r}, which" if path else "the key {0!r}"
                raise self._error(path, f"{said.format(key)} is no text; put it in quotes")
        return {key: self.value(value, (*path, key)) for key, value in mapping.items()}

    def value(self, value: Any, path: tuple[str, ...]) -> Any:
        self._count += 1
        if self._count > MOST:
            raise self._error(path[:1], f"stands for more than {MOST:,} values")
        if len(path) > DEEPEST:
            raise self._error(path[:1], "is within itself, or too deep")
        match value:
            case dict():
                return self.mapping(value, path)
            case list() | tuple():
                return [
                    self.value(child, (*path, str(number))) for number, child in enumerate(value, start=1)
                ]
            case str():
                return self._text(value, path)
            case int() | float():
                return self._number(value, path)
            case None | dt.date():  # a time with its date is one, too
                return None if value is None else str(value)
        raise self._error(
            path, f"is of a kind that JSON has not ({type(value).__name__}); write a text or a list"
        )

    def _number(self, number: float, path: tuple[str, ...]) -> float:
        if isinstance(number, float) and not math.isfinite(number):
            raise self._error(
                path, f"is {number}, which is no number in JSON; leave it out, or put it in quotes"
            )
        if isinstance(number, int) and not -WIDEST <= number < WIDEST:
            raise self._error(path, "is too large a number; put it in quotes")
        return number

    def _text(self, text: str, path: tuple[str, ...]) -> str:
        odd = next((character for character in text if _is_odd(character)), "")
        if odd:
            raise self._error(path, f"has a character that no text has, U+{ord(odd):04X}")
        return text

    def _error(self, path: tuple[str, ...], problem: str) -> SourceError:
        where = f"`{'.'.join(path)}` " if path else ""
        return SourceError(f"{self._place}: {where}{problem}")


def _is_odd(character: str) -> bool:
    """Say whether it is a control character other than a tab or the end of a line, or half of one."""
    return (character < " " and character not in "\t\n\r") or "\ud800" <= character <= "\udfff"
