"""The site's fonts, made when this package is built or installed: subsets of open fonts, which stay out of the repository.

Hatchling runs this, and nobody else. What it makes lies beside the theme and is part of the wheel. A page loads the characters
that most pages have, and a second file only where it shows others: browsers know from `unicode-range` which. The subsets have
names of their own, as the licence of the fonts asks of changed versions.
"""

import io
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib import metadata, resources
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("toolchain/sphinxext/site/book_theme/static/fonts")
STYLES = "fonts.css"
NOTICES = "NOTICES.txt"
STAMP = "made-of.txt"
"""Says of what the files were made."""

LATIN = (
    *((0x20, 0x7E), (0xA0, 0xFF), (0x131, 0x131), (0x152, 0x153), (0x2C6, 0x2C6), (0x2DA, 0x2DA)),
    *((0x2DC, 0x2DC), (0x2002, 0x206F), (0x20AC, 0x20AC), (0x2122, 0x2122), (0x2190, 0x2193)),
    *((0x2212, 0x2212), (0x2215, 0x2215)),
)
"""First and last of the characters of books in Western Europe's languages."""
OFTEN_IN_FORMULAS = (
    *((0x20, 0x24F), (0x370, 0x3FF), (0x2000, 0x206F), (0x20D0, 0x230B), (0x23B0, 0x23B1), (0x23DC, 0x23DF)),
    *(
        (0x2C6, 0x2DD),
        (0x2F7, 0x2F7),
        (0xFE00, 0xFE01),
        (0x25A1, 0x25A1),
        (0x25CB, 0x25CB),
        (0x27E8, 0x27E9),
        (0x27F5, 0x27FC),
        (0x2A00, 0x2A02),
    ),
    *((0x2A7D, 0x2A7E), (0x2AAF, 0x2AB0)),
    # Bold letters, italic ones, script capitals, Greek in italics, bold or not.
    *((0x1D400, 0x1D467), (0x1D49C, 0x1D4B5), (0x1D6A4, 0x1D6A5), (0x1D6E2, 0x1D755)),
)
"""Those of most formulas; of the alphabets these, and what Unicode has outside them: blackboard bold, mostly."""
IN_TEXT = ("calt", "ccmp", "kern", "liga", "locl", "lnum", "mark", "mkmk", "onum", "tnum")
IN_FORMULAS = ("ccmp", "dtls", "flac", "kern", "mark", "mkmk", "ssty")
"""Features that are kept: browsers set formulas with the three that are no words' too."""
WIDE_ACCENTS = {0x2C7: 0x30C, 0x2DC: 0x303, 0x2F7: 0x330}
"""Accents, each with the combining character that looks like it."""
SIZE = 14
"""Points that letters are drawn for; axis `opsz`."""
WEIGHTS = (400, 700)
ROOT = 0x221A
NAMES = (1, 3, 4, 6, 16, 25)
"""Records of a font that hold its name: family, identifier, full, PostScript's, typographic family, prefix of variations."""


class Font(NamedTuple):
    """A font of the site, and what it is made of."""

    name: str
    family: str
    style: str
    distribution: str
    package: str
    file: str
    often: tuple[tuple[int, int], ...]
    features: tuple[str, ...]


SERIF = "fontpkg-source-serif-4", "fontpkg_source_serif_4"
FONTS = (
    Font("text", "Book Text", "normal", *SERIF, "files/SourceSerif4[opsz,wght].ttf", LATIN, IN_TEXT),
    Font(
        "text-italic",
        "Book Text",
        "italic",
        *SERIF,
        "files/SourceSerif4-Italic[opsz,wght].ttf",
        LATIN,
        IN_TEXT,
    ),
    Font(
        "math",
        "Book Math",
        "normal",
        "ziamath",
        "ziamath",
        "fonts/STIXTwoMath-Regular.ttf",
        OFTEN_IN_FORMULAS,
        IN_FORMULAS,
    ),
)


