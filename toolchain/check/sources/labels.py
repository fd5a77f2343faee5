"""Checks of the labels: each given once, and for somebody."""

import re
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.check.sources.nearest import pages_by_path
from toolchain.model import Finding, Severity

DUPLICATES = tuple(
    re.compile(each)
    for each in (
        r"duplicate label of equation (?P<name>.+), other instance in (?P<other>.+)",
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
ECHO = re.compile(r"Duplicate ID: \"equation-|bibliography data error in .+: repeated bibliography entry: ")
ENTRY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*[{(]\s*(?P<key>[^\s,]+)\s*,", re.IGNORECASE)
DEFINITION = (
    r"^\s*\({0}\)=\s*$|^\s*(?:>\s*|[-*]\s+)?:?(?:name|label):\s*[\"']?{0}[\"']?\s*$|\$\$\s*\({0}\)\s*$|\{{[^}}]*#{0}\b"
    r"|\\label\{{{0}\}}|^\s*{0}\s*$|^\s*\[\^?{0}\]:"
)
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
        """Take what Sphinx, docutils, MyST and BibTeX's extension say of duplicates."""
        return _match(warning) is not None or ECHO.match(warning.message) is not None

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Name both places of each."""
        seen = set()
        for warning in made.warnings:
            if (found := _match(warning)) is None:
                continue
            said = found.groupdict()
            path = warning.path
            here, other = _places(made, said["name"], path, warning.line, said.get("other"))
            if (said["name"], path, here) in seen:
                continue
            seen.add((said["name"], path, here))
            also = f"; the other is at {other}" if other else ""
            yield self.found(f"{said['name']} is given twice{also}", path, here)
        yield from self._entries(made)

    def _entries(self, made: BuiltBook) -> Iterator[Finding]:
        """Find the entries of bibliographies that have the same key, whose case does not matter."""
        seen: dict[str, str] = {}
        for path in map(made.relative, sorted((made.settings.project / "bib").glob("*.bib"))):
            for number, line in enumerate(made.lines(path), start=1):
                if not (entry := ENTRY.match(line)):
                    continue
                place = f"{path}:{number}"
                other = seen.setdefault(entry["key"].lower(), place)
                if other != place:
                    yield self.found(f"{entry['key']} is given twice; the other is at {other}", path, number)


def _match(warning: Finding) -> re.Match[str] | None:
    return next((found for each in DUPLICATES if (found := each.fullmatch(warning.message))), None)


def _places(
    made: BuiltBook, name: str, path: str, line: int | None, other: str | None
) -> tuple[int | None, str]:
    """Return the line of the second place, and the first place."""
    here = _definitions(made, name, path)
    page = made.facts.pages.get(other or "")
    elsewhere = page.path if page else other or path
    if elsewhere != path:
        there = _definitions(made, name, elsewhere)
        return _closest(here, line), f"{elsewhere}:{there[0]}" if there else elsewhere
    first, rest = here[:1], here[1:]
    return _closest(rest, line), f"{path}:{first[0]}" if first and rest else ""


def _closest(lines: list[int], line: int | None) -> int | None:
    return min(lines, key=lambda each: abs(each - (line or 1)), default=line)


def _definitions(made: BuiltBook, name: str, path: str) -> list[int]:
    """Return the lines of a source that give a label."""
    pattern = re.compile(DEFINITION.format(re.escape(name)), re.IGNORECASE)
    return [number for number, line in enumerate(made.lines(path), start=1) if pattern.search(line)]


class UnusedLabel(Check):
    """A label that nothing refers to."""

    id = "SRC004"
    title = "nothing refers to a label"
    severity = Severity.ADVICE
    explanation = (
        "A figure, table or equation that the text never mentions leaves readers to guess when to look at it, and a label "
        "that nobody uses hides the ones that matter. Refer to it where it helps, or remove the label."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Compare the labels with all that refers to one."""
        used = _used(made)
        paths = {name: page.path for name, page in made.facts.pages.items()}
        for label in made.facts.labels:
            if label.kind == "citation":
                continue
            ids = {each.lower() for each in label.ids} - {each.lower() for each in label.names}
            for name in label.names:
                if name.lower() not in used and (len(label.names) > 1 or not ids & used):
                    path = paths[label.page]
                    line = _closest(_definitions(made, name, path), label.line)
                    yield self.found(f"nothing refers to {name}", path, line)


def _used(made: BuiltBook) -> set[str]:
    """Return what references name, in small letters as Sphinx compares them."""
    used = set()
    for path, page in pages_by_path(made).items():
        used |= {each.target.rpartition("#")[2].lower() for each in page.references}
        used |= {found["id"].lower() for line in made.lines(path) for found in HREF.finditer(line)}
    return used
