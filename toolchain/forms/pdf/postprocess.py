"""Makes an edition ready after LaTeX: tagged for those who do not see it, or as its printer asks: in greys, without metadata."""

import re
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pikepdf

from toolchain.base.aside import file_aside
from toolchain.base.decoding import read_json, read_whole
from toolchain.base.errors import BuilderError
from toolchain.base.files import sha256_bytes, sha256_file, sha256_lines
from toolchain.environment import typesetting
from toolchain.forms.pdf import tagging
from toolchain.forms.pdf.printers import load
from toolchain.model.tags import Tags
from toolchain.processes.closed_room import sweep
from toolchain.processes.programs import Programs
from toolchain.project.settings import Edition

GREYS = (
    *("gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=pdfwrite", "-dCompatibilityLevel=1.5"),
    *("-sColorConversionStrategy=Gray", "-dProcessColorModel=/DeviceGray", "-dAutoRotatePages=/None"),
    # Pictures keep all that they have, but their colours.
    *("-dDownsampleColorImages=false", "-dDownsampleGrayImages=false", "-dDownsampleMonoImages=false"),
    *("-dAutoFilterColorImages=false", "-dAutoFilterGrayImages=false"),
    *("-dColorImageFilter=/FlateEncode", "-dGrayImageFilter=/FlateEncode"),
)
SUBSET = re.compile(r"^/(?:[A-Z]{6}\+)?(?P<name>.*?)(?:-Identity-H)?$")
"""The name of a font of which a part is in the file."""


def finish(
    made: Path,
    target: Path,
    edition: Edition,
    work: Path,
    *,
    limit: float,
    tags: Path | None = None,
    programs: Programs | None = None,
) -> None:
    """Put what LaTeX has made where people look for it, ready for them and the printer of its edition, unless it is there.

    `work` is a folder for logs, notes and what is made on the way; `limit` the seconds that this may take; `tags` the file
    with the elements of the book. What Ghostscript draws anew has LaTeX's marks no longer, and is not tagged.

    Raises BuilderError if the colours cannot be converted.
    """
    silent = bool(edition.profile and load(edition.profile).rules.no_metadata)
    note = work / f"{made.stem}.finished"
    structure = read_json(tags, Tags) if tags is not None and not edition.grey else None
    inputs = _inputs(made, edition, structure, silent=silent)
    if read_whole(note) == _state(inputs, target):
        return
    note.unlink(missing_ok=True)
    with file_aside(target) as aside, pikepdf.open(made) as pdf, aside.open("wb") as stream:
        if edition.grey:
            with pikepdf.open(_converted(made, work, limit, programs or Programs())) as greys:
                _draw_with(greys, pdf)
        if structure is not None:
            tagging.tag(pdf, structure)
        else:
            tagging.forget_marks(pdf)
        if silent:
            for holder, name in ((pdf.trailer, "/Info"), (pdf.Root, "/Metadata")):
                if name in holder:
                    del holder[name]
        pdf.save(stream, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    note.write_bytes(_state(inputs, target))


def _inputs(made: Path, edition: Edition, structure: Tags | None, *, silent: bool) -> str:
    """Return the digest of all that a finished PDF is made of."""
    code = (Path(__file__), *sorted(Path(tagging.__file__).parent.glob("*.py")))
    tools = [f"pikepdf {pikepdf.__version__} {pikepdf.__libqpdf_version__}", *map(sha256_file, code)]
    tools.append(sha256_bytes(msgspec.json.encode(structure)))
    if edition.grey:
        stat = Path(shutil.which(GREYS[0]) or GREYS[0]).stat()
        tools += [*GREYS, f"{stat.st_size} {stat.st_mtime_ns}"]
    return sha256_lines([sha256_file(made), f"{silent=} {edition.grey=}", *tools])


def _state(inputs: str, target: Path) -> bytes:
    """Return what is noted of a finished PDF: what it is made of, and what it is."""
    return f"{inputs} {sha256_file(target) if target.is_file() else ''}".encode()


def _converted(pdf: Path, work: Path, limit: float, programs: Programs) -> Path:
    """Let Ghostscript convert the colours; return what it has written."""
    log, folder = work / f"{pdf.stem}.gs.log", work / f"{pdf.stem}-grey"
    greys = folder / f"{pdf.stem}-grey.pdf"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    room = typesetting.room(pdf, writable=(folder,))
    command = room.command([*GREYS, f"-sOutputFile={greys}", str(pdf)], folder)
    variables = typesetting.variables(TMPDIR=str(folder))
    failure = ""
    try:
        if programs.run(command, folder, variables, log, lambda _: None, limit=limit):
            failure = f"Ghostscript could not convert the colours of {pdf.name}"
    except TimeoutError:
        failure = (
            f"Ghostscript was not done with the colours of {pdf.name} after {limit:g} seconds, and was ended"
        )
    if failure:
        remedy = (
            f"Its log: {log.relative_to(work.parent.parent)}. Without `grey` the edition keeps its colours."
        )
        raise BuilderError(failure, remedy=remedy)
    sweep(folder)
    return greys


def _draw_with(greys: pikepdf.Pdf, pdf: pikepdf.Pdf) -> None:
    """Let every page show what another PDF has; its places, numbers and boxes stay as LaTeX has written them."""
    # Ghostscript 10 writes the letters of ligatures with their bytes the wrong way round.
    letters = {_name(font): font.ToUnicode for font in _fonts(pdf) if "/ToUnicode" in font}
    for font in _fonts(greys):
        if _name(font) in letters:
            font.ToUnicode = greys.copy_foreign(letters[_name(font)])
    for page, grey in zip(pdf.pages, greys.pages, strict=True):
        for key in ("/Contents", "/Resources", "/Group"):
            if key in grey.obj:
                part = grey.obj[key]
                page.obj[key] = pdf.copy_foreign(part if part.is_indirect else greys.make_indirect(part))
            elif key in page.obj:
                del page.obj[key]


def _fonts(pdf: pikepdf.Pdf) -> list[Any]:
    """Return the fonts whose characters have numbers of their own, which Ghostscript leaves as they are."""
    dictionaries = (entry for entry in pdf.objects if isinstance(entry, pikepdf.Dictionary))
    return [font for font in dictionaries if font.get("/Subtype") == "/Type0"]


def _name(font: Any) -> str:
    """Return the name of a font, without the prefix of a subset and without the encoding."""
    match = SUBSET.match(str(font.BaseFont))
    return match["name"] if match else ""
