"""Numbers of figures and tables that were typed by hand: they become references where it is plain what they mean.

What has a number is counted as Sphinx counts it, for which the book was written, by chapters.
"""

import re
from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from toolchain.importing.text import Text
from toolchain.model import Parsed
from toolchain.sources.toctree import numbered_pages

TYPED = re.compile(
    r"(?<!\w)(?:(?P<figure>[Ff]ig(?:ure|\.)|图)|(?P<table>[Tt]ab(?:le|\.)|表))[ \u00a0~]*(?P<number>\d+\.\d+)(?!\.?\d)"
)
KIND = "a typed number is a reference"
ROOT = "index"


class Shown(Struct, frozen=True):
    """Something with a caption and a number."""

    kind: str
    """`figure` or `table`."""
    label: str
    """Empty if it has none."""
    caption: str
    start: int
    """In the text of its page."""


class Numbers:
    """What has which number in a book."""

    def __init__(self, pages: Mapping[str, Parsed], shown: Mapping[str, list[Shown]]) -> None:
        """Count what is shown on the pages, both by their names."""
        self._by_number: dict[tuple[str, str], tuple[str, Shown]] = {}
        self._given: dict[tuple[str, int], str] = {}
        self._labels = {one.label for of_page in shown.values() for one in of_page}
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for page in numbered_pages(pages, (), ROOT) if ROOT in pages else ():
            chapter = str(page.number[0]) if page.number else ""
            for one in shown.get(page.name, ()) if chapter and page.listed else ():
                counts[one.kind, chapter] += 1
                self._by_number[one.kind, f"{chapter}.{counts[one.kind, chapter]}"] = page.name, one

    def given(self, page: str, start: int) -> str:
        """Return the label that something gets that has none and is referred to; empty if nobody does."""
        return self._given.get((page, start), "")

    def look_for(self, text: Text, start: int, end: int) -> None:
        """Give a label to what is referred to in some words and has none."""
        for typed in TYPED.finditer(text.source, start, end):
            self._label(typed)

    def replace(self, text: Text, start: int, end: int) -> None:
        """Turn the numbers in some words into references."""
        for typed in TYPED.finditer(text.source, start, end):
            if label := self._label(typed):
                text.replace(typed.start(), typed.end(), f"{{numref}}`{label}`", KIND)
            else:
                text.lose(
                    typed.start(),
                    f"“{typed[0]}” is typed, and nothing in the book has that number",
                    "Write {numref} with the label of what is meant.",
                )

    def _label(self, typed: re.Match[str]) -> str:
        kind = "figure" if typed["figure"] else "table"
        page, one = self._by_number.get((kind, typed["number"]), ("", None))
        if one is None:
            return ""
        if not one.label and (page, one.start) not in self._given:
            label, number = f"{kind[:3]}-{typed['number'].replace('.', '-')}", 1
            while label in self._labels:
                number += 1
                label = f"{kind[:3]}-{typed['number'].replace('.', '-')}-{number}"
            self._labels.add(label)
            self._given[page, one.start] = label
        return one.label or self._given[page, one.start]
