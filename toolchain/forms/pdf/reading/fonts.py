"""Fonts as a PDF has them: whole, in part, or only by name."""

import re
from typing import Any, NamedTuple

SUBSET_PREFIX = re.compile(r"[A-Z]{6}\+")
FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
USUAL = (0.001, 1.0)
"""Units in which a font of drawings (Type 3) counts, if a letter is as large as its size says."""
NEAR = 1e-6


class Font(NamedTuple):
    """A font that letters are set in."""

    name: str
    embedded: bool
    subset: bool
    """Whether it has only the letters that are used."""
    em: float
    """What the size is multiplied with; 0 of a font whose letters can be of any size."""
    drawn: bool = False
    """Whether each of its letters is a drawing of its own (Type 3)."""


def font_of(font: Any) -> Font:
    """Read a font's dictionary."""
    descendant = font.get("/DescendantFonts", [font])[0]
    if font.get("/Subtype") == "/Type3":
        name = str(font.get("/Name", font.get("/FontDescriptor", {}).get("/FontName", "/Type 3")))
        return Font(SUBSET_PREFIX.sub("", name[1:]), embedded=True, subset=True, em=_em(font), drawn=True)
    descriptor = descendant.get("/FontDescriptor", {})
    name = str(
        font.get("/BaseFont", descendant.get("/BaseFont", descriptor.get("/FontName", "/without a name")))
    )[1:]
    embedded = any(key in descriptor for key in FONT_FILES)
    return Font(
        SUBSET_PREFIX.sub("", name), embedded=embedded, subset=SUBSET_PREFIX.match(name) is not None, em=1.0
    )


def _em(font: Any) -> float:
    """Return what the size of a font of drawings (Type 3) is multiplied with."""
    matrix = [abs(float(number)) for number in font.get("/FontMatrix", (0.001, 0, 0, 0.001, 0, 0))]
    unit = max(matrix[3], matrix[1])
    if any(abs(unit - usual) < NEAR for usual in USUAL):
        return 1.0
    box = [float(number) for number in font.get("/FontBBox", (0, 0, 0, 0))]
    return (box[3] - box[1]) * unit
