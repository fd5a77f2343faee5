"""What a page shows of its result, as the checks see it."""

from typing import Any

from msgspec import Struct

from toolchain.base.decoding import decode_json


class ResultCell(Struct, frozen=True):
    """A code cell of an executed notebook."""

    outputs: tuple[dict[str, Any], ...] = ()
    """As nbformat has them; texts that it keeps as a list of lines are joined."""


class _Cell(Struct, frozen=True):
    cell_type: str
    outputs: tuple[dict[str, Any], ...] = ()


class _Notebook(Struct, frozen=True):
    cells: tuple[_Cell, ...] = ()


def code_cells(executed: bytes | None) -> tuple[ResultCell, ...]:
    """Return the code cells of an executed notebook; none of what is none."""
    notebook = (decode_json(executed, _Notebook) if executed else None) or _Notebook()
    return tuple(
        ResultCell(tuple(map(_joined, cell.outputs))) for cell in notebook.cells if cell.cell_type == "code"
    )


def _joined(output: dict[str, Any]) -> dict[str, Any]:
    """Return an output with its texts in one piece each; what is JSON stays as it is."""
    joined = {name: _text(value) if name == "text" else value for name, value in output.items()}
    if isinstance(data := output.get("data"), dict):
        joined["data"] = {
            kind: value if kind.endswith("json") else _text(value) for kind, value in data.items()
        }
    return joined


def _text(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    try:
        return "".join(value)
    except TypeError:  # these are no lines
        return value
