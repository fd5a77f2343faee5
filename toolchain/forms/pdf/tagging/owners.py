"""Whose each piece of a page is: found by the marks around it, page after page.

What stands between two marks belongs to the element that has begun last. What belongs to none was generated, by LaTeX or by
what nobody has marked: a number before a heading is of the heading; all else becomes a paragraph where it stands.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from toolchain.forms.pdf.tagging.content import Piece
from toolchain.model.tags import ARTIFACT, Element

CONTAINERS = ("Document", "Sect", "Div", "BlockQuote", "LBody", "TD", "TH", "Note")
"""What may have a paragraph that nobody has marked."""
DRAWN = ("Figure", "Formula")
"""Elements that lines and pictures belong to; with any other they are decoration."""
NEUTRAL = "float"
"""Nothing that has begun before it goes on in a float."""
OF_ELEMENTS = "bcr"
"""The marks of an element: it begins, it is all since the last mark, it belongs here."""


class Own(Struct, frozen=True):
    """An element that has no number: of it the pages alone know."""

    kind: str
    key: tuple[int, int]
    """Where it stands among others: after the element of this number, and how many like it have come before."""
    parent: int = 0
    """The number of the element that it is in."""
    link: int = -1
    """The number of a link."""


Entry = int | str | Own
Owner = tuple[Entry, ...]
"""Elements, each in the one before."""
NOBODY: Owner = (ARTIFACT,)


class Owners:
    """Finds the owners of pieces, through all pages of a PDF."""

    def __init__(self, elements: Sequence[Element]) -> None:
        """`elements` are the ones that have numbers."""
        self._elements = elements
        self._main: list[Entry] = []
        self._foot: list[Entry] = []
        self._stack = self._main
        self._first_pages: dict[int, int] = {}
        self._page = -1
        self._last = 0
        """The element with text that has begun last."""
        self._count = 0
        self._pending: list[Piece] = []
        self._number: Own | None = None
        """Of a formula: what is said instead of the formula is not said instead of its number."""
        self._index: Own | None = None
        self._contents: Own | None = None
        self._marks: dict[str, Callable[[], object]] = {
            "a": lambda: self._stack.append(ARTIFACT),
            "z": partial(self._cut, ARTIFACT),
            "f": self._begin_foot,
            "F": self._begin_float,
            "G": self._end_float,
            "m": partial(self._end_own, "Link"),
            "t": self._begin_line_of_contents,
            "u": self._end_line_of_contents,
            "i": self._begin_entry,
            "w": partial(self._flush, 0),
            "y": self._begin_number,
            "x": self._end_number,
            "h": self._claim_heading,
        }
        """What follows from a mark without a number; toolchain-tags.sty says what each is."""

    def of_page(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Return the pieces of the next page, each that shows something with its owner."""
        self._page += 1
        self._leave_floats()
        self._stack = self._main
        found = [self._look(piece) for piece in pieces]
        self._flush(0)
        self._number = None
        return found

    def _look(self, piece: Piece) -> Piece:
        if piece.kind == "mark":
            self._mark(piece)
        elif piece.kind not in ("", "state"):
            self._own(piece)
        return piece

    def _own(self, piece: Piece) -> None:
        top = self._stack[-1] if self._stack else NEUTRAL
        if ARTIFACT in self._stack:
            piece.owner = NOBODY
        elif piece.kind != "text":
            drawn = isinstance(top, int) and self._elements[top].kind in DRAWN
            piece.owner = self._chain() if drawn else NOBODY
        elif self._number is not None:
            piece.owner = (self._number,)
        elif self._is_in_element() or self._inside("TOCI"):
            piece.owner = self._chain()
        elif self._index is not None:
            piece.owner = (self._index, *self._chain())
        else:
            piece.owner = self._chain()  # of links only: what they are in is known later
            self._pending.append(piece)

    def _chain(self) -> Owner:
        base = max((place + 1 for place, entry in enumerate(self._stack) if entry == NEUTRAL), default=0)
        return tuple(self._stack[base:])

    def _is_in_element(self) -> bool:
        """Say whether an element has begun that text may be of; what stands in a line only is in one that is known later."""
        return any(isinstance(entry, int) and not self._elements[entry].is_inline for entry in self._chain())

    def _inside(self, kind: str) -> bool:
        return any(isinstance(entry, Own) and entry.kind == kind for entry in self._stack)

    def _mark(self, mark: Piece) -> None:
        """Follow a mark; within decoration and contents, those of elements are said a second time and mean nothing."""
        known = 0 < mark.number < len(self._elements) and not (
            ARTIFACT in self._stack or self._inside("TOCI")
        )
        if mark.what in OF_ELEMENTS:
            if known:
                of_element = {"b": self._begin, "c": self._claim}.get(mark.what)
                if of_element:
                    of_element(mark.number)
                else:
                    mark.owner = (*self._chain(), mark.number)
        elif mark.what in ("e", "l"):
            (self._end if mark.what == "e" else self._begin_link)(mark.number)
        elif follow := self._marks.get(mark.what):
            follow()

    def _begin_link(self, number: int) -> None:
        self._stack.append(Own("Link", self._key(), link=number))

    def _begin_foot(self) -> None:
        self._flush(0)
        self._stack = self._foot

    def _begin_float(self) -> None:
        self._flush(0)
        self._stack.append(NEUTRAL)

    def _end_float(self) -> None:
        self._flush(0)
        self._cut(NEUTRAL)

    def _begin_line_of_contents(self) -> None:
        self._flush(0)
        if self._contents is None:
            self._contents = Own("TOC", self._key())
        self._stack += [self._contents, Own("TOCI", self._key())]

    def _end_line_of_contents(self) -> None:
        self._end_own("TOCI")
        self._end_own("TOC")

    def _begin_entry(self) -> None:
        self._flush(0)
        self._index = Own("P", self._key(), parent=self._container(0))

    def _claim_heading(self) -> None:
        self._flush(0, "H1")
        self._contents = None

    def _begin_number(self) -> None:
        last = self._elements[self._last]
        if last.kind == "Formula" and not last.is_inline:
            self._number = Own("Lbl", self._key(), parent=last.parent)

    def _end_number(self) -> None:
        self._number = None

    def _begin(self, number: int) -> None:
        element = self._elements[number]
        self._index = None
        if element.is_inline:
            self._stack.append(number)
            return
        if self._is_said_again(number):
            self._stack.append(ARTIFACT)
            return
        self._leave(number)
        if element.label >= 0 and self._pending:
            self._settle((element.label,))
        else:
            self._flush(number)
        self._stack.append(number)
        self._last = number

    def _claim(self, number: int) -> None:
        """Have an element own all that has come since the last mark."""
        self._leave(number)
        again = self._is_said_again(number)
        self._settle(NOBODY if again else (number,))
        self._index, self._last = None, number

    def _leave(self, number: int) -> None:
        """Leave all elements but those that another one is in."""
        base = max((at + 1 for at, entry in enumerate(self._stack) if entry == NEUTRAL), default=0)
        above = set(self._ancestors(number))
        self._stack[base:] = [entry for entry in self._stack[base:] if entry in above]

    def _is_said_again(self, number: int) -> bool:
        """Say whether this is the head of a table that was on an earlier page."""
        first = self._first_pages.setdefault(number, self._page)
        return self._elements[number].is_repeated and first != self._page

    def _end(self, number: int) -> None:
        if number in self._stack:
            self._cut(number)
        elif (
            ARTIFACT in self._stack
            and 0 < number < len(self._elements)
            and self._elements[number].is_repeated
        ):
            self._cut(ARTIFACT)

    def _cut(self, entry: Entry) -> None:
        """Leave what has begun last of this, and what has begun in it."""
        if entry in self._stack:
            place = len(self._stack) - 1 - self._stack[::-1].index(entry)
            del self._stack[place:]

    def _end_own(self, kind: str) -> None:
        for place in range(len(self._stack) - 1, -1, -1):
            entry = self._stack[place]
            if isinstance(entry, Own) and entry.kind == kind:
                del self._stack[place]
                return

    def _leave_floats(self) -> None:
        for stack in (self._main, self._foot):
            stack[:] = [entry for entry in stack if not isinstance(entry, str)]

    def _flush(self, following: int, kind: str = "P") -> None:
        """Make a paragraph of what nobody has marked, before the element that follows; 0 if that is not known."""
        if self._pending:
            kind = "Note" if self._stack is self._foot else kind
            self._settle((Own(kind, self._key(), parent=self._container(following)),))
        self._index = None

    def _settle(self, owner: Owner) -> None:
        for piece in self._pending:
            piece.owner = owner if owner == NOBODY else (*owner, *piece.owner)  # type: ignore[misc]
        self._pending = []

    def _key(self) -> tuple[int, int]:
        self._count += 1
        return (self._last, self._count)

    def _container(self, following: int) -> int:
        """Return what a paragraph without a mark is in: what has both the text before it and the one after it."""
        after = set(self._ancestors(following)) if following else None
        for number in self._ancestors(self._last):
            kind = self._elements[number].kind
            if kind in CONTAINERS and (number in after if after is not None else kind == "Sect"):
                return number
        return 0

    def _ancestors(self, number: int) -> Iterator[int]:
        """Yield what an element is in, from the inside."""
        while number:
            number = self._elements[number].parent
            yield number
