"""A notebook of whatever origin, read strictly: the same thing for everybody who reads it later, or a reason."""

import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

from toolchain.base.units import count
from toolchain.outputs import limits, texts
from toolchain.outputs.refusal import NotAdmittedError, words_of

LARGEST = 1_000_000_000
"""Bytes of a notebook."""
SURROGATE = rb"\ud"
"""Begins what may be half of a character, in lower case."""

Identifier = Annotated[str, msgspec.Meta(pattern="^[a-zA-Z0-9_-]{1,64}$")]
Count = Annotated[int, msgspec.Meta(ge=0)]
Lines = str | list[str]


class Cell(Struct, tag_field="cell_type", forbid_unknown_fields=True, kw_only=True):
    """A cell, of any kind, as nbformat has it."""

    source: Lines
    metadata: dict[str, Any]
    id: Identifier | None = None


class Code(Cell, tag="code", kw_only=True):
    """A code cell."""

    outputs: list[Any]
    execution_count: Count | None


class Markdown(Cell, tag="markdown", kw_only=True):
    """A cell of text."""

    attachments: dict[str, dict[str, Lines]] = {}


class Raw(Cell, tag="raw", kw_only=True):
    """A cell of neither."""

    attachments: dict[str, dict[str, Lines]] = {}


class Notebook(Struct, forbid_unknown_fields=True):
    """A notebook."""

    nbformat: Literal[4]
    nbformat_minor: Count
    metadata: dict[str, Any]
    cells: list[Code | Markdown | Raw]


def read(notebook: bytes) -> tuple[Notebook, bool]:
    """Read a notebook with the parser that everybody reads it with, so that no two see different things in it.

    Return with it whether its texts are Unicode as they came. Raises NotAdmittedError if it is no notebook.
    """
    if len(notebook) > LARGEST:
        raise NotAdmittedError(f"it has more than {LARGEST:,} bytes")
    try:
        data = json.loads(
            notebook.decode(), object_pairs_hook=_pairs, parse_constant=_no_number, parse_float=_float
        )
        limits.require_shallow(data, 2 * limits.DEEPEST)
        unicode = _as_unicode(data) if SURROGATE in notebook.lower() else data
        return msgspec.convert(unicode, Notebook), unicode == data
    except (ValueError, RecursionError) as error:
        raise NotAdmittedError(f"it is no notebook: {texts.marked_up(words_of(error))}") from None


def code_cells(notebook: Notebook, count_of_page: int) -> list[Code]:
    """Return the code cells of a notebook. Raises NotAdmittedError if its page has another number of them."""
    code = [cell for cell in notebook.cells if isinstance(cell, Code)]
    if len(code) != count_of_page:
        raise NotAdmittedError(f"it has {count(len(code), 'code cell')}, and its page has {count_of_page}")
    return code


def _as_unicode(data: Any) -> Any:
    """Return data with a question mark for each half of a character, which JSON can have and no file."""
    return json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a table has a key twice")
    return table


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _float(text: str) -> float:
    number = float(text)
    return number if abs(number) != float("inf") else _no_number(text)
