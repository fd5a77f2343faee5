"""Fonts as a PDF has them: whole, in part, or only by name."""

import re
from typing import Any, NamedTuple

PART = re.compile(r"[A-Z]{6}\+")
FILES = ("/FontFile", "/FontFile2", "/FontFile3")
USUAL = (0.001, 1.0)
"""How a font of drawings counts, if a letter is as large as its size says."""
NEAR = 1e-6


class Font(NamedTuple):
    """A font that letters are set in."""

    name: str
    embedded: bool
    subset: bool
    """Whether it has only the letters that are used."""
    em: float
    """What the size is multiplied with; 0 of a font whose letters can be of any size."""


def font_of(told: Any) -> Font:
    """Read a font's dictionary."""
    own = told.get("/DescendantFonts", [told])[0]
    if told.get("/Subtype") == "/Type3":
        name = str(told.get("/Name", told.get("/FontDescriptor", {}).get("/FontName", "/Type 3")))
        return Font(PART.sub("", name[1:]), embedded=True, subset=True, em=_em(told))
    descriptor = own.get("/FontDescriptor", {})
    name = str(told.get("/BaseFont", own.get("/BaseFont", descriptor.get("/FontName", "/without a name"))))[
        1:
    ]
    embedded = any(each in descriptor for each in FILES)
    return Font(PART.sub("", name), embedded=embedded, subset=PART.match(name) is not None, em=1.0)


def _em(told: Any) -> float:
    matrix = [abs(float(each)) for each in told.get("/FontMatrix", (0.001, 0, 0, 0.001, 0, 0))]
    unit = max(matrix[3], matrix[1])
    if any(abs(unit - each) < NEAR for each in USUAL):
        return 1.0
    box = [float(each) for each in told.get("/FontBBox", (0, 0, 0, 0))]
    return (box[3] - box[1]) * unit
