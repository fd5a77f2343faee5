"""Checks of the printed book."""

import re
from collections.abc import Iterator

from toolchain.check.base import Check, Made
from toolchain.model import Finding

UNRESOLVED = re.compile(
    r"^LaTeX Warning: (?:Hyper reference|Reference|Citation) [`'](?P<label>[^']+)' on page (?P<page>\S+) undefined",
    re.MULTILINE,
)
MISSING = re.compile(r"^Missing character: There is no (?P<glyph>.+?) in font (?P<font>[^!]+)!", re.MULTILINE)


class UnresolvedNumber(Check):
    """LaTeX prints two question marks where it does not know a number."""

    id = "PDF001"
    title = "a reference prints ?? instead of a number"
    needs = frozenset({"pdf"})
    explanation = "LaTeX did not find what a reference points to. Give the target a label and refer to it with {numref} or {eq}."

    def findings(self, made: Made) -> Iterator[Finding]:
        """Read LaTeX's log; in the text itself two question marks may be meant."""
        for path in made.paths("pdf"):
            for label, page in sorted(set(UNRESOLVED.findall(_log(made)))):
                message = f"page {page}: ?? instead of the number of {label}"
                yield self.found(message, made.relative(path))


class MissingGlyph(Check):
    """A character that the fonts do not have is simply not printed."""

    id = "PDF002"
    title = "a character has no glyph in the book's fonts"
    needs = frozenset({"pdf"})
    explanation = (
        "The font in use has no such character, and LaTeX leaves a gap. Write it in another way, or choose a font that "
        "has it in latex_elements of _config/conf.py."
    )

    def findings(self, made: Made) -> Iterator[Finding]:
        """Read LaTeX's log."""
        for path in made.paths("pdf"):
            for glyph, font in sorted(set(MISSING.findall(_log(made)))):
                name = font.partition(":")[0].strip('[]"')
                yield self.found(f"no glyph for {glyph} in {name}", made.relative(path))


def _log(made: Made) -> str:
    path = made.settings.build / "latex" / f"{made.settings.book.slug}.log"
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