class FontsHook(BuildHookInterface[Any]):  # type: ignore[misc] # hatchling is there only while it installs
    """Makes the fonts unless they are there."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's
        """Make them before files are collected."""
        make(Path(self.root, FOLDER))

    def clean(self, versions: list[str]) -> None:  # noqa: ARG002 - as above
        """Remove what was made."""
        for path in Path(self.root, FOLDER).glob("*"):
            path.unlink()


def make(folder: Path) -> None:
    """Make all fonts, their style sheet and the notices of their makers, unless what is there was made of the same."""
    parts = sorted({"brotli", "fonttools", *(font.distribution for font in FONTS)})
    recipe = sha256(Path(__file__).read_bytes())
    recipe.update("".join(f"{name} {metadata.version(name)}\n" for name in parts).encode())
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == recipe.hexdigest():
        return
    folder.mkdir(parents=True, exist_ok=True)
    notices, faces = [], []
    for font in FONTS:
        source = resources.files(font.package).joinpath(font.file).read_bytes()
        of_source = TTFont(io.BytesIO(source), lazy=True)
        known = set(of_source.getBestCmap())
        often = {character for first, last in font.often for character in range(first, last + 1)} & known
        often |= _stretched(of_source)
        for name, characters in ((font.name, often), (f"{font.name}-more", known - often)):
            (folder / f"{name}.woff2").write_bytes(_subset(source, font, characters))
            faces.append(_face(font, name, characters))
        notices.append(f"{font.family}, {font.style}: {of_source['name'].getDebugName(0)}\n")
    licence = resources.files(SERIF[1]).joinpath("LICENSE").read_text(encoding="utf-8")
    (folder / NOTICES).write_text(f"{''.join(notices)}\n{licence}", encoding="utf-8")
    (folder / STYLES).write_text("".join(faces), encoding="utf-8")
    stamp.write_text(recipe.hexdigest(), encoding="utf-8")


def _stretched(font: TTFont) -> set[int]:
    """Return the characters that a font of formulas has in several sizes: browsers look for these in one file only."""
    if "MATH" not in font:
        return set()
    variants = font["MATH"].table.MathVariants
    glyphs = {*variants.HorizGlyphCoverage.glyphs, *variants.VertGlyphCoverage.glyphs}
    return {character for character, glyph in font.getBestCmap().items() if glyph in glyphs}


def _mend_assemblies(font: TTFont) -> None:
    """Have arrows to the right grow: of their heads the source says that they are joined at the tip, which no browser does.

    So do accents that browsers know as those that grow: the source has the sizes for the combining characters.
    """
    variants, glyphs = font["MATH"].table.MathVariants, font.getBestCmap()
    coverage = variants.HorizGlyphCoverage
    by_glyph = dict(zip(coverage.glyphs, variants.HorizGlyphConstruction, strict=True))
    for accent, combining in WIDE_ACCENTS.items():
        if accent in glyphs and glyphs.get(combining) in by_glyph:
            by_glyph[glyphs[accent]] = by_glyph[glyphs[combining]]
    coverage.glyphs = sorted(by_glyph, key=font.getGlyphID)
    variants.HorizGlyphConstruction = [by_glyph[glyph] for glyph in coverage.glyphs]
    for construction in variants.HorizGlyphConstruction:
        if construction.GlyphAssembly:
            head = construction.GlyphAssembly.PartRecords[-1]
            if head.StartConnectorLength < variants.MinConnectorOverlap <= head.EndConnectorLength:
                head.StartConnectorLength, head.EndConnectorLength = (
                    head.EndConnectorLength,
                    head.StartConnectorLength,
                )


def _even_radicals(font: TTFont) -> None:
    """Make the signs of roots as wide in all sizes, as TeX's are.

    Chromium keeps room for the widest behind each root, whichever it shows.
    """
    variants, width = font["MATH"].table.MathVariants, font["hmtx"].metrics
    by_glyph = dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction, strict=True))
    root = font.getBestCmap().get(ROOT)
    if root is None:
        return
    sizes = by_glyph[root]
    names = [
        *(variant.VariantGlyph for variant in sizes.MathGlyphVariantRecord),
        *(part.glyph for part in sizes.GlyphAssembly.PartRecords),
    ]
    for name in dict.fromkeys(names):
        factor = width[root][0] / width[name][0]
        outline = font["glyf"][name]
        outline.coordinates.scale((factor, 1))
        outline.coordinates.toInt()
        outline.recalcBounds(font["glyf"])
        width[name] = (width[root][0], outline.xMin)


def _open_to_letters(font: TTFont) -> None:
    """Have the features of mathematics apply to letters of any script: browsers do not take a formula for a script of its own."""
    table = font["GSUB"].table
    numbers = [i for i, record in enumerate(table.FeatureList.FeatureRecord) if record.FeatureTag == "ssty"]
    for script in table.ScriptList.ScriptRecord:
        for language in (script.Script.DefaultLangSys, *(one.LangSys for one in script.Script.LangSysRecord)):
            if language is not None and not set(numbers) & set(language.FeatureIndex):
                language.FeatureIndex = sorted((*language.FeatureIndex, *numbers[:1]))


def _subset(source: bytes, font: Font, characters: Iterable[int]) -> bytes:
    """Return the part of a font that shows some characters, compressed for the web."""
    subset = TTFont(io.BytesIO(source), recalcTimestamp=False)
    options = Options(layout_features=list(font.features), hinting=False, recalc_timestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(subset)
    if "MATH" in subset:
        _mend_assemblies(subset)
        _even_radicals(subset)
        _open_to_letters(subset)
    if "fvar" in subset:
        # Of a font that was read back: the instancer looks for glyphs that the subset has not.
        read_back = io.BytesIO()
        subset.save(read_back)
        subset = instancer.instantiateVariableFont(
            TTFont(read_back, recalcTimestamp=False), {"opsz": SIZE, "wght": WEIGHTS}
        )
    for record in subset["name"].names:
        if record.nameID in NAMES:
            record.string = font.family
    subset.flavor = "woff2"
    made = io.BytesIO()
    subset.save(made)
    return made.getvalue()


def _face(font: Font, name: str, characters: Iterable[int]) -> str:
    """Return what tells browsers of a file."""
    weights = "400 700" if font.features is IN_TEXT else "400"
    return (
        f'@font-face {{\n  font-family: "{font.family}";\n  font-style: {font.style};\n'
        f'  font-weight: {weights};\n  font-display: swap;\n  src: url("{name}.woff2") format("woff2");\n'
        f"  unicode-range: {', '.join(_ranges(characters))};\n}}\n"
    )


def _ranges(characters: Iterable[int]) -> Iterator[str]:
    for _, group in groupby(enumerate(sorted(characters)), key=lambda pair: pair[1] - pair[0]):
        members = [character for _, character in group]
        yield f"U+{members[0]:X}" + (f"-{members[-1]:X}" if len(members) > 1 else "")
