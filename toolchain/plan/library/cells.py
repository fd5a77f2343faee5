"""Cells as Python: with IPython's own syntax taken out where there is any."""

import ast

from toolchain.model import CodeCell


def parsed(cell: CodeCell) -> ast.Module | None:
    """Return the cell's syntax tree; None if it is no Python, even after IPython has translated its magics."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        pass
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415 - slow to import, and seldom needed

    try:
        return ast.parse(TransformerManager().transform_cell(cell.source))  # type: ignore[no-untyped-call]
    except SyntaxError:
        return None
