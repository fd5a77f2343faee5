"""Checks of the references: each leads to something."""

import posixpath
import re
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check, ReadBook
from toolchain.check.sources.nearest import near, nearest, pages_by_path, suggestion
from toolchain.check.sources.slips import UNCLOSED as UNCLOSED_SLIP
from toolchain.check.sources.suggestions import OF_TOCTREES, intended_name
from toolchain.model import Finding, PageFacts, Reference
from toolchain.sources.entry_lines import entries
from toolchain.sources.source_files import bibliographies

OF_FORMULAS = "eqref"
"""The role of a reference in a formula."""
NOTHING = "leads nowhere"
NO_NUMBER = "has no number to refer to"
UNNUMBERED = "is a section without a number"
NO_TITLE = "has no title to show"
NO_BOX_NUMBER = "is a box without a number"
HIDDEN = "is hidden"
AMBIGUOUS = "could be several things"
PROBLEMS = {
    "sphinx.download.not_readable": NOTHING,
    "sphinx.myst.iref_missing": NOTHING,
    "sphinx.myst.xref_ambiguous": AMBIGUOUS,
    "sphinx.myst.xref_missing": NOTHING,
    "sphinx.toc.excluded": NOTHING,
    "sphinx.toc.not_readable": NOTHING,
}
"""By the type and the subtype of a warning."""
OF_ROLES = re.compile(r"sphinx\.ref\.(?!citation$|footnote$|equation$)[\w:-]+")
"""Warnings of a role's reference, by the role; those three are of what is referred to, twice or never."""
MESSAGES = tuple(
    (re.compile(pattern), problem)
    for pattern, problem in (
        # Of one type with others, or of none.
        (r"local id not found in doc ['\"](?P<page>.*)['\"]: ['\"](?P<target>.*)['\"]", NOTHING),
        (r"Unknown target name: \"(?P<target>.*)\"\.", NOTHING),
        (r"Failed to create a cross reference\. Any number is not assigned: (?P<target>.*)", NO_NUMBER),
        (r"Failed to create a cross reference\. The section has no number: (?P<target>.*)", UNNUMBERED),
        (
            r"Failed to create a cross reference\. A title or caption not found: ['\"](?P<target>.*)['\"]",
            NO_TITLE,
        ),
        (r"the link has no caption: (?P<target>.*)", NO_TITLE),
        (r"the box has no number: (?P<target>.*)", NO_BOX_NUMBER),
        (r"the box is hidden: (?P<target>.*)", HIDDEN),
        (r"more than one target found for .*cross-reference '?(?P<target>.*?)'?: .*", AMBIGUOUS),
    )
)
OF_DIRECTIVES = re.compile(r"sphinx(\.mystnb\.glue\w*|\.myst\.directive_\w+)?")
"""Warnings of which a directive that has come to nothing is told: all of them are errors."""
TOLD_BY = frozenset({"SRC023", "SRC045"})
"""The checks that tell them in their words."""
UNCLOSED = "SRC022"
"""The check that tells of what is never closed."""
NAMING = ("({})", "name: {}", "label: {}")
"""How a name is typed where it is given."""
LONGEST_HEAD = 6
"""Lines from a directive's first one to its name."""
LONGEST = 2000
"""Characters of a message that are looked at."""
NAME = re.compile(r".*?: (?P<mark>['\"]?)(?P<target>\S.*)(?P=mark)|.*['\"](?P<quoted>[^'\"]+)['\"]")
"""What a warning of a known type is about: what stands after a colon, or else in quotes, at its end."""
# Said besides "Unknown target name" of a footnote that there is not.
ECHO = re.compile(r"Too many autonumbered footnote references")
NO_ENTRY = "sphinx.bibtex.key_not_found"
NO_FILE = re.compile(r"could not open bibtex file (?P<name>.+)\.")
REMEDY_OF_LISTS = "Add a `{bibliography}` to a page; if there is one, its `:filter:` leaves this work out, or it names another file."
REMEDIES = {
    NO_NUMBER: "Give it a caption.",
    UNNUMBERED: "Call it by its title: {ref}`label`.",
    NO_BOX_NUMBER: "Call it by its title: {ref}`label`.",
    HIDDEN: "Take `:hidden:` away where it is defined, or the reference.",
    NO_TITLE: "Give it a title or caption, or write the words: {ref}`words <label>`.",
}


