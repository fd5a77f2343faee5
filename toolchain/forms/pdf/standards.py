"""Standards of PDF: what a file needs in it besides what is drawn, to say that it keeps to one of them."""

import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
from msgspec import Struct
from pikepdf import Array, Dictionary, Name, String

from toolchain.environment.typesetting import found_by_tex
from toolchain.forms.pdf.reading.drawn import SeenThrough
from toolchain.forms.pdf.reading.objects import dictionaries
from toolchain.forms.pdf.reading.painter import pages_of
from toolchain.project.sections import A2B, X1A, X1A_2001, X4, Standard
from toolchain.project.settings import Edition

PAPER = "FOGRA39L_coated.icc"
"""The ICC profile of four inks on coated paper; it is free of copyright, and part of TeX Live."""
CONDITION, REGISTRY, CONDITION_IN_WORDS = "FOGRA39", "http://www.color.org", "Offset printing on coated paper"
"""What the registry of such profiles calls it."""
ARCHIVED = "2b"
UNDATED = "2000-01-01T00:00:00Z"
BOXES = ("/BleedBox", "/TrimBox")
OF_TRANSPARENCY = ("/CA", "/ca", "/SMask", "/BM")
IDENTIFICATION = "http://www.npes.org/pdfx/ns/id/"


class Keys(Struct, frozen=True):
    """What distinguishes the standards for printers from each other."""

    version: str
    """Of PDF: the newest that may be used."""
    said: dict[str, str]
    """Keys by which a file says in its description that it keeps to the standard."""
    transparent: bool
    """Whether anything may be seen through."""
    part: str
    """Of ISO 15930."""


FOR_PRINTERS = {
    X1A_2001: Keys(
        "1.3",
        {"/GTS_PDFXVersion": "PDF/X-1:2001", "/GTS_PDFXConformance": X1A_2001},
        transparent=False,
        part="ISO 15930-1",
    ),
    X1A: Keys("1.4", {"/GTS_PDFXVersion": X1A}, transparent=False, part="ISO 15930-4"),
    X4: Keys("1.6", {"/GTS_PDFXVersion": X4}, transparent=True, part="ISO 15930-7"),
}


def paper() -> Path | None:
    """Return the file of the ICC profile of four inks; None if it is not there."""
    return found_by_tex(PAPER)


def keep(pdf: pikepdf.Pdf, standard: Standard | None, edition: Edition) -> dict[str, Any]:
    """Put into a PDF what a standard asks for; return how it is to be saved.

    Raises OSError if the ICC profile of the paper cannot be read.
    """
    how: dict[str, Any] = {
        "deterministic_id": True,
        "object_stream_mode": pikepdf.ObjectStreamMode.generate,
    }
    if standard is None:
        return how
    for key in ("/OpenAction", "/AA"):
        if key in pdf.Root:
            del pdf.Root[key]
    return {**how, **(_archived(pdf, edition, how) if standard == A2B else _for_printers(pdf, standard))}


def _archived(pdf: pikepdf.Pdf, edition: Edition, how: dict[str, Any]) -> dict[str, Any]:
    """Put into a PDF what archives ask for."""
    from pikepdf import pdfa  # noqa: PLC0415 - slow to import, and most editions are for none

    for thing, _ in dictionaries(pdf):
        if "/CIDSet" in thing:  # which has to be complete there, and may be left out
            del thing["/CIDSet"]
        if (
            thing.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in thing
        ):  # which is to be said there
            thing.CIDToGIDMap = Name.Identity
    profile = _profile() if edition.colours == "cmyk" else "sRGB"
    producer = str(pdf.docinfo.get("/Producer", ""))
    pdfa.prepare(pdf, ARCHIVED, output_intent=profile)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        # It says that it has written the file, and now.
        metadata["xmp:MetadataDate"] = metadata.get("xmp:CreateDate", UNDATED)
        metadata["pdf:Producer"] = producer
    pdf.docinfo.Producer = String(producer)
    return dict(pdfa.resolve_save_kwargs(ARCHIVED, **how))


