"""Checks of the words: no number, place or address is typed where a reference or link belongs."""

import re
from collections.abc import Callable, Iterator

from toolchain.check.base import ReadBook, SourceCheck
from toolchain.check.sources.nearest import near
from toolchain.model import Finding, PageFacts, Severity
from toolchain.model.facts import GAP

NUMBER = r"(?:[A-Z]\.)?\d+(?:\.\d+)*"
TYPED = re.compile(
    rf"""\b(?:
      (?:[Ff]igures?|[Ff]igs?\.|[Tt]ables?|Tabs?\.|[Ll]istings?|[Ss]ections?|Secs?\.|[Cc]hapters?|Chaps?\.)\s+{NUMBER}
    | (?:[Ee]quations?|[Ee]qs?\.)\s+(?:{NUMBER}|\({NUMBER}\))
    | Appendix\s+[A-Z](?:\.\d+)*\b
    )(?![\w%]|\.\d|\)?\s+(?:times|per\s?cent|thousand|million|billion)\b)""",
    re.VERBOSE,
)
# In print figures, tables and listings go where there is room for them.
PLACED = re.compile(
    r"\b(?:the|this|these|that|those)\s+(?:(?:figure|table|listing)s?\s+(?:above|below)|(?:above|below)\s+(?:figure|table|listing)s?)\b"
    rf"(?!\s+(?:a|an|the|this|that|which|it|them|\d|{GAP}))",
    re.IGNORECASE,
)
# What has a number in somebody else's work: `Chapter 3 of [Bis06]`, `Figure 2 in Bishop's book`, `[Bis06, Section 4]`.
ELSEWHERE = re.compile(
    rf"(?:(?:\s*(?:,|and|or|to|[-\N{{EN DASH}}])\s*)\(?{NUMBER}\)?)*\s+(?:of|in|from)\s+"
    rf"(?:{GAP}|[A-Z\"'\N{{LEFT DOUBLE QUOTATION MARK}}\N{{LEFT SINGLE QUOTATION MARK}}]"
    r"|(?:the|that|his|her|their|its)\s+(?:\w+\s+)?(?:book|paper|article|report|thesis|manual|documentation|specification|standard|licen[cs]e|law)\b)"
)
OWNED = re.compile(rf"(?:{GAP}\s*[,;:]?\s*\(?|['\N{{RIGHT SINGLE QUOTATION MARK}}]s\s+)$")
BEFORE = 100
"""Characters before a number that can say whose it is."""
ADDRESS = re.compile(rf"(?<![\w/@.])(?:https?://|www\.)\w[^\s<>{GAP}]*")
TRAILING = ".,;:!?)]}'\"\N{RIGHT DOUBLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"


class TypedNumber(SourceCheck):
    """A number that the next section inserted before it makes wrong."""

    id = "SRC005"
    title = "a number or place is typed where a reference belongs"
    severity = Severity.ADVICE
    explanation = (
        "Numbers change when something is inserted before, and in print figures and tables move to where there is room. "
        "Give it a label and refer to it: {numref}`fig-waves`, {eq}`eq-sine`. "
        "What is somebody else's may stand: Chapter 3 of {cite:t}`key`."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look for the words that go before a number."""
        for page in built.facts.pages.values():
            for phrase, line in _occurrences(built, page, _typed_numbers):
                yield self.found(f"“{phrase}” is typed", page.path, line)


class TypedAddress(SourceCheck):
    """An address on which nobody can click."""

    id = "SRC013"
    title = "an address is typed and is no link"
    severity = Severity.ADVICE
    explanation = (
        "Readers would have to copy it. Write <https://example.org> or [words](https://example.org); "
        "`https://example.org` in backquotes if it is not meant to be followed."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look for what begins like an address."""
        for page in built.facts.pages.values():
            for address, line in _occurrences(built, page, _addresses):
                yield self.found(f"{address} is no link", page.path, line)


def _occurrences(
    built: ReadBook, page: PageFacts, search: Callable[[str], Iterator[tuple[int, str]]]
) -> Iterator[tuple[str, int | None]]:
    """Yield the phrases that `search` finds in the passages of a page, each with its own line."""
    for passage, (start, phrase) in built.silent.search(page, search.__name__, search):
        line = None if passage.line is None else passage.line + passage.text.count("\n", 0, start)
        yield " ".join(phrase.split()), near(built, page.path, phrase.partition("\n")[0], line)


def _typed_numbers(text: str) -> Iterator[tuple[int, str]]:
    for match in TYPED.finditer(text):
        if not ELSEWHERE.match(text, match.end()) and not OWNED.search(
            text[max(match.start() - BEFORE, 0) : match.start()]
        ):
            yield match.start(), match[0]
    yield from ((match.start(), match[0]) for match in PLACED.finditer(text))


def _addresses(text: str) -> Iterator[tuple[int, str]]:
    yield from ((match.start(), match[0].rstrip(TRAILING)) for match in ADDRESS.finditer(text))
