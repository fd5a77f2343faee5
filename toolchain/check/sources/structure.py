"""Checks of how pages and their headings hang together."""

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from toolchain.check.base import BuiltBook, Check
from toolchain.check.sources.nearest import near
from toolchain.model import Finding, PageFacts

HEADER = "sphinx.myst.header"
START = "Document headings start at"


class UnlistedPage(Check):
    """A page that no reader comes to."""

    id = "SRC009"
    title = "a page is in no toctree"
    explanation = (
        "It is in no menu and has no number, and print leaves it out. List it in the toctree of its chapter; "
        "`orphan: true` in its front matter says that it is meant to stand alone."
    )

    def claims(self, warning: Finding) -> bool:
        """Take what Sphinx says of such pages."""
        return warning.id == "sphinx.toc.not_included"

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Say in which page its list would be."""
        lists = {page.path for page in made.facts.pages.values() if page.lists}
        for warning in filter(self.claims, made.warnings):
            chapter = next((each for each in _above(warning.path) if each in lists), "")
            remedy = f"List it in {chapter}." if chapter else ""
            yield self.found("the page is in no toctree", warning.path, remedy=remedy)


def _above(path: str) -> Iterator[str]:
    """Yield the pages that may list a page: the index of its folder and of those around it."""
    while folder := posixpath.dirname(path):
        yield f"{folder}/index.md"
        path = folder


class SkippedLevel(Check):
    """A heading two levels below the one before it."""

    id = "SRC010"
    title = "headings skip a level"
    explanation = (
        "Numbers get a zero in them, and whoever moves from heading to heading misses a step. "
        "A page begins with `#`; below `##` comes `###`."
    )

    def claims(self, warning: Finding) -> bool:
        """Take what MyST says of levels."""
        return warning.id == HEADER

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Say it once of a page that begins too low."""
        begun = set()
        for warning in filter(self.claims, made.warnings):
            at_start = warning.message.startswith(START)
            if at_start and warning.path in begun:
                continue
            if at_start:
                begun.add(warning.path)
            levels = re.findall(r"H\d", warning.message)
            message = f"the page begins with {levels[0]}" if at_start else f"from {levels[0]} to {levels[-1]}"
            line = near(made, warning.path, "##", warning.line)
            yield self.found(message, warning.path, line)


class WrongTops(Check):
    """A page that has no title, or several."""

    id = "SRC011"
    title = "a page has not exactly one heading of the first level"
    explanation = "It is the page's title, in every menu and in the numbers. Begin each page with one `#`, and use `##` below it."

    def claims(self, warning: Finding) -> bool:
        """Take what Sphinx says of a page without a title."""
        return warning.id == "sphinx.toc.no_title"

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Count what each page has."""
        low = {each.path for each in made.warnings if each.id == HEADER and each.message.startswith(START)}
        for page in made.facts.pages.values():
            if page.path in low:
                continue  # that is said already
            if not page.tops:
                yield self.found("the page has no heading", page.path, 1)
            for each in page.tops[1:]:
                first = page.tops[0].title
                line = near(made, page.path, "# ", each.line)
                yield self.found(f"{each.title!r} is a second title, after {first!r}", page.path, line)


class MissingHeading(Check):
    """A page without a part that all pages of its kind have."""

    id = "SRC014"
    title = "a page lacks a heading that book.toml asks for"
    explanation = "Readers look for it where the other pages have it. Write that part, or correct [check.headings] of book.toml."

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Compare each page that lists no others with the patterns that its name fits."""
        wanted = made.settings.toml.check.headings
        for name, page in made.facts.pages.items():
            if page.lists:
                continue
            asked = [each for pattern, its in wanted.items() if fnmatchcase(name, pattern) for each in its]
            titles = {each.title for each in page.targets if each.kind == "section"}
            for each in dict.fromkeys(asked):
                if each not in titles:
                    yield self.found(f"the page has no heading {each!r}", page.path, _top(page))


def _top(page: PageFacts) -> int | None:
    return page.tops[0].line if page.tops else 1
