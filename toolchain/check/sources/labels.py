"""Checks of the labels: each given once, and for somebody."""

import re
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check, ReadBook, SourceCheck
from toolchain.check.sources.nearest import pages_by_path
from toolchain.model import Finding, Severity
from toolchain.sources.entry_lines import entries
from toolchain.sources.source_files import bibliographies

DUPLICATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"duplicate label of equation (?P<name>.+), other instance in (?P<other>.+)",
        # Of exercises, and of theorems and their like.
        r"duplicate label: (?P<name>.+); other instance in (?P<other>.+)",
        r"duplicate \w+ label '(?P<name>.+)', other instance in (?P<other>.+)",
        r"duplicate (?:label|citation) (?P<name>.+), other instance in (?P<other>.+)",
        r"duplicate \w+ description of (?P<name>.+), other instance in (?P<other>.+)",
        r"Duplicate explicit target name: \"(?P<name>.+)\"\.",
        r"Duplicate reference definition: (?P<name>.+)",
        r"Duplicate footnote definition found for label: '(?P<name>.+)'",
        r"duplicate (?:local )?citation for key \"(?P<name>.+)\"",
    )
)
# Of two equations with one label docutils says so, too, and names neither.
# And what is said of a bibliography is said only when that is read, not in every build.
# The same id of a box and of something else the toolchain itself says.
ECHO = re.compile(
    r"Duplicate ID: \"(?:equation-|.+ used by )|bibliography data error in .+: repeated bibliography entry: "
)
DEFINITION = (
    r"^\s*\({0}\)=\s*$|^\s*(?:>\s*|[-*]\s+)?:?(?:name|label):\s*[\"']?{0}[\"']?\s*$|\$\$\s*\({0}\)\s*$|\{{[^}}]*#{0}\b"
    r"|\\label\{{{0}\}}|^\s*{0}\s*$|^\s*\[\^?{0}\]:"
)
SAME_ID = re.compile(r"duplicate id of label (?P<name>.+) and of (?P<what>.+?)(?:, line (?P<line>\d+))?")
"""Two things on a page that have the same address."""
HREF = re.compile(r"href\s*=\s*[\"'][^\"'#]*#(?P<id>[^\"']+)[\"']")


class DuplicateLabel(Check):
    """A label that two things have."""

    id = "SRC001"
    title = "a label is given twice"
    explanation = (
        "References to it lead to only one of the two places, and which one is chance. "
        "Give one of them another label, and let the references to it follow."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim the warnings of Sphinx, docutils, MyST and BibTeX's extension of duplicates."""
        return (
            _match(warning) is not None
            or SAME_ID.fullmatch(warning.message) is not None
            or ECHO.match(warning.message) is not None
        )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Name both places of each label."""
        other_by_place: dict[tuple[str, str, int | None], str] = {}
        for warning in built.warnings:
            if (match := _match(warning)) is not None:
                groups = match.groupdict()
                line, other = _places(built, groups["name"], warning.path, warning.line, groups.get("other"))
                other_by_place.setdefault((groups["name"], warning.path, line), other)
        for (name, path, line), other in other_by_place.items():
            also = f"; the other is at {other}" if other else ""
            yield self.found(f"{name} is given twice{also}", path, line)
        yield from self._addresses(built)
        yield from self._entries(built)

    def _addresses(self, built: BuiltBook) -> Iterator[Finding]:
        """Find the labels that come to the address of something else on their page."""
        for warning in built.warnings:
            if (match := SAME_ID.fullmatch(warning.message)) is not None:
                name, lines = match["name"], _definitions(built, match["name"], warning.path)
                own = _closest(lines, warning.line)
                other = (
                    match["line"]
                    if "heading" in match["what"]
                    else next((at for at in lines if at != own), "")
                )
                also = f", at {warning.path}:{other}" if other else ""
                yield self.found(
                    f"the label {name} is the address of {match['what']} as well{also}",
                    warning.path,
                    own,
                    f"Give it another name, such as {name}-1, and let the references to it follow.",
                )

    def _entries(self, built: ReadBook) -> Iterator[Finding]:
        """Find the entries of bibliographies that have the same key, whose case does not matter."""
        place_by_key: dict[str, str] = {}
        for path in map(built.relative, bibliographies(built.settings)):
            for number, key in entries(built.lines(path)):
                place = f"{path}:{number}"
                other = place_by_key.setdefault(key.lower(), place)
                if other != place:
                    yield self.found(f"{key} is given twice; the other is at {other}", path, number)


def _match(warning: Finding) -> re.Match[str] | None:
    return next((match for pattern in DUPLICATES if (match := pattern.fullmatch(warning.message))), None)


def _places(
    built: ReadBook, name: str, path: str, line: int | None, other: str | None
) -> tuple[int | None, str]:
    """Return the line of the second definition, and the place (path:line) of the first."""
    lines = _definitions(built, name, path)
    page = built.facts.pages.get(other or "")
    other_path = page.path if page else other or path
    if other_path != path:
        other_lines = _definitions(built, name, other_path)
        return _closest(lines, line), f"{other_path}:{other_lines[0]}" if other_lines else other_path
    first, later = lines[:1], lines[1:]
    return _closest(later, line), f"{path}:{first[0]}" if first and later else ""


def _closest(lines: list[int], line: int | None) -> int | None:
    return min(lines, key=lambda candidate: abs(candidate - (line or 1)), default=line)


def _definitions(built: ReadBook, name: str, path: str) -> list[int]:
    """Return the lines of a source that give a label."""
    pattern = re.compile(DEFINITION.format(re.escape(name)), re.IGNORECASE)
    return [number for number, line in enumerate(built.lines(path), start=1) if pattern.search(line)]


class UnusedLabel(SourceCheck):
    """A label that nothing refers to."""

    id = "SRC004"
    title = "nothing refers to a label"
    severity = Severity.ADVICE
    explanation = (
        "A figure, table or equation that the text never mentions leaves readers to guess when to look at it, and a label "
        "that nobody uses hides the ones that matter. Refer to it where it helps, or remove the label."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Compare the labels with all that refers to one."""
        used = _used(built)
        paths = {name: page.path for name, page in built.facts.pages.items()}
        for label in built.facts.labels:
            if label.kind == "citation":
                continue
            ids = {identifier.lower() for identifier in label.ids} - {name.lower() for name in label.names}
            for name in label.names:
                if name.lower() not in used and (len(label.names) > 1 or not ids & used):
                    path = paths[label.page]
                    line = _closest(_definitions(built, name, path), label.line)
                    yield self.found(f"nothing refers to {name}", path, line)


def _used(built: ReadBook) -> set[str]:
    """Return the labels that references and links in raw HTML name, in small letters as Sphinx compares them."""
    used = set()
    for path, page in pages_by_path(built).items():
        used |= {reference.target.rpartition("#")[2].lower() for reference in page.references}
        used |= {match["id"].lower() for line in built.lines(path) for match in HREF.finditer(line)}
    return used
