"""Reads whether a PDF is what it says: item by item of the standard that it names."""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
from msgspec import Struct
from pikepdf import Array, Dictionary, Name

from toolchain.forms.pdf import standards
from toolchain.forms.pdf.reading.objects import dictionaries, filters
from toolchain.forms.pdf.standards import FOR_PRINTERS, Keys
from toolchain.project.sections import A2B, X4, Standard

OF_SCREENS = ("/DeviceRGB", "/CalRGB", "/CalGray", "/Lab", "/ICCBased")
"""Colour spaces that say nothing of inks."""
OF_SPACES = ("/ColorSpace", "/CS")
UNREAD = re.compile(r"\b(?:pattern|shading)", re.IGNORECASE)
"""What pikepdf leaves unread of a PDF/A: the colours of these are looked at here, and as they are drawn."""
OF_DEVICES = "ISO 19005-2, 6.2.4.3"
"""The clause of colours that say nothing of what they mean."""
NEVER = ("/LZWDecode", "/Crypt")
NEWER = ("/JBIG2Decode", "/JPXDecode")
"""What streams may not be packed in, and what PDF/X-1a does not know."""
FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
WITHOUT_FILE = ("/Type0", "/Type3")
ROUNDED = 0.01
"""Points that boxes may differ."""

Flaw = tuple[str, int | None]
"""What is wrong, and the page that it is on, if it is on one."""


class Opened(NamedTuple):
    """A PDF that is looked at."""

    pdf: pikepdf.Pdf
    things: Sequence[tuple[Any, int]]
    """Its dictionaries, with the numbers of their objects."""
    standard: Standard
    keys: Keys


Item = Callable[[Opened], Iterator[Flaw]]


class Breach(Struct, frozen=True):
    """Something that the standard of a PDF does not allow, or asks for in vain."""

    clause: str
    """The standard, with its clause or the subject of it."""
    subject: str
    """What the clause is about."""
    message: str
    page: int | None = None
    """Counted from 0, where it is on one."""


def read(path: Path, standard: Standard) -> Iterator[Breach]:
    """Yield what of a PDF is not as a standard asks for."""
    if standard == A2B:
        yield from _of_archives(path)
        return
    keys = FOR_PRINTERS[standard]
    with pikepdf.open(path) as pdf:
        opened = Opened(pdf, list(dictionaries(pdf)), standard, keys)
        for subject, item in ITEMS.items():
            for message, page in item(opened):
                yield Breach(f"{keys.part}, {subject}", subject, message, page)


def _of_archives(path: Path) -> Iterator[Breach]:
    """Yield what pikepdf finds, which knows the rules of veraPDF; colours of shades, which it does not read, are looked at here."""
    from pikepdf import pdfa  # noqa: PLC0415 - slow to import, and most editions are for no archive

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it wonders at the dates of fonts
    for finding in pdfa.validate_written(path, standards.ARCHIVED).findings:
        if finding.kind == "violation" or not UNREAD.search(finding.message):
            number = finding.rule.partition(":")[2].partition("-")[0]
            clause = f"ISO 19005-2, {number if number[:1].isdigit() else 'all that it allows'}"
            yield Breach(clause, clause, f"{finding.where}: {finding.message}")
    with pikepdf.open(path) as pdf:
        intents = pdf.Root.get("/OutputIntents", ())
        of_inks = any(int(one.get("/DestOutputProfile", {}).get("/N", 0)) == len("CMYK") for one in intents)
        other = "/DeviceRGB" if of_inks else "/DeviceCMYK"
        for thing, number in dictionaries(pdf):
            if "/ShadingType" in thing and other in _names_in(thing.get("/ColorSpace")):
                message = f"obj {number} 0 (Shading) has colours of {other[1:]}"
                yield Breach(OF_DEVICES, OF_DEVICES, message)