class ReferenceToNothing(Check):
    """A reference that leads nowhere."""

    id = "SRC002"
    title = "a reference leads nowhere"
    explanation = (
        "There is no such label, page or file, or it has no number or title to show, so readers get the bare name. "
        "Correct the name, or give the thing its label: `(label)=` before a heading, `:name:` or `:label:` in a directive."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim the warnings of Sphinx and MyST of references."""
        return _match(warning) is not None or ECHO.match(warning.message) is not None

    def is_consequence(self, warning: Finding, built: BuiltBook) -> bool:
        """Say whether the name is there, but in or after something that is told of."""
        match = _match(warning)
        if match is None:
            return False
        target, problem = match[0]["target"], match[1]
        return (problem == NOTHING and _is_of_something_broken(built, target)) or (
            problem in (NOTHING, NO_TITLE, NO_NUMBER) and _is_after_unclosed(built, target)
        )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Find the references that each warning is about, and their own lines."""
        reported = set()
        pages = pages_by_path(built)
        for warning in built.warnings:
            if (match := _match(warning)) is None:
                continue
            groups, problem = match
            if self.is_consequence(warning, built):
                continue
            for target, role, line in _places(built, warning, groups, problem, pages.get(warning.path)):
                if (place := (warning.path, line, role, target)) in reported:
                    continue
                reported.add(place)
                intended = intended_name(built, warning, role, target)
                remedy = REMEDIES.get(problem) or suggestion(intended)
                if role in ("eq", OF_FORMULAS) and _is_of_latex(built, target):
                    remedy = f"That label is LaTeX's own: end the formula with `$$ ({target})`, and begin it with `$$`."
                message = f"{_name(warning, role, target)} {problem}"
                if intended == target and not role:
                    message = f"{_name(warning, role, target)} {NO_TITLE}"
                    remedy = f"Write the words of the link: [words]({target})."
                if (note := f"[^{target}]") in _text(built, warning.path, line):
                    message = f"the footnote {note} has no text"
                    remedy = remedy or f"Write it: `{note}: …`, in a line of its own."
                yield self.found(message, warning.path, line, remedy)


def _is_of_something_broken(built: BuiltBook, name: str) -> bool:
    """Say whether a name is typed in a directive that is told of itself, since nothing has come of it."""
    if not TOLD_BY.isdisjoint(built.settings.toml.check.off):
        return False
    places = ((page.path, built.line_of(page.path, f"name: {name}")) for page in built.book.documents)
    return any(
        warning.path == path and line - LONGEST_HEAD <= (warning.line or 0) <= line
        for path, line in places
        if line is not None
        for warning in built.warnings
        if OF_DIRECTIVES.fullmatch(warning.id) and _match(warning) is None
    )


def _is_after_unclosed(built: ReadBook, name: str) -> bool:
    """Say whether a name is typed after something that is never closed, and so has gone astray with it."""
    if UNCLOSED in built.settings.toml.check.off:
        return False
    for page in built.book.documents:
        begins = [slip.line or 0 for slip in page.slips if slip.kind == UNCLOSED_SLIP]
        lines = (built.line_of(page.path, needle.format(name)) for needle in NAMING if begins)
        if any(line is not None and line >= min(begins) for line in lines):
            return True
    return False


def _is_of_latex(built: ReadBook, name: str) -> bool:
    """Say whether a formula of the book has a label within it, which Sphinx does not read."""
    label = rf"\label{{{name}}}"
    return any(built.line_of(document.path, label) for document in built.book.documents)


def _name(warning: Finding, role: str, target: str) -> str:
    """Return a reference as its author would write it."""
    if role == OF_FORMULAS:
        return f"the reference of a formula to {target}"
    if role:
        return f"{{{role}}}`{target}`"
    if warning.id.startswith(OF_TOCTREES):
        return f"the toctree's {target}"
    return f"the reference to {target}"


def _match(warning: Finding) -> tuple[dict[str, str], str] | None:
    """Return the names in a warning (`target`, `page`) and the problem; None if it is of no reference."""
    if not warning.id.startswith("sphinx"):
        return None
    for pattern, problem in MESSAGES:
        if match := pattern.fullmatch(warning.message):
            return match.groupdict(), problem
    by_type = PROBLEMS.get(warning.id) or (NOTHING if OF_ROLES.fullmatch(warning.id) else "")
    name = NAME.fullmatch(warning.message[:LONGEST]) if by_type else None
    return ({"target": name["target"] or name["quoted"]}, by_type) if name else None


def _places(
    built: ReadBook, warning: Finding, groups: dict[str, str], problem: str, page: PageFacts | None
) -> Iterator[tuple[str, str, int | None]]:
    """Yield the target, the role and the line of the references that a warning is about.

    docutils says where their paragraph begins, and the same reference twice in it is one warning.
    """
    target, role = groups["target"], warning.id.rpartition(".")[2]
    full_target = f"{groups['page']}#{target}" if "page" in groups else target
    references = [
        reference for reference in (page.references if page else ()) if _is_to(reference, full_target)
    ]
    references = [
        reference for reference in references if reference.role.rpartition(":")[2] == role
    ] or references
    later = [reference for reference in references if (reference.line or 0) + 1 >= (warning.line or 0)]
    references = references if problem == NOTHING else later[:1]
    for reference in references:
        name = reference.role.rpartition(":")[2]
        yield (
            reference.target,
            "" if name in ("myst", "local") else name,
            _line(built, warning.path, reference),
        )
    if not references:
        needle = posixpath.basename(target)
        yield target, "", near(built, warning.path, needle, warning.line)


def _is_to(reference: Reference, target: str) -> bool:
    reference_target = reference.target.lower()
    # Of a file to download Sphinx says the path in the project.
    return reference_target == target.lower() or (
        reference.role == "download" and target.endswith(reference_target.lstrip("./"))
    )


def _line(built: ReadBook, path: str, reference: Reference) -> int | None:
    return near(built, path, reference.target.rpartition("#")[2].rpartition("/")[2], reference.line)


def _text(built: ReadBook, path: str, line: int | None) -> str:
    """Return a line; of a notebook the text is not known."""
    return "".join(built.lines(path)[(line or 1) - 1 :][:1])


class UnknownCitation(Check):
    """A citation of an entry that no bibliography has."""

    id = "SRC003"
    title = "no bibliography has an entry that is cited"
    explanation = "Readers would find a question mark and no source. Correct the key, or add the entry to a file in bib/."

    def claims(self, warning: Finding) -> bool:
        """Claim the warnings of BibTeX's extension of keys, and of files, that are not found."""
        return warning.id == NO_ENTRY or NO_FILE.fullmatch(warning.message) is not None

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Find the files that are not there; where none is missing the citations, each with the nearest key."""
        names = dict.fromkeys(
            match["name"] for warning in built.warnings if (match := NO_FILE.fullmatch(warning.message))
        )
        for name in names:
            path = built.settings.layout.description
            line = built.line_of(path, posixpath.basename(name))
            yield self.found(f"the bibliography {name} does not exist", path, line, "Correct its path.")
        warnings = [warning for warning in built.warnings if warning.id == NO_ENTRY]
        keys = _keys(built) if warnings else {}
        unlisted: dict[str, tuple[str, int | None]] = {}
        for key, path, line in _citations(built, warnings):
            if key.lower() in keys:
                unlisted.setdefault(key, (path, line))
            elif not names:  # else that file may have it
                remedy = suggestion(nearest(key, keys.values()))
                yield self.found(f"no bibliography has {key}", path, line, remedy)
        if unlisted:
            key, (path, line) = min(unlisted.items(), key=lambda pair: (pair[1][0], pair[1][1] or 0))
            others = f", and none of {len(unlisted) - 1} more works" if len(unlisted) > 1 else ""
            yield self.found(f"no list of references has {key}{others}", path, line, REMEDY_OF_LISTS)


def _citations(built: ReadBook, warnings: list[Finding]) -> Iterator[tuple[str, str, int | None]]:
    """Yield the key, the path and the line of each citation that warnings are about."""
    reported = set()
    pages = pages_by_path(built)
    for warning in warnings:
        key = warning.message.partition('"')[2].rpartition('"')[0]
        page = pages.get(warning.path)
        cited = [reference for reference in (page.references if page else ()) if reference.target == key]
        lines = [
            _line(built, warning.path, reference) for reference in cited if reference.role.startswith("cite:")
        ]
        for line in lines or [near(built, warning.path, key, warning.line)]:
            if (warning.path, key, line) not in reported:
                reported.add((warning.path, key, line))
                yield key, warning.path, line


def _keys(built: ReadBook) -> dict[str, str]:
    """Return the keys of all bibliographies by themselves in small letters: their case does not matter."""
    paths = map(built.relative, bibliographies(built.settings))
    return {key.lower(): key for path in paths for _, key in entries(built.lines(path))}
