"""The code of a notebook that was executed elsewhere: what it has to have in common with what it claims to be of."""

from msgspec import Struct

from toolchain.base.decoding import decode_json
from toolchain.model import Value


class _Metadata(Struct, frozen=True):
    expressions: tuple[Value, ...] = ()


class _Notebook(Struct, frozen=True):
    metadata: _Metadata = _Metadata()


def code_of(notebook: bytes | str) -> tuple[str, ...] | None:
    """Return the source of each code cell; None if this is no notebook, or not of the form in which we write them."""
    import nbformat  # noqa: PLC0415 - slow to import

    try:
        parsed = nbformat.v4.reads(notebook if isinstance(notebook, str) else notebook.decode())
        nbformat.validate(parsed)
        return tuple(cell.source for cell in parsed.cells if cell.cell_type == "code")
    except (KeyError, ValueError, AttributeError, TypeError, RecursionError, nbformat.ValidationError):
        return None


def values_of(notebook: bytes | str) -> tuple[Value, ...] | None:
    """Return the values of the expressions in a notebook's text; None if what it has there are none."""
    content = notebook.encode() if isinstance(notebook, str) else notebook
    read = decode_json(content, _Notebook)
    return None if read is None else read.metadata.expressions


def expressions_of(notebook: bytes | str) -> list[list[object]] | None:
    """Return the expressions that a notebook has values of, as a result's key has them; None if it is not sound."""
    values = values_of(notebook)
    return None if values is None else [[value.after, value.source] for value in values]
