"""Reads whether a PDF is what it says: item by item of the standard that it names."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
from msgspec import Struct
from pikepdf import Array, Dictionary, Name, pdfa

from toolchain.forms.pdf import standards
from toolchain.forms.pdf.reading.objects import dictionaries, filters
from toolchain.forms.pdf.standards import FOR_PRINTERS, Keys
from toolchain.project.sections import A2B, X4, Standard

OF_SCREENS = ("/DeviceRGB", "/CalRGB", "/CalGray", "/Lab", "/ICCBased")
"""Colour spaces that say nothing of inks."""
OF_SPACES = ("/ColorSpace", "/CS")
NEVER = ("/LZWDecode", "/Crypt")
NEWER = ("/JBIG2Decode", "/JPXDecode")
"""What streams may not be packed in, and what PDF/X-1a does not know."""
FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
WITHOUT_FILE = ("/Type0", "/Type3")
ROUNDED = 0.01
"""Points that boxes may differ."""

Item = Callable[[pikepdf.Pdf, Standard, Keys], Iterator[tuple[str, int | None]]]


class Breach(Struct, frozen=True):
    """Something that the standard of a PDF does not allow, or asks for in vain."""

    clause: str
    """The standard, with its clause or the subject of it."""
    subject: str
    """What the clause is about; empty where it has a number."""
    message: str
    page: int | None = None
    """Counted from 0, where it is on one."""


def read(path: Path, standard: Standard) -> Iterator[Breach]:
    """Yield what of a PDF is not as a standard asks for."""
    if standard == A2B:
        logging.getLogger("fontTools").setLevel(logging.ERROR)  # it wonders at the dates of fonts
        for finding in pdfa.validate_written(path, standards.ARCHIVED).findings:
            clause = finding.rule.partition(":")[2].partition("-")[0]
            number = clause if clause[:1].isdigit() else "all that it allows"
            yield Breach(f"ISO 19005-2, {number}", "", f"{finding.where}: {finding.message}")
        return
    keys = FOR_PRINTERS[standard]
    with pikepdf.open(path) as pdf:
        for subject, item in ITEMS.items():
            for message, page in item(pdf, standard, keys):
                yield Breach(f"{keys.part}, {subject}", subject, message, page)


def _file(pdf: pikepdf.Pdf, _: Standard, keys: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield what is wrong with the version, the identifier, and locks."""
    newest, version = (tuple(map(int, text.split("."))) for text in (keys.version, pdf.pdf_version))
    if version > newest:
        yield f"it is of PDF {pdf.pdf_version}, and {keys.version} is the newest that is allowed", None
    if len(pdf.trailer.get("/ID", ())) != 2:  # noqa: PLR2004 - what it was made of, and what it is
        yield "it has no identifier", None
    if pdf.is_encrypted:
        yield "it is encrypted", None


def _description(pdf: pikepdf.Pdf, standard: Standard, keys: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield what a file does not say of itself: which book it is, of when, whether it is trapped, what it keeps to."""
    info = pdf.trailer.get("/Info", Dictionary())
    for key in ("/Title", "/CreationDate", "/ModDate"):
        if not str(info.get(key, "")):
            yield f"its description has no {key[1:]}", None
    if info.get("/Trapped") not in (Name("/True"), Name("/False")):
        yield "it does not say whether it is trapped", None
    for key, value in keys.said.items():
        if str(info.get(key, "")) != value:
            yield f"{key[1:]} is not {value}", None
    if standard == X4:
        with pdf.open_metadata() as metadata:
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
        if said != standard:
            yield "its metadata do not name the standard", None
        for name in lacking:
            yield f"its metadata have no {name}", None


def _intent(pdf: pikepdf.Pdf, _: Standard, __: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield what is wrong with the paper and its inks: there is to be one."""
    intents = [one for one in pdf.Root.get("/OutputIntents", ()) if one.get("/S") == "/GTS_PDFX"]
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


def _boxes(pdf: pikepdf.Pdf, _: Standard, __: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield the pages that do not say what is cut off."""
    for number, page in enumerate(pdf.pages):
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


def _fonts(pdf: pikepdf.Pdf, _: Standard, __: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield the fonts that are not in the file."""
    for thing, _number in dictionaries(pdf):
        if thing.get("/Type") == "/Font" and thing.get("/Subtype") not in WITHOUT_FILE:
            descriptor = thing.get("/FontDescriptor", Dictionary())
            if not any(key in descriptor for key in FONT_FILES):
                yield f"the font {str(thing.get('/BaseFont', '')).strip('/')} is not embedded", None


def _colours(pdf: pikepdf.Pdf, _: Standard, __: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield spaces that mean no inks, of pictures, shades and groups; colours of operators are looked at as they are drawn."""
    for thing, number in dictionaries(pdf):
        for key in OF_SPACES:
            value = thing.get(key)
            spaces = [one for _, one in value.items()] if isinstance(value, Dictionary) else [value]
            for name in dict.fromkeys(found for space in spaces for found in _spaces_of_screens(space)):
                yield f"object {number} has colours of {name[1:]}", None


def _spaces_of_screens(space: Any) -> Iterator[str]:
    """Yield the names of spaces that say nothing of inks, within others too."""
    if isinstance(space, Name) and str(space) in OF_SCREENS:
        yield str(space)
    elif isinstance(space, Array):
        for part in list(space)[:3]:
            yield from _spaces_of_screens(part)


def _transparency(pdf: pikepdf.Pdf, _: Standard, keys: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield what is seen through, where that is not allowed."""
    for thing, number in dictionaries(pdf) if not keys.transparent else ():
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


def _packing(pdf: pikepdf.Pdf, _: Standard, keys: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield streams that are packed in what readers of the standard do not know, or are in another file."""
    refused = NEVER if keys.transparent else (*NEVER, *NEWER)
    for thing, number in dictionaries(pdf):
        if isinstance(thing, pikepdf.Stream):
            for name in filters(thing):
                if name in refused:
                    yield f"object {number} is packed in {name[1:]}", None
            if "/F" in thing and not isinstance(thing["/F"], int):
                yield f"object {number} is in another file", None


def _screen_only(pdf: pikepdf.Pdf, _: Standard, __: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield what lies upon the pages."""
    for number, page in enumerate(pdf.pages):
        for annotation in page.get("/Annots", ()):
            if annotation.get("/Subtype") not in ("/PrinterMark", "/TrapNet"):
                yield f"an annotation of the kind {str(annotation.get('/Subtype', '')).strip('/')}", number


def _actions(pdf: pikepdf.Pdf, _: Standard, __: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield what happens by itself."""
    for thing, number in dictionaries(pdf):
        for key in ("/AA", "/OpenAction", "/JS", "/JavaScript"):
            if key in thing:
                yield f"object {number} has {key[1:]}", None


def _others(pdf: pikepdf.Pdf, _: Standard, keys: Keys) -> Iterator[tuple[str, int | None]]:
    """Yield what is drawn in more than one way, or by a program."""
    for thing, number in dictionaries(pdf):
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
    if "/OCProperties" in pdf.Root and not keys.transparent:
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
