"""Checks of how pages and their headings hang together."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from toolchain.check.base import BuiltBook, Check, ReadBook, SourceCheck
from toolchain.check.sources.nearest import near
from toolchain.model import Finding, PageFacts
from toolchain.model.files import NOTEBOOK

UNLISTED = "sphinx.toc.not_included"
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
        """Claim Sphinx's warnings of such pages."""
        return warning.id == UNLISTED

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Name the page whose toctree should list it."""
        lists = {page.path for page in built.facts.pages.values() if page.lists}
        for warning in filter(self.claims, built.warnings):
            above = (f"{folder}/index.md" for folder in PurePosixPath(warning.path).parents)
            chapter = next((path for path in above if path in lists), "book/index.md")
            remedy = f"List it in {chapter}"
            if warning.path.endswith(NOTEBOOK):
                remedy += "; until then it is not run. A file that is no page [sources] exclude in book.toml leaves out"
            yield self.found("the page is in no toctree", warning.path, remedy=f"{remedy}.")


class UnreadPage(SourceCheck):
    """A page that is run and known here, and that Sphinx leaves out."""

    id = "SRC046"
    title = "conf.py leaves out a page"
    explanation = (
        "The toolchain reads the pages, and runs what is in them, before Sphinx reads conf.py: `exclude_patterns` there takes "
        "a page off the site, and the page still belongs to the book. Name it under [sources] exclude in book.toml, which holds "
        "for both."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Name each page that Sphinx has not read."""
        for page in built.left_out:
            yield self.found(
                "Sphinx leaves the page out, and it is one of the book's",
                page.path,
                remedy=f'Name it in book.toml: [sources] exclude = ["{page.name}.*"]; conf.py need not leave it out.',
            )


class SkippedLevel(Check):
    """A heading two levels below the one before it."""

    id = "SRC010"
    title = "headings skip a level"
    explanation = (
        "Numbers get a zero in them, and whoever moves from heading to heading misses a step. "
        "A page begins with `#`; below `##` comes `###`."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim MyST's warnings of levels."""
        return warning.id == HEADER

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Report a page that begins too low only once."""
        begun = set()
        for warning in filter(self.claims, built.warnings):
            at_start = warning.message.startswith(START)
            if at_start and warning.path in begun:
                continue
            if at_start:
                begun.add(warning.path)
            levels = re.findall(r"H\d", warning.message)
            message = f"the page begins with {levels[0]}" if at_start else f"from {levels[0]} to {levels[-1]}"
            line = near(built, warning.path, "##", warning.line)
            yield self.found(message, warning.path, line)


class WrongTops(Check):
    """A page that has no title, or several."""

    id = "SRC011"
    title = "a page has not exactly one heading of the first level"
    explanation = "It is the page's title, in every menu and in the numbers. Begin each page with one `#`, and use `##` below it."

    def claims(self, warning: Finding) -> bool:
        """Claim Sphinx's warnings of a page without a title."""
        return warning.id == "sphinx.toc.no_title"

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Count the headings of the first level on each page."""
        low = {
            warning.path
            for warning in built.warnings
            if warning.id == HEADER and warning.message.startswith(START)
        }
        # It is in no menu, which is told where it is not meant, and has no number.
        whole = built.settings.contents is not None
        stray = {warning.path for warning in built.warnings if warning.id == UNLISTED}
        stray |= {page.path for page in built.book.documents if whole and not page.listed}
        for page in built.facts.pages.values():
            if page.path in low:
                continue  # that is said already
            if not page.tops and page.path not in stray:
                yield self.found("the page has no heading", page.path, 1)
            for heading in page.tops[1:]:
                first = page.tops[0].title
                line = near(built, page.path, "# ", heading.line)
                yield self.found(f"{heading.title!r} is a second title, after {first!r}", page.path, line)


class MissingHeading(SourceCheck):
    """A page without a part that all pages of its kind have."""

    id = "SRC014"
    title = "a page lacks a heading that book.toml asks for"
    explanation = "Readers look for it where the other pages have it. Write that part, or correct [check.headings] of book.toml."

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Compare each page that lists no others with the patterns that its name fits."""
        headings_by_pattern = built.settings.toml.check.headings
        for name, page in built.facts.pages.items():
            if page.lists:
                continue
            required = [
                heading
                for pattern, headings in headings_by_pattern.items()
                if fnmatchcase(name, pattern)
                for heading in headings
            ]
            titles = {target.title for target in page.targets if target.kind == "section"}
            for heading in dict.fromkeys(required):
                if heading not in titles:
                    yield self.found(f"the page has no heading {heading!r}", page.path, _top(page))


def _top(page: PageFacts) -> int | None:
    return page.tops[0].line if page.tops else 1
