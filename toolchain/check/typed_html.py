"""What checks of HTML in the text have in common: a form that has no browser shows its words, and has nothing of the rest."""

from collections.abc import Iterator
from typing import ClassVar

from toolchain.check.base import BuiltBook, Check
from toolchain.model import Finding

FILLED = ("iframe", "video", "audio", "object", "canvas")
"""Elements between the marks of which words may stand for those who cannot see them."""
REMEDIES = (
    "Write a picture as Markdown, `![words](file)`. Put words, with a link perhaps, between the marks of a frame or a "
    "film, as in `<iframe src=...>A film: <a href=...>...</a></iframe>`: a browser does not show them. What is for the "
    "site alone belongs into the directive `{raw} html`."
)


class HtmlWithoutWords(Check):
    """HTML in the text of which a form has nothing; Sphinx warns of it as it writes that form."""

    warning: ClassVar[str]
    """Id of these warnings."""

    def claims(self, warning: Finding) -> bool:
        """Claim Sphinx's warnings of such HTML."""
        return warning.id == self.warning

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield Sphinx's warnings as findings of this check."""
        for warning in filter(self.claims, built.warnings):
            yield self.found(warning.message, warning.path, warning.line, remedy=_remedy(warning.message))


def _remedy(message: str) -> str:
    """Return what to do about it, by what is said of it."""
    if "not closed" in message:
        return "Close it in the same line, or between the same paragraphs."
    if "<img>" in message:
        return "Write the picture as Markdown, `![words](file)`."
    if any(f"<{name}>" in message for name in FILLED):
        return "Put words between its marks, which a browser does not show, or move it into the directive `{raw} html`."
    return "Say it in words, and move it into the directive `{raw} html`, which is for the site."
