"""What the links of a PDF lead to, in words: for those who hear a link without what stands around it."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import pikepdf

Place = tuple[int, float]
"""A page, counted from 0, and minus the height on it: places sort as they are read."""


class Leads:
    """Knows the places of a PDF by the bookmarks before them."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        """Read the bookmarks. Without any nothing can be said of a place."""
        self._pages = {page.objgen: number for number, page in enumerate(pdf.pages)}
        names = pdf.Root.get("/Names", {}).get("/Dests")
        self._named = dict(pikepdf.NameTree(names).items()) if names is not None else {}
        titles = {
            place: title
            for title, mark in _bookmarks(pdf.Root.get("/Outlines"))
            if (place := self._place(mark)) is not None
        }
        self._places = sorted(titles)
        self._titles = [titles[place] for place in self._places]

    def words(self, link: Any) -> str:
        """Return the address that a link leads to, or the title of the section; empty if neither is known."""
        action = link.get("/A", {})
        if uri := action.get("/URI"):
            return str(uri)
        place = self._place(link)
        number = bisect_right(self._places, place) if place is not None else 0
        return self._titles[number - 1] if number else ""

    def _place(self, holder: Any) -> Place | None:
        target = holder.get("/A", {}).get("/D", holder.get("/Dest"))
        if isinstance(target, pikepdf.String | pikepdf.Name):
            target = self._named.get(str(target).removeprefix("/"))
        array = target.get("/D") if isinstance(target, pikepdf.Dictionary) else target
        if (
            not isinstance(array, pikepdf.Array)
            or not len(array)
            or not isinstance(array[0], pikepdf.Dictionary)
        ):
            return None
        page = self._pages.get(array[0].objgen)
        top = float(array[3]) if len(array) > 3 and array[3] is not None else 0.0  # noqa: PLR2004 - page /XYZ left top
        return None if page is None else (page, -top)


def _bookmarks(outlines: Any) -> Iterator[tuple[str, Any]]:
    """Yield the bookmarks of a PDF that LaTeX has written, each with its title."""
    todo = [outlines.get("/First")] if outlines is not None else []
    while todo:
        mark = todo.pop()
        if mark is not None:
            yield str(mark.get("/Title", "")), mark
            todo += [mark.get("/Next"), mark.get("/First")]
