"""The objects of a PDF, one after the other, whoever has them."""

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary


def dictionaries(pdf: pikepdf.Pdf) -> Iterator[tuple[Any, int]]:
    """Yield every dictionary of a PDF, and each that has only that one around it, with the number of the object it is in."""
    for thing in pdf.objects:
        if not isinstance(thing, Dictionary | pikepdf.Stream | Array):
            continue
        number = thing.objgen[0]
        waiting = [thing]
        while waiting:
            one = waiting.pop()
            if isinstance(one, Dictionary | pikepdf.Stream):
                yield one, number
                parts = [value for _, value in one.items()]
            else:
                parts = list(one) if isinstance(one, Array) else []
            waiting += [
                part for part in parts if isinstance(part, Dictionary | Array) and not part.is_indirect
            ]


def filters(stream: Any) -> list[str]:
    """Return the names of what a stream is packed in."""
    named = stream.get("/Filter", [])
    return [str(named)] if isinstance(named, pikepdf.Name) else [str(name) for name in named]
