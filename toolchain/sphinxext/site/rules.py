"""The rules of a style sheet that can say something of a page: those whose classes something may write there."""

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

MARK = re.compile(r"/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[{};]", re.DOTALL)
NESTED = ("@media", "@supports", "@layer", "@container")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
OPTIONAL = re.compile(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")
"""Part of a selector that may hold where there is nothing of the classes in it."""
COMMA = re.compile(r",(?![^(]*\))")


@dataclass
class Reduced:
    """What is left of a style sheet."""

    text: str
    dropped: set[str] = field(default_factory=set)
    """Classes of which it says nothing any more."""


def reduced(css: str, known: Set[str], replaced: re.Pattern[str]) -> Reduced:
    """Return a style sheet without what is said of classes that are not known.

    `replaced` are classes, or names of fonts, that no page has when it is written: nobody misses what is said of them.
    """
    said: set[str] = set()
    kept: set[str] = set()
    text = "".join(_kept(css, known, replaced, said, kept))
    return Reduced(text, said - kept)


def _kept(
    css: str, known: Set[str], replaced: re.Pattern[str], said: set[str], kept: set[str]
) -> Iterator[str]:
    for prelude, block in _rules(css):
        name = prelude.partition(" ")[0].partition("(")[0]
        if block is None:
            yield f"{prelude};"
        elif name in NESTED:
            if inner := "".join(_kept(block, known, replaced, said, kept)):
                yield f"{prelude}{{{inner}}}"
        elif prelude.startswith("@"):
            if not replaced.search(f"{prelude}{block}"):
                yield f"{prelude}{{{block}}}"
        else:
            selectors = []
            for selector in COMMA.split(prelude):
                if replaced.search(selector):
                    continue
                classes = set(CLASS.findall(OPTIONAL.sub("", selector)))
                said |= classes
                if classes <= known:
                    kept |= classes
                    selectors.append(selector)
            if selectors:
                yield f"{','.join(selectors)}{{{block}}}"


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
