"""Checks of slips of the pen that a parser takes for something else: what is never closed, and names that are nearly right."""

import re
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check, ReadBook, SourceCheck
from toolchain.check.sources.nearest import near, nearest, suggestion
from toolchain.check.sources.typed import NEARLY, occurrences
from toolchain.check.sources.typed import UNCLOSED as UNCLOSED_TEXT
from toolchain.model import Finding
from toolchain.sources.fences import WITH_CODE

UNCLOSED, UNKNOWN, QUOTED = "unclosed", "unknown", "quoted"
"""Kinds of slips, as they are found where pages are parsed."""
NAMES = re.compile(r"Unknown (?P<kind>directive type|interpreted text role):? ['\"](?P<name>.+?)['\"]\.?")
GATE = "sphinx.toolchain.gate"
"""Id of the warnings of toolchain.sphinxext.boxes.gates."""
OPTION = re.compile(
    r"'(?P<directive>[^']+)': Unknown option keys?: (?P<keys>.+?) \(allowed: (?P<allowed>\[.*\])\)", re.DOTALL
)
QUOTED_NAME = re.compile(r"'([^']*)'")


class Unclosed(Check):
    """Something that is opened and never closed."""

    id = "SRC022"
    title = "something is opened and never closed"
    explanation = (
        "A fence, a comment, a formula, a role or a piece of code has no end of its own, so it ends with what it stands "
        "in, and takes what follows with it; or its beginning is shown as it was typed. Close it. A directive within "
        "another one of as many backquotes or colons closes both: give the outer one more of them. "
        "What is to be shown as an example is put in backquotes or in a block of code."
    )
    follows = frozenset({"HTML002"})

    def claims(self, warning: Finding) -> bool:
        """Claim the warnings of a beginning without its end: where a fence is not closed, that is why."""
        return warning.id == GATE

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield what was found as each page was parsed, and what is left of openings in its words."""
        fences = list(_of_kind(self, built, UNCLOSED))
        yield from fences
        for page in built.facts.pages.values():
            for slip, line in occurrences(built, page, UNCLOSED_TEXT):
                yield self.found(slip.message, page.path, line, slip.remedy)
        unclosed = {finding.path for finding in fences}
        yield from (
            warning for warning in filter(self.claims, built.warnings) if warning.path not in unclosed
        )


class UnknownName(Check):
    """A name of a directive, a role, an option or a tag that nobody knows."""

    id = "SRC023"
    title = "nobody knows a directive, a role, an option or a tag of this name"
    explanation = (
        "Nothing comes of it: a directive and a role are left out, an option or a tag does nothing. Correct the name; one "
        "of an extension needs that extension in _config/conf.py, and a role that another page defines is known on that "
        "page only. Of tags and keys of cells, which may be anybody's, only "
        "those are named that are nearly one that means something."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim MyST's warnings of such names."""
        return warning.id.startswith("sphinx.myst") and bool(
            NAMES.fullmatch(warning.message) or OPTION.match(warning.message)
        )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield each name with the one that was probably meant."""
        yield from _of_kind(self, built, UNKNOWN)
        for warning in filter(self.claims, built.warnings):
            if match := NAMES.fullmatch(warning.message):
                kind = "directive" if match["kind"].startswith("directive") else "role"
                line = near(built, warning.path, f"{{{match['name']}}}", warning.line)
                message = f"there is no {kind} {{{match['name']}}}"
                yield self.found(message, warning.path, line, warning.remedy)
            elif option := OPTION.match(warning.message):
                allowed = QUOTED_NAME.findall(option["allowed"])
                for key in QUOTED_NAME.findall(option["keys"]):
                    line = near(built, warning.path, f"{key}:", warning.line)
                    message = f"{{{option['directive']}}} has no option {key}"
                    yield self.found(message, warning.path, line, suggestion(nearest(key, allowed)))


class NearlyMarkup(SourceCheck):
    """Markup that is typed nearly right, and is read as plain text."""

    id = "SRC024"
    title = "markup is typed nearly right, and is plain text"
    explanation = (
        "An option of a directive stands at the directive's beginning, without an empty line before it. A table has a line "
        "of dashes with as many columns as its head. A list, a heading and a link have their own signs, each in its place. "
        "What is to be shown as it stands is put in backquotes or in a block of code."
    )
    follows = frozenset({"HTML002", "SRC022"})

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Look for it in the words of each page."""
        yield from _of_kind(self, built, QUOTED)
        for page in built.facts.pages.values():
            for slip, line in occurrences(built, page, NEARLY):
                if not _is_below_title_with_code(built, page.path, line):
                    yield self.found(slip.message, page.path, line, slip.remedy)


def _is_below_title_with_code(built: ReadBook, path: str, line: int | None) -> bool:
    """Say whether an option is right below what fails to open a directive, which is told of."""
    above = reversed(built.lines(path)[: (line or 1) - 1])
    opening = next((text for text in above if not text.lstrip().startswith(":")), "")
    return WITH_CODE.match(opening) is not None


def _of_kind(check: Check, built: ReadBook, kind: str) -> Iterator[Finding]:
    for page in built.book.documents:
        for slip in page.slips:
            if slip.kind == kind:
                yield check.found(slip.message, page.path, slip.line, slip.remedy)
