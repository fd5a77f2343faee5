"""Checks of the numbers in a text that come out of the page's own code: each is an expression, and each has its value."""

import re
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check, ReadBook, SourceCheck
from toolchain.check.sources.nearest import near
from toolchain.model import Document, Expression, Finding, PageFacts, Passage, Severity

WARNING = "sphinx.toolchain.eval-"
IN_TEXT = "Write it in the text: elsewhere a reader sees its characters."
SAID = {
    "not-evaluated": (
        "{} is not evaluated",
        "Write it in the page itself: what a file that is included has, or a substitution, is not found before it runs.",
    ),
    "unread": ("{} is shown as it is typed", IN_TEXT),
    "nothing": (
        "the value of {} is None",
        "Write an expression that has a value: what it prints is not shown.",
    ),
    "unfit": (
        "the value of {} is no words, and a line of text shows only what its type says of it",
        "Let a cell display it, or the directive `{{eval}}`, or write an expression that is a number or a text.",
    ),
}
"""What is wrong with an expression, and what to do, by the ends of the ids of the extension's warnings."""
NUMBER = re.compile(r"(?<![\w.,:/])(?<![\w)]-)(?P<digits>\d+\.\d+)(?![\w/]|[.,:]\d)")
FEWEST = 3
"""Significant digits of a number that is the same as another for a reason."""
MOST = 50
"""Numbers in an output that a text repeats one of; among more of them there are others that are the same by chance."""


GLUE = "sphinx.mystnb.glue"
UNGLUED = (
    re.compile(r"No key '(?P<name>.*?)' found in glue data for this document"),
    re.compile(r"Glue reference '(?P<name>.*?)' not found in doc '(?P<page>.*?)'"),
)


class ExpressionWithoutValue(Check):
    """An expression in the text in whose place no value stands."""

    id = "SRC033"
    title = "an expression in the text shows no value"
    explanation = (
        "Readers see its code, or less than its value. Expressions are evaluated where they stand in the text of a page "
        "that has code cells, and in a line of text a number or a few words are shown."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim what the extension says of expressions."""
        return warning.id.startswith(WARNING)

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Name each expression, and why it has no value."""
        for document in built.book.documents:
            for expression in document.expressions:
                if said := _why_not(expression, document):
                    message, remedy = said
                    line = expression.line or None
                    yield self.found(f"{expression.written} {message}", document.path, line, remedy)
        for warning in filter(self.claims, built.warnings):
            message, remedy = SAID[warning.id.removeprefix(WARNING)]
            line = warning.line and built.line_of(
                warning.path, warning.message.partition("`")[2], warning.line
            )
            yield self.found(
                message.format(warning.message), warning.path, line or warning.line, remedy.format()
            )


class UngluedValue(Check):
    """`{glue}` of a name that no cell has."""

    id = "SRC045"
    title = "a value is shown that no cell has glued"
    explanation = (
        "`glue` of MyST-NB keeps a value under a name, and `{glue}` shows it. What has no name in a cell of the page that ran, or "
        "of the page that the reference names, is missing where readers expect it."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim what MyST-NB says of names that it does not find."""
        return _glued(warning) is not None

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Name each, at its line."""
        for warning in dict.fromkeys(built.warnings):
            if match := _glued(warning):
                page = match.groupdict().get("page")
                where = f"of the page {page}" if page else "of this page"
                remedy = "" if page else f"Of another page it is {{glue:text}}`PAGE.md::{match['name']}`."
                line = near(built, warning.path, match["name"], warning.line)
                yield self.found(f"no cell {where} has glued {match['name']}", warning.path, line, remedy)


def _glued(warning: Finding) -> re.Match[str] | None:
    """Return the match of a warning of a name that is not glued; None of any other."""
    matches = (pattern.match(warning.message) for pattern in UNGLUED if warning.id.startswith(GLUE))
    return next(filter(None, matches), None)


def _why_not(expression: Expression, document: Document) -> tuple[str, str] | None:
    """Say why an expression is not evaluated, and what to do; None if it is."""
    if expression.unread:
        return f"is not evaluated in {expression.unread}", IN_TEXT
    if not document.cells:
        remedy = "Let a code cell stand before it, with the tag remove-cell if nobody is to see it."
        return "is not evaluated: the page has no code cells", remedy
    return None


class RepeatedNumber(SourceCheck):
    """A number that the next run of the notebook makes wrong."""

    id = "SRC034"
    title = "a typed number repeats an output of its page"
    severity = Severity.ADVICE
    explanation = (
        "The notebook runs again, with another version of a package say, and prints another number, while the text keeps "
        "the old one. Let the text compute it: {eval}`f'{loss:.3f}'`. A decimal number counts that has at least three "
        "digits that matter, stands in an output of the same page as it is typed, and in none of its code cells; not one "
        "in a table, nor one of an output with more than fifty numbers. A number that is the same by chance may stand as "
        "code or as a formula: `0.875`, $0.875$."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look for the numbers of the outputs in the words of the page."""
        for name, page in built.facts.pages.items():
            document = built.documents.get(name)
            typed = list(_typed(page)) if document and document.cells else []
            if not (document and typed):
                continue
            printed = _printed(built, document) - {
                number for cell in document.cells for number in _numbers(cell.source)
            }
            for number, line in typed:
                if number in printed:
                    at = line and (built.line_of(page.path, number, line) or line)
                    yield self.found(f"{number} is typed, and a cell of this page prints it", page.path, at)


def _typed(page: PageFacts) -> Iterator[tuple[str, int | None]]:
    """Yield the numbers that count in the words of a page, each once in a passage, with the line where it begins."""
    for passage in page.passages:
        if not passage.in_table:
            for number in dict.fromkeys(_numbers(passage.text)):
                yield number, _line(passage, number)


def _line(passage: Passage, number: str) -> int | None:
    before = passage.text.partition(number)[0]
    return None if passage.line is None else passage.line + before.count("\n")


def _numbers(text: str) -> list[str]:
    """Return the decimal numbers of a text that have enough digits to be the same as others for a reason, without signs."""
    found = (match["digits"] for match in NUMBER.finditer(text))
    return [number for number in found if len(number.replace(".", "").strip("0")) >= FEWEST]


def _printed(built: ReadBook, page: Document) -> set[str]:
    """Return the numbers in the short outputs of a page."""
    outputs = [output for cell in built.result(page.name) for output in cell.outputs]
    printed = [output.get("text", "") for output in outputs if output.get("output_type") == "stream"]
    shown = [output["data"].get("text/plain", "") for output in outputs if "data" in output]
    texts = ("".join(text) for text in (*printed, *shown))
    return {
        number for text in texts if len(re.findall(r"\d+", text)) <= 2 * MOST for number in _numbers(text)
    }
