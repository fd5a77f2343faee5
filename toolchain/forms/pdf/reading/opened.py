"""The pages of a PDF, opened for their text: to open one takes longer than all that is asked of it."""

import atexit
from collections import OrderedDict
from typing import Any, NamedTuple
from weakref import WeakSet

import pypdfium2

MOST = 32
"""Pages that are open at a time: who reads labels or lines goes from page to page."""


class OpenPage(NamedTuple):
    """A page with its text."""

    page: Any
    text: Any

    def words(self, **area: float) -> str:
        """Return the text in an area, as it stands in lines."""
        return str(self.text.get_text_bounded(**area)).replace("\r\n", "\n")

    def close(self) -> None:
        """Let it go."""
        self.text.close()
        self.page.close()


class OpenPages:
    """Opens pages, and closes those that nobody has asked for lately."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        """Open none yet."""
        self._document = document
        self._pages: OrderedDict[int, OpenPage] = OrderedDict()
        _in_use.add(self)

    def __getitem__(self, number: int) -> OpenPage:
        """Return a page, counted from 0. Raises PdfiumError if it cannot be read."""
        if number in self._pages:
            self._pages.move_to_end(number)
            return self._pages[number]
        page = self._document[number]
        self._pages[number] = OpenPage(page, page.get_textpage())
        if len(self._pages) > MOST:
            _, oldest = self._pages.popitem(last=False)
            oldest.close()
        return self._pages[number]

    def close(self) -> None:
        """Close the document and what is open of it."""
        for page in self._pages.values():
            page.close()
        self._pages.clear()
        self._document.close()


_in_use: WeakSet[OpenPages] = WeakSet()


@atexit.register
def _close_all() -> None:
    """Close what is open, as this process ends: pdfium, which is told so later, would say that it does, in a line for each."""
    for pages in list(_in_use):
        pages.close()
