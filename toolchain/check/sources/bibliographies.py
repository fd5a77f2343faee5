"""Checks of the bibliographies: what is cited can be set as its kind is."""

import re
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check
from toolchain.model import Finding
from toolchain.sources.entry_lines import entries
from toolchain.sources.source_files import bibliographies

SAID = re.compile(r"bibliography entry (?P<key>\S+): (?P<problem>.+)")
LACKS = "it has no "


class UnsettableEntry(Check):
    """An entry of a bibliography that its kind does not fit."""

    id = "SRC019"
    title = "an entry of the bibliography cannot be set as its kind is"
    explanation = (
        "It lacks what its kind needs, such as the year of an article, or has what cannot be read. Readers find the work by "
        "its title, or its key, and what else is known of it. Correct the entry; one of a work that has no author, or no "
        "year, is @misc, which needs nothing but a title."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim what is said of such an entry."""
        return warning.id == "sphinx.toolchain.entry"

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Find each entry."""
        said = filter(
            None, (SAID.fullmatch(warning.message) for warning in built.warnings if self.claims(warning))
        )
        problem_by_key = {match["key"].lower(): match["problem"] for match in said}
        if not problem_by_key:
            return
        for path in map(built.relative, bibliographies(built.settings)):
            for number, key in entries(built.lines(path)):
                if problem := problem_by_key.pop(key.lower(), ""):
                    yield self.found(f"{key}: {problem}", path, number, _remedy(problem))
        for key, problem in problem_by_key.items():
            yield self.found(f"{key}: {problem}", "", None, _remedy(problem))


def _remedy(problem: str) -> str:
    if problem.startswith(LACKS):
        return "Add it; of a work without it, make the entry @misc and give it a title."
    if problem.startswith("\\"):
        return "Write the character itself, or leave the command out."
    return "Correct the entry; @misc is for works of any kind."
