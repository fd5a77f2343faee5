"""Words as the search compares them. `search-engine.js` does the same with what a reader types: a test compares the two.

Case and accents do not matter. A name in code is found whole and by its parts. Scripts without spaces between words are cut into
pairs of characters, in any language: what is looked for is found wherever its pairs are.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

RUN = re.compile(r"\w+(?:\.\w+)*")
"""A word, a name such as `nd.dot`, or a number such as 2.1."""
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Thai, Lao, Burmese, Khmer, Chinese and Japanese."""
OTHERS = re.compile(r"[^\x00-\x7f]+")
NUMBER = re.compile(r"(?:[A-Za-z]\.)?\d+(?:\.\d+)*")
HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
"""A part of a name such as `L2Loss`."""
PART = 0.5
"""What a part of a name counts of a word."""


def fold(text: str) -> str:
    """Return a text in small letters without accents."""
    return _bare(text).lower()


def _bare(text: str) -> str:
    """Return a text without accents and other marks, which would part words."""
    return text if text.isascii() else OTHERS.sub(lambda found: _without_marks(found[0]), text)


@lru_cache(maxsize=1 << 12)
def _without_marks(text: str) -> str:
    plain = (char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char)[0] != "M")
    return unicodedata.normalize("NFC", "".join(plain))


def words(text: str) -> Iterator[tuple[str, float]]:
    """Yield the words of a text with what they count."""
    for run in RUN.findall(_bare(text)):
        yield from of_run(run)


@cache
def of_run(run: str) -> tuple[tuple[str, float], ...]:
    """Return the words that stand in a run of letters and digits."""
    if UNSPACED.search(run):
        return tuple(_cut(run))
    found = {fold(run): 1.0}
    if not NUMBER.fullmatch(run):
        names = run.split(".")
        for start in range(1, len(names) - 1):
            found.setdefault(fold(".".join(names[start:])), 1.0)
        for part in _parts(names):
            found.setdefault(part, PART)
    return tuple(found.items())


def _cut(run: str) -> Iterator[tuple[str, float]]:
    at = 0
    for unspaced in UNSPACED.finditer(run):
        yield from of_run(run[at : unspaced.start()].strip(".")) if at < unspaced.start() else ()
        for start in range(max(1, len(unspaced[0]) - 1)):
            yield fold(unspaced[0][start : start + 2]), 1.0
        at = unspaced.end()
    if run[at:].strip("."):
        yield from of_run(run[at:].strip("."))


def _parts(names: list[str]) -> Iterator[str]:
    for name in names:
        if len(names) > 1:
            yield fold(name)
        for part in filter(None, name.split("_")):
            yield fold(part)
            if part.isascii():  # else letters of other scripts would part a word
                yield from (fold(hump) for hump in HUMP.findall(part) if not hump.isdigit())
