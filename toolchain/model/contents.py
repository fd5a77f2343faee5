"""The contents of a book where they are written apart from its pages: which lists of pages belong on which page."""

from msgspec import Struct


class ListedPage(Struct, frozen=True):
    """What a list has an entry for: a page, the pages that fit a pattern, or an address elsewhere."""

    target: str
    title: str = ""
    """That stands in the list in place of the page's own; empty for that."""
    line: int = 1
    """In the file that the contents are written in."""
    is_pattern: bool = False


class PageList(Struct, frozen=True):
    """A list of pages at the end of a page, or where the page says."""

    entries: tuple[ListedPage, ...]
    caption: str = ""
    depth: int = -1
    """Levels that the list shows; -1 for all."""
    numbered: int = 0
    """To which depth; 0 if not at all."""
    hidden: bool = True
    """Whether it is in menus only, unless the page says where it stands."""
    titles_only: bool = False
    backwards: bool = False


class BookContents(Struct, frozen=True):
    """The contents of the whole book."""

    path: str
    """The file, relative to the project."""
    root: str
    """The name of the first page."""
    lists: dict[str, tuple[PageList, ...]] = {}
    """By the name of the page that they belong to."""
    lines: dict[str, int] = {}
    """Where each page is named."""
    unused: dict[str, int] = {}
    """Keys of lists that have no effect, each with the line where it stands first."""

    def names(self) -> frozenset[str]:
        """Return the names of the pages."""
        return frozenset((self.root, *self.lines))

    def patterns(self) -> tuple[str, ...]:
        """Return the patterns that pages are listed by."""
        entries = (entry for lists in self.lists.values() for listed in lists for entry in listed.entries)
        return tuple(entry.target for entry in entries if entry.is_pattern)
