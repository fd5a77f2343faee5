"""Checks of a book's own description: what it says to no effect."""

import re
from collections.abc import Iterator

from toolchain.check.base import BuiltBook, Check, ReadBook, SourceCheck
from toolchain.model import Finding, Severity
from toolchain.sources import source_files

OPTION = "sphinx.toolchain.option"
"""What the toolchain says, as Sphinx begins, of options that stay as they were."""
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


class OptionWithoutEffect(Check):
    """An option of Sphinx that the book cannot set, or that is none."""

    id = "SRC048"
    title = "an option of Sphinx has no effect where it is set"
    explanation = (
        "More than Sphinx depends on it: what is run, what is watched, print, the notebooks. So it stays as book.toml has it, "
        "and the remedy names the key of book.toml that changes it in all of these. Or it is no option at all, and nobody would "
        "ever have asked for it. Other options are taken as they are; tables are merged with the toolchain's, and lists joined."
    )

    def claims(self, warning: Finding) -> bool:
        """Claim what is said of options as Sphinx begins."""
        return warning.id == OPTION

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Name each, with what to do instead."""
        for warning in filter(self.claims, built.warnings):
            message, _, remedy = warning.message.partition(": ")
            yield self.found(message, warning.path, warning.line, f"{remedy[:1].upper()}{remedy[1:]}")


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
