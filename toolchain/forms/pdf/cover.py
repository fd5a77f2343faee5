"""The cover of an edition for print: back, spine and front on one sheet, as wide as the pages are thick.

It is set by LaTeX with the preamble of the book, so that it has its fonts and its title, in a folder with all that the book's
paragraphs are no part of: an edit of one sets no cover again. What is drawn is the book's own `_config/latex/cover.tex`, if it has
one; how it all stands is toolchain-cover.sty.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.digests import Digests
from toolchain.forms.copies import Content, mirror
from toolchain.forms.pdf import barcode
from toolchain.forms.pdf.made import COVER
from toolchain.forms.pdf.place import NOT_FOR_TEX, PICTURES, Place
from toolchain.forms.pdf.printers import CoverRules, load
from toolchain.model.tags import SUFFIX, Element, Tags
from toolchain.project.settings import Edition, Settings

FOLDER = "covers"
"""Below _build: what each cover is set from."""
TYPESET = "typeset"
LEAST, LARGEST = 7.0, 14.0
"""Points of letters on the spine: what printers print, and what looks like one."""
FREE = 1.6
"""Millimetres on either side of the words on a spine: the fold is not always where it should be."""
OWN = "latex"
"""In _config: what LaTeX finds beside the book."""

SAID = {"title": "H1", "subtitle": "P", "authors": "P", "blurb": "P", "publisher": "P", "isbn": "Figure"}
"""What a cover says to those who do not see it, in this order, and as what."""


class Sheet(Struct, frozen=True):
    """The sheet of a cover, in millimetres."""

    bleed: float
    spine: float
    width: float
    """Of the whole sheet, with what is cut off."""
    height: float
    letters: float
    """Points of the letters on the spine; 0 if it is too narrow for words."""


def sheet(edition: Edition, pages: int) -> Sheet:
    """Return the sheet for an edition of so many pages, as its printer asks for it."""
    rules: CoverRules = load(edition.profile).cover
    spine = rules.width_of_spine(pages, edition.stock) if edition.spine is None else edition.spine
    width, height = edition.paper
    letters = min((spine - 2 * FREE) / 25.4 * 72, LARGEST)
    return Sheet(
        bleed=rules.bleed.value,
        spine=spine,
        width=2 * (width + rules.bleed.value) + spine,
        height=height + 2 * rules.bleed.value,
        letters=letters if letters >= LEAST and pages >= rules.spine_text.value else 0.0,
    )


def place(settings: Settings, edition: Edition, logs: Path) -> Place:
    """Return where the cover of an edition is set."""
    stem = f"{edition.stem}{COVER}"
    folder = settings.build / TYPESET / stem
    return Place(
        latex=settings.build / FOLDER / edition.stem,
        folder=folder,
        stem=stem,
        stems=frozenset({stem}),
        logs=logs,
    )


def record(settings: Settings, edition: Edition) -> Path:
    """Return the file with what LaTeX has recorded of a cover."""
    return settings.build / FOLDER / edition.stem / f"{edition.stem}{COVER}.aux"


def furnish(at: Place, latex: Path, settings: Settings, edition: Edition, pages: int) -> None:
    """Put what a cover is set from into its folder: the styles, what the book has for LaTeX itself, and the cover's own file."""
    own = settings.config / OWN
    files: dict[str, Content] = {
        path.name: path
        for path in latex.iterdir()
        if path.is_file() and path.suffix not in NOT_FOR_TEX | PICTURES | {".tex", ".aux", ".log"}
    }
    if settings.contents is None and own.is_dir():
        files |= {path.relative_to(own).as_posix(): path for path in own.rglob("*") if path.is_file()}
    text = (latex / f"{settings.book.slug}.tex").read_text(encoding="utf-8")
    preamble = text.partition(r"\begin{document}")[0]
    files[f"{at.stem}{SUFFIX}"] = msgspec.json.encode(_tags(edition))
    files[f"{at.stem}.tex"] = _driver(preamble, edition, sheet(edition, pages)).encode()
    mirror(at.latex, files, Digests())


def tags(at: Place) -> Path:
    """Return the file with the elements of a cover."""
    return at.latex / f"{at.stem}{SUFFIX}"


def _tags(edition: Edition) -> Tags:
    alternative = {"isbn": f"ISBN {edition.isbn}"}
    elements = (Element(kind, has_text=True, alt=alternative.get(name, "")) for name, kind in SAID.items())
    return Tags((Element("Document"), *elements))


def _driver(preamble: str, edition: Edition, of: Sheet) -> str:
    """Return the file of LaTeX that sets a cover."""
    digits = barcode.digits_of(edition.isbn)
    macros = {
        "toolchainkind": "cover",
        "toolchainwidth": f"{of.width:.4f}mm",
        "toolchainheight": f"{of.height:.4f}mm",
        "bookisbn": edition.isbn,
        "bookstamp": "",
        "toolchaincoverwidth": f"{edition.paper[0]:g}mm",
        "toolchaincoverheight": f"{edition.paper[1]:g}mm",
        "toolchaincoverbleed": f"{of.bleed:g}mm",
        "toolchaincoverspine": f"{of.spine:.4f}mm",
        "coverletters": f"{of.letters:.2f}" if of.letters else "",
        "coverbars": barcode.areas(digits) if digits else "",
        "coverdigits": "".join(f"{{{part}}}" for part in (digits[:1], digits[1:7], digits[7:])),
    }
    macros |= {f"toolchaincovertag{name}": str(number) for number, name in enumerate(SAID, start=1)}
    lines = [rf"\def\{name}{{{definition}}}" for name, definition in macros.items()]
    return "\n".join(
        [
            f"% The cover of the edition `{edition.name}`. Nothing of it is looked up, so that one pass is enough.",
            r"\nofiles",
            *lines,
            r"\PassOptionsToPackage{bookmarks=false}{hyperref}",
            f"{preamble.rstrip()}",
            r"\usepackage{toolchain-cover}",
            r"\IfFileExists{cover.tex}{\input{cover.tex}}{}",
            r"\begin{document}",
            r"\bookcover",
            r"\end{document}",
            "",
        ]
    )