def _for_printers(pdf: pikepdf.Pdf, standard: Standard) -> dict[str, Any]:
    """Put into a PDF what printers ask for."""
    keys = FOR_PRINTERS[standard]
    for page in pdf.pages:
        for box in BOXES:
            if box not in page.obj:
                page.obj[box] = Array(list(page.mediabox))
    _describe(pdf, standard, keys)
    _intend(pdf)
    if keys.transparent:
        return {"force_version": keys.version}
    _forget_transparency(pdf)
    return {"force_version": keys.version, "object_stream_mode": pikepdf.ObjectStreamMode.disable}


def _describe(pdf: pikepdf.Pdf, standard: Standard, keys: Keys) -> None:
    """Say in both ways of PDF what book it is, of when, that nothing is trapped, and which standard it keeps to."""
    pdf.docinfo.ModDate = pdf.docinfo.get("/CreationDate", String("D:20000101000000Z"))
    pdf.docinfo.CreationDate = pdf.docinfo.ModDate
    named = " ".join(str(pdf.docinfo.get(key, "")) for key in ("/Title", "/Author", "/CreationDate"))
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata.load_from_docinfo(pdf.docinfo)
        if standard == X4:
            metadata.register_xml_namespace(IDENTIFICATION, "pdfxid")
            metadata["pdfxid:GTS_PDFXVersion"] = standard
            metadata["xmp:MetadataDate"] = metadata["xmp:ModifyDate"]
            metadata["xmpMM:DocumentID"] = f"uuid:{uuid.uuid5(uuid.NAMESPACE_URL, named)}"
            metadata["xmpMM:VersionID"] = "1"
            metadata["xmpMM:RenditionClass"] = "default"
            metadata["pdf:Trapped"] = "False"
    pdf.docinfo.Trapped = Name("/False")
    for key, value in keys.said.items():
        pdf.docinfo[key] = String(value)


def _intend(pdf: pikepdf.Pdf) -> None:
    """Say on which paper, with which inks, the file is to be printed."""
    profile = pdf.make_stream(_profile(), N=4)
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFX,
        OutputCondition=String(CONDITION_IN_WORDS),
        OutputConditionIdentifier=String(CONDITION),
        RegistryName=String(REGISTRY),
        Info=String(CONDITION_IN_WORDS),
        DestOutputProfile=profile,
    )
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])


def _forget_transparency(pdf: pikepdf.Pdf) -> None:
    """Take away all that makes things transparent, from a PDF in which nothing is: it looks the same without.

    Matplotlib has an opacity of lines for areas that have none; other programs put each drawing into a group.
    """
    if any(isinstance(mark, SeenThrough) for page in pages_of(pdf) for mark in page.marks):
        return
    for thing, _ in dictionaries(pdf):
        if is_group(thing.get("/Group")):
            del thing["/Group"]
        if is_transparent(thing) and thing.get("/Subtype") != "/Image":
            for key in OF_TRANSPARENCY:
                if key in thing:
                    del thing[key]


def is_transparent(thing: Any) -> str:
    """Return what of a dictionary lets something be seen through it; empty if nothing does."""
    mask = thing.get("/SMask")
    if mask is not None and mask != Name("/None"):
        return "a soft mask"
    if any(_is_below_one(thing.get(key)) for key in ("/CA", "/ca")):
        return "an opacity"
    mode = thing.get("/BM")
    modes = [mode] if isinstance(mode, Name) else list(mode) if isinstance(mode, Array) else []
    return "a blend mode" if any(one not in ("/Normal", "/Compatible") for one in modes[:1]) else ""


def is_group(group: Any) -> bool:
    """Say whether a group is one of what may be transparent."""
    return isinstance(group, Dictionary) and group.get("/S") == "/Transparency"


def _is_below_one(value: Any) -> bool:
    """Say whether a value is an opacity: other dictionaries have other things by its name."""
    return isinstance(value, int | float | Decimal) and value < 1


def _profile() -> bytes:
    found = paper()
    if found is None:
        raise FileNotFoundError(PAPER)
    return found.read_bytes()
