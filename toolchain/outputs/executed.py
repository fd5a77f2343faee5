"""The code of a notebook that was executed elsewhere: what it has to have in common with what it claims to be of."""


def code_of(notebook: bytes | str) -> tuple[str, ...] | None:
    """Return the source of each code cell; None if this is no notebook, or not of the form in which we write them."""
    import nbformat  # noqa: PLC0415 - slow to import

    try:
        parsed = nbformat.v4.reads(notebook if isinstance(notebook, str) else notebook.decode())
        nbformat.validate(parsed)
        return tuple(cell.source for cell in parsed.cells if cell.cell_type == "code")
    except (KeyError, ValueError, AttributeError, TypeError, RecursionError, nbformat.ValidationError):
        return None
