"""The pages of a PDF, opened for their text: to open one takes longer than all that is asked of it."""

from collections import OrderedDict
from typing import Any, NamedTuple

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


class OpenPages:
    """Opens pages, and closes those that nobody has asked for lately."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        """Open none yet."""
        self._document = document
        self._pages: OrderedDict[int, OpenPage] = OrderedDict()

    def __getitem__(self, number: int) -> OpenPage:
        """Return a page, counted from 0. Raises PdfiumError if it cannot be read."""
        if number in self._pages:
            self._pages.move_to_end(number)
            return self._pages[number]
        page = self._document[number]
        self._pages[number] = OpenPage(page, page.get_textpage())
        if len(self._pages) > MOST:
            _, oldest = self._pages.popitem(last=False)
            oldest.text.close()
            oldest.page.close()
        return self._pages[number]