def _file(of: Opened) -> Iterator[Flaw]:
    """Yield what is wrong with the version, the identifier, and locks."""
    newest, version = (tuple(map(int, text.split("."))) for text in (of.keys.version, of.pdf.pdf_version))
    if version > newest:
        yield f"it is of PDF {of.pdf.pdf_version}, and {of.keys.version} is the newest that is allowed", None
    if len(of.pdf.trailer.get("/ID", ())) != 2:  # noqa: PLR2004 - what it was made of, and what it is
        yield "it has no identifier", None
    if of.pdf.is_encrypted:
        yield "it is encrypted", None


def _description(of: Opened) -> Iterator[Flaw]:
    """Yield what a file does not say of itself: which book it is, of when, whether it is trapped, what it keeps to."""
    info = of.pdf.trailer.get("/Info", Dictionary())
    for key in ("/Title", "/CreationDate", "/ModDate"):
        if not str(info.get(key, "")):
            yield f"its description has no {key[1:]}", None
    if info.get("/Trapped") not in (Name("/True"), Name("/False")):
        yield "it does not say whether it is trapped", None
    for key, value in of.keys.said.items():
        if str(info.get(key, "")) != value:
            yield f"{key[1:]} is not {value}", None
    if of.standard == X4:
        with of.pdf.open_metadata() as metadata:
            said = metadata.get(f"{{{standards.IDENTIFICATION}}}GTS_PDFXVersion")
            lacking = [
                name
                for name in (
                    "dc:title",
                    "xmp:CreateDate",
                    "xmp:ModifyDate",
                    "xmp:MetadataDate",
                    "xmpMM:DocumentID",
                )
                if not metadata.get(name)
            ]
        if said != of.standard:
            yield "its metadata do not name the standard", None
        for name in lacking:
            yield f"its metadata have no {name}", None


def _intent(of: Opened) -> Iterator[Flaw]:
    """Yield what is wrong with the paper and its inks: there is to be one."""
    intents = [one for one in of.pdf.Root.get("/OutputIntents", ()) if one.get("/S") == "/GTS_PDFX"]
    if len(intents) != 1:
        yield f"it has {len(intents)} output intents; one is asked for", None
        return
    (intent,) = intents
    if not str(intent.get("/OutputConditionIdentifier", "")):
        yield "its output intent names no printing condition", None
    profile = intent.get("/DestOutputProfile")
    data = profile.read_bytes() if isinstance(profile, pikepdf.Stream) else b""
    if data[12:20] != b"prtrCMYK" or int(profile.get("/N", 0)) != len("CMYK"):
        yield "the profile of its output intent is none of four inks", None


def _boxes(of: Opened) -> Iterator[Flaw]:
    """Yield the pages that do not say what is cut off."""
    for number, page in enumerate(of.pdf.pages):
        if ("/TrimBox" in page.obj) == ("/ArtBox" in page.obj):
            yield "it has not one of TrimBox and ArtBox", number
            continue
        media = [float(edge) for edge in page.mediabox]
        bleed = [float(edge) for edge in page.obj.get("/BleedBox", media)]
        trim = [float(edge) for edge in page.obj.get("/TrimBox", page.obj.get("/ArtBox"))]
        for inner, outer, words in (
            (trim, bleed, "TrimBox within its BleedBox"),
            (bleed, media, "BleedBox within its MediaBox"),
        ):
            if not _is_within(inner, outer):
                yield f"it has not its {words}", number


def _is_within(inner: list[float], outer: list[float]) -> bool:
    return all(a >= b - ROUNDED for a, b in zip(inner[:2], outer[:2], strict=True)) and all(
        a <= b + ROUNDED for a, b in zip(inner[2:], outer[2:], strict=True)
    )


