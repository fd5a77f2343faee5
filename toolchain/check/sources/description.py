"""Checks of a book's own description: what it says to no effect."""

import re
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check, ReadBook, SourceCheck
from toolchain.model import Finding, Severity
from toolchain.sources import source_files

OF_THEME = re.compile(r"unsupported theme option '(?P<name>.+)' given")


class KeyWithoutEffect(SourceCheck):
    """A key of Jupyter Book that is not carried over."""

    id = "SRC040"
    title = "a key of _config.yml or _toc.yml has no effect here"
    severity = Severity.ADVICE
    explanation = (
        "The toolchain builds a folder of Jupyter Book 1 as it stands, and does some things in a way of its own. The table of "
        "all keys says what becomes of each. The key may stay where it is."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Name each key once."""
        for unused in built.settings.unused:
            if unused.known:
                path = unused.path or built.settings.layout.description
                yield self.found(f"{unused.key} has no effect here", path, unused.line, unused.remedy)


class UnknownKey(Check):
    """A key that is none of Jupyter Book's."""

    id = "SRC041"
    title = "a key of _config.yml is unknown, or stands twice"
    explanation = (
        "Neither Jupyter Book 1 nor the toolchain knows it, so that it does nothing: it may be a slip of the pen, or stand in "
        "the wrong place. Of a key that stands twice only the last counts. Options of Sphinx and of its extensions belong in `sphinx.config`. Correct or remove it."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim Sphinx's warnings of options that the theme does not have."""
        return OF_THEME.fullmatch(warning.message) is not None

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Name each key once, and all options of the theme at once."""
        options = {
            match["name"] for warning in built.warnings if (match := OF_THEME.fullmatch(warning.message))
        }
        if options:
            path = built.settings.layout.options
            named = ", ".join(sorted(options))
            yield self.found(
                f"the theme has no options {named}"
                if len(options) > 1
                else f"the theme has no option {named}",
                path,
                built.line_of(path, "html_theme_options"),
                "Remove them: they are another theme's." if len(options) > 1 else "Remove it.",
            )
        for unused in built.settings.unused:
            if not unused.known:
                path = built.settings.layout.description
                said = "stands twice" if unused.twice else "is no key of a Jupyter Book"
                yield self.found(f"{unused.key} {said}", path, unused.line, unused.remedy)


class SecondOfAPair(SourceCheck):
    """A file that would be the same page as another."""

    id = "SRC044"
    title = "a file has the name of a page, and is not shown"
    severity = Severity.ADVICE
    explanation = (
        "A folder of Jupyter Book may have a notebook in two formats, of which one becomes the page. What stands in the other is "
        "shown nowhere, and may by now say something else. Name the other in `exclude_patterns`, or remove it."
    )

    def findings(self, built: ReadBook) -> Iterator[Finding]:
        """Name each such file, with the one that is shown."""
        for path, shown in source_files.passed_over(built.settings):
            yield self.found(f"{built.relative(shown)} is the same page, and is shown", built.relative(path))
