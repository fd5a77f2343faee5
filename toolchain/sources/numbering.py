"""The numbers of sections, from the headings and toctrees of all pages: before Sphinx has read them, and in Sphinx.

Chapters go on from one numbered toctree of the first page to the next, and a toctree of class `appendix` has letters; Sphinx
would begin again at 1 in each. Sections that recur on every page, such as a summary, have no numbers: those that follow
count on without a gap, and pages that are listed in such a section come after it. All else is as Sphinx counts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from string import ascii_uppercase

from toolchain.model import Heading, Toctree

APPENDIX = "appendix"
FRONT, MAIN, BACK = "front", "main", "back"
TYPESET = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"'}
    | {"\xab": '"', "\xbb": '"', "\u2013": "--", "\u2014": "---", "\u2026": "..."}
)
"""What Sphinx makes of quotes, dashes and dots, to what is typed for it."""

Number = tuple[int | str, ...]
Contents = Mapping[str, Sequence[Heading | Toctree]]
"""The headings and the toctrees of each page, in their order; the entries of the toctrees are resolved."""


def matters(toctrees: Iterable[Toctree]) -> list[str]:
    """Return which part of the book each toctree of the first page is.

    Without numbers before the first that has some it is front matter, after them back matter.
    """
    found, matter = [], FRONT
    for toctree in toctrees:
        if toctree.numbered:
            matter = APPENDIX if toctree.appendix else MAIN
        elif matter != FRONT:
            matter = BACK
        found.append(matter)
    return found


def recurs(heading: str, recurring: Collection[str]) -> bool:
    """Say whether a heading is one of those that recur, by its words alone."""
    return _typed(heading) in map(_typed, recurring)


def _typed(text: str) -> str:
    return " ".join(text.translate(TYPESET).split())


def reading_order(contents: Contents, root: str) -> list[str]:
    """Return the first page, the `root`, and all that is listed below it, in the order in which they are read."""
    order: dict[str, None] = {}

    def visit(page: str) -> None:
        order[page] = None
        for toctree in toctrees_of(contents[page]):
            for name in toctree.entries:
                if name in contents and name not in order:
                    visit(name)

    visit(root)
    return list(order)


def toctrees_of(blocks: Iterable[Heading | Toctree]) -> list[Toctree]:
    """Return the toctrees among the contents of a page."""
    return [block for block in blocks if isinstance(block, Toctree)]


def section_numbers(
    contents: Contents, recurring: Collection[str], root: str, *, restarts: bool = False
) -> dict[str, tuple[Number, ...]]:
    """Return the numbers of the headings of every page below a numbered toctree, empty for those without one.

    `recurring` are the headings of sections that have no numbers, `root` is the first page. If the count `restarts`, each
    toctree of that page begins with chapter 1.
    """
    counting = _Counting(contents, recurring, root, restarts=restarts)
    order = reading_order(contents, root)
    for page in (*order, *sorted(contents.keys() - set(order))):
        counting.count_below(page)
    return counting.numbers


class _Counting:
    """Counts as Sphinx does: a page has its number from the first numbered toctree that leads to it."""

    def __init__(self, contents: Contents, recurring: Collection[str], root: str, *, restarts: bool) -> None:
        self.numbers: dict[str, tuple[Number, ...]] = {}
        self._contents = contents
        self._recurring = frozenset(map(_typed, recurring))
        self._root = root
        self._restarts = restarts
        self._counted: set[str] = set()
        self._stack: list[int] = []
        """The last number on each level."""
        self._appendix = False

    def count_below(self, page: str) -> None:
        """Count what the numbered toctrees of a page list."""
        toctrees = toctrees_of(self._contents[page])
        if any(toctree.numbered for toctree in toctrees):
            self._counted.add(page)
        chapters: dict[str, int] = {}
        for toctree, matter in zip(toctrees, matters(toctrees), strict=True):
            self._appendix = page == self._root and matter == APPENDIX
            self._stack = [0 if self._restarts else chapters.get(matter, 0)]
            self._count_pages(toctree, toctree.numbered)
            if page == self._root:
                chapters[matter] = self._stack[0]

    def _count_pages(self, toctree: Toctree, depth: int) -> None:
        for name in toctree.entries if depth > 0 else ():
            if name in self._contents and name not in self._counted:
                self._counted.add(name)
                self.numbers[name] = tuple(self._count_page(name, depth))

    def _count_page(self, page: str, depth: int) -> list[Number]:
        """Count the headings of a page and the pages below it; `depth` is how many levels have numbers."""
        numbers: list[Number] = []
        above = len(self._stack) - 1
        skipped = 0
        for block in self._contents[page]:
            level = block.level
            if level <= (skipped if isinstance(block, Heading) else skipped - 1):
                skipped = 0
            if isinstance(block, Toctree):
                level = skipped - 1 if skipped else level
                self._go_to(above + level + 1)
                self._count_pages(block, depth - level)
                continue
            if not skipped and level > 1 and _typed(block.text) in self._recurring:
                skipped = level
            if not skipped:
                self._go_to(above + level)
                self._stack[-1] += 1
            numbers.append(self._number() if depth >= level and not skipped else ())
        self._go_to(above + 1)
        return numbers

    def _go_to(self, level: int) -> None:
        """Begin to count on a deeper level, or go back to where a level above was left."""
        self._stack = [*self._stack, *[0] * level][:level]

    def _number(self) -> Number:
        first, *others = self._stack
        # After Z comes AA, BB and so on.
        letters = ascii_uppercase[(first - 1) % 26] * ((first - 1) // 26 + 1)
        return (letters if self._appendix else first, *others)
