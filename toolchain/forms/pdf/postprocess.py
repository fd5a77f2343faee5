"""Makes an edition ready after LaTeX: tagged for those who do not see it, and as its printer asks: in greys, without metadata."""

from pathlib import Path

import msgspec
import pikepdf
import PIL
from PIL import features

from toolchain.base.aside import file_aside
from toolchain.base.decoding import read_json, read_whole
from toolchain.base.errors import BuilderError
from toolchain.base.files import sha256_bytes, sha256_file, sha256_lines
from toolchain.forms.pdf import colours, reading, standards, tagging
from toolchain.forms.pdf.printers import load, standard_of
from toolchain.model.tags import Tags
from toolchain.project.settings import Edition


def finish(made: Path, target: Path, edition: Edition, work: Path, *, tags: Path | None = None) -> None:
    """Put what LaTeX has made where people look for it, ready for them and the printer of its edition, unless it is there.

    `work` is a folder for notes; `tags` the file with the elements of the book.

    Raises BuilderError if the colours cannot be converted.
    """
    silent = bool(edition.profile and load(edition.profile).rules.no_metadata)
    note = work / f"{made.stem}.finished"
    structure = read_json(tags, Tags) if tags is not None else None
    inputs = _inputs(made, edition, structure, silent=silent)
    if read_whole(note) == _state(inputs, target):
        return
    note.unlink(missing_ok=True)
    with file_aside(target) as aside, pikepdf.open(made) as pdf, aside.open("wb") as stream:
        if structure is not None:
            tagging.tag(pdf, structure)
        else:
            tagging.forget_marks(pdf)
        if edition.colours:
            colours.convert(pdf, _target(edition))
        if silent:
            for holder, name in ((pdf.trailer, "/Info"), (pdf.Root, "/Metadata")):
                if name in holder:
                    del holder[name]
        pdf.save(stream, **_kept(pdf, edition))
    note.write_bytes(_state(inputs, target))


def _target(edition: Edition) -> colours.Target:
    """Return what the colours of an edition become."""
    if edition.colours == "grey":
        return colours.Grey(standards.paper())
    most = load(edition.profile).rules.ink if edition.profile else None
    return colours.Cmyk(standards.paper(), most.value if most else None)


def _kept(pdf: pikepdf.Pdf, edition: Edition) -> dict[str, object]:
    """Have a PDF keep to the standard of its edition; return how it is to be saved."""
    standard = standard_of(edition)
    try:
        return standards.keep(pdf, standard, edition)
    except OSError as error:
        message = f"the ICC profile {standards.PAPER}, which {standard} asks for, cannot be read: {error}"
        raise BuilderError(message, remedy="It is part of TeX Live's package colorprofiles.") from error


def _inputs(made: Path, edition: Edition, structure: Tags | None, *, silent: bool) -> str:
    """Return the digest of all that a finished PDF is made of."""
    folders = (Path(package.__file__ or "").parent for package in (colours, reading, tagging))
    files = (file for folder in folders for file in sorted(folder.glob("*.py")))
    code = (Path(__file__), Path(standards.__file__), *files)
    tools = [f"pikepdf {pikepdf.__version__} {pikepdf.__libqpdf_version__}", *map(sha256_file, code)]
    tools.append(sha256_bytes(msgspec.json.encode(structure)))
    standard = standard_of(edition)
    if edition.colours or standard:
        paper = standards.paper()
        most = load(edition.profile).rules.ink if edition.profile else None
        tools += [f"Pillow {PIL.__version__} {features.version('littlecms2')} {features.version('jpg_2000')}"]
        tools += [sha256_file(paper) if paper else "", f"{most.value if most else ''}"]
    return sha256_lines([sha256_file(made), f"{silent=} {edition.colours=} {standard=}", *tools])


def _state(inputs: str, target: Path) -> bytes:
    """Return what is noted of a finished PDF: what it is made of, and what it is."""
    return f"{inputs} {sha256_file(target) if target.is_file() else ''}".encode()
