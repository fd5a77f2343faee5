"""Blocks within blocks."""


def indented(text: str, indent: str, *, first: bool = False) -> str:
    """Return a block with all its lines but the first indented, or with `first` that one, too."""
    lines = text.split("\n")
    return "\n".join(
        (indent + line if line and (first or number) else line) for number, line in enumerate(lines)
    )


def quoted(text: str) -> str:
    """Return a block as a quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