def _fonts(of: Opened) -> Iterator[Flaw]:
    """Yield the fonts that are not in the file."""
    for thing, _number in of.things:
        if thing.get("/Type") == "/Font" and thing.get("/Subtype") not in WITHOUT_FILE:
            descriptor = thing.get("/FontDescriptor", Dictionary())
            if not any(key in descriptor for key in FONT_FILES):
                yield f"the font {str(thing.get('/BaseFont', '')).strip('/')} is not embedded", None


def _colours(of: Opened) -> Iterator[Flaw]:
    """Yield spaces that mean no inks, of pictures, shades and groups; colours of operators are looked at as they are drawn."""
    for thing, number in of.things:
        for key in OF_SPACES:
            value = thing.get(key)
            spaces = [one for _, one in value.items()] if isinstance(value, Dictionary) else [value]
            names = dict.fromkeys(name for space in spaces for name in _names_in(space))
            for name in filter(OF_SCREENS.__contains__, names):
                yield f"object {number} has colours of {name[1:]}", None


def _names_in(space: Any) -> list[str]:
    """Return the names of a colour space, and of those within it."""
    if isinstance(space, Array):
        return [name for part in list(space)[:3] for name in _names_in(part)]
    return [str(space)] if isinstance(space, Name) else []


def _transparency(of: Opened) -> Iterator[Flaw]:
    """Yield what is seen through, where that is not allowed."""
    for thing, number in of.things if not of.keys.transparent else ():
        what = standards.is_transparent(thing) or (
            "a group" if standards.is_group(thing.get("/Group")) else ""
        )
        if what:
            yield (
                f"object {number} has {what} of transparency"
                if what == "a group"
                else f"object {number} has {what}",
                None,
            )


def _packing(of: Opened) -> Iterator[Flaw]:
    """Yield streams that are packed in what readers of the standard do not know, or are in another file."""
    refused = NEVER if of.keys.transparent else (*NEVER, *NEWER)
    for thing, number in of.things:
        if isinstance(thing, pikepdf.Stream):
            for name in filters(thing):
                if name in refused:
                    yield f"object {number} is packed in {name[1:]}", None
            if "/F" in thing and not isinstance(thing["/F"], int):
                yield f"object {number} is in another file", None


def _screen_only(of: Opened) -> Iterator[Flaw]:
    """Yield what lies upon the pages."""
    for number, page in enumerate(of.pdf.pages):
        for annotation in page.get("/Annots", ()):
            if annotation.get("/Subtype") not in ("/PrinterMark", "/TrapNet"):
                yield f"an annotation of the kind {str(annotation.get('/Subtype', '')).strip('/')}", number


def _actions(of: Opened) -> Iterator[Flaw]:
    """Yield what happens by itself."""
    for thing, number in of.things:
        for key in ("/AA", "/OpenAction", "/JS", "/JavaScript"):
            if key in thing:
                yield f"object {number} has {key[1:]}", None


def _others(of: Opened) -> Iterator[Flaw]:
    """Yield what is drawn in more than one way, or by a program."""
    for thing, number in of.things:
        for key in ("/OPI", "/Alternates", "/TR", "/HTP"):
            if (
                key in thing
                and isinstance(thing, Dictionary | pikepdf.Stream)
                and thing.get(key) != Name.Identity
            ):
                if key == "/TR" and "/G" in thing:  # of a soft mask
                    continue
                yield f"object {number} has {key[1:]}", None
        if thing.get("/Subtype") == "/PS":
            yield f"object {number} is PostScript", None
    if "/OCProperties" in of.pdf.Root and not of.keys.transparent:
        yield "it has layers", None


ITEMS: dict[str, Item] = {
    "file structure": _file,
    "identification and trapping": _description,
    "output intent": _intent,
    "bounding boxes": _boxes,
    "fonts": _fonts,
    "colour": _colours,
    "transparency": _transparency,
    "compression": _packing,
    "annotations": _screen_only,
    "actions and JavaScript": _actions,
    "OPI, alternate images, transfer curves, PostScript": _others,
}
"""What the standards for printers have rules of, by the subjects of their clauses."""
