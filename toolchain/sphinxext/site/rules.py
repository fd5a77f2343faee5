"""The rules of a style sheet that can say something of a page: those whose classes something may write there."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from msgspec import Struct

MARK = re.compile(r"/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[{};]", re.DOTALL)
NESTED = ("@media", "@supports", "@layer", "@container")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
OPTIONAL = re.compile(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")
"""Part of a selector that may hold where there is nothing of the classes in it."""
COMMA = re.compile(r",(?![^(]*\))")


class Reduced(Struct, frozen=True):
    """What is left of a style sheet."""

    text: str
    dropped: frozenset[str]
    """Classes of which it says nothing any more."""


class _Rules:
    """The rules that are kept, while they are chosen."""

    def __init__(self, known: AbstractSet[str], replaced: re.Pattern[str]) -> None:
        self._known = known
        self._replaced = replaced
        self.said: set[str] = set()
        self.kept: set[str] = set()

    def of(self, css: str) -> Iterator[str]:
        """Yield those of a style sheet, or of what one says for some media."""
        for prelude, block in _rules(css):
            if block is None:
                yield f"{prelude};"
            elif prelude.startswith(NESTED):
                if inner := "".join(self.of(block)):
                    yield f"{prelude}{{{inner}}}"
            elif prelude.startswith("@"):
                if not self._replaced.search(f"{prelude}{block}"):
                    yield f"{prelude}{{{block}}}"
            elif selectors := ",".join(filter(self._may_match, COMMA.split(prelude))):
                yield f"{selectors}{{{block}}}"

    def _may_match(self, selector: str) -> bool:
        if self._replaced.search(selector):
            return False
        classes = set(CLASS.findall(OPTIONAL.sub("", selector)))
        self.said |= classes
        if classes <= self._known:
            self.kept |= classes
            return True
        return False


def reduced(css: str, known: AbstractSet[str], replaced: re.Pattern[str]) -> Reduced:
    """Return a style sheet without what is said of classes that are not known.

    `replaced` are classes, or names of fonts, that no page has when it is written: nobody misses what is said of them.
    """
    rules = _Rules(known, replaced)
    text = "".join(rules.of(css))
    return Reduced(text, frozenset(rules.said - rules.kept))


def _rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield what stands before each block, and the block; None for a statement that has none."""
    start, opened, depth = 0, 0, 0
    for mark in MARK.finditer(css):
        if mark[0] == "{":
            depth += 1
            opened = mark.start() if depth == 1 else opened
        elif mark[0] == "}":
            depth -= 1
            if depth == 0:
                yield _bare(css[start:opened]), css[opened + 1 : mark.start()]
                start = mark.end()
        elif mark[0] == ";" and depth == 0:
            yield _bare(css[start : mark.start()]), None
            start = mark.end()


def _bare(prelude: str) -> str:
    return re.sub(r"/\*.*?\*/", "", prelude, flags=re.DOTALL).strip()


def words(sources: Iterable[str]) -> set[str]:
    """Return whatever may be the name of a class in the sources of what writes pages."""
    return {word for source in sources for word in re.findall(r"[A-Za-z_][\w-]*", source)}
