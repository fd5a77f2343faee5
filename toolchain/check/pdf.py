"""Checks of the printed book."""

import re
from collections.abc import Iterator

from pypdf import PdfReader

from toolchain.check.base import Made
from toolchain.model import Finding

UNRESOLVED = re.compile(r"(?<![?\w])\?\?(?![?\w])")
MISSING = re.compile(r"^Missing character: There is no (?P<glyph>.+?) in font (?P<font>[^!]+)!", re.MULTILINE)


class UnresolvedNumber:
    """LaTeX prints two question marks where it does not know a number."""

    id = "PDF001"
    title = "a reference prints ?? instead of a number"
    explanation = "LaTeX did not find what a reference points to. Give the target a label and refer to it with {numref} or {eq}."

    def findings(self, made: Made) -> Iterator[Finding]:
        """Read the text of every page."""
        for path in made.paths("pdf"):
            for number, page in enumerate(PdfReader(path).pages, start=1):
                if UNRESOLVED.search(page.extract_text()):
                    yield Finding(
                        id=self.id, message=f"page {number}: ?? instead of a number", path=made.relative(path)
                    )


class MissingGlyph:
    """A character that the fonts do not have is simply not printed."""

    id = "PDF002"
    title = "a character has no glyph in the book's fonts"
    explanation = (
        "The font in use has no such character, and LaTeX leaves a gap. Write it in another way, or choose a font that "
        "has it in latex_elements of _config/conf.py."
    )

    def findings(self, made: Made) -> Iterator[Finding]:
        """Read LaTeX's log."""
        for path in made.paths("pdf"):
            log = made.settings.build / "latex" / f"{made.settings.book.slug}.log"
            text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
            for glyph, font in sorted(set(MISSING.findall(text))):
                name = font.partition(":")[0].strip('[]"')
                yield Finding(id=self.id, message=f"no glyph for {glyph} in {name}", path=made.relative(path))
