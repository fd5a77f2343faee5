"""The printed book: each edition typeset by LaTeX, and made ready for its printer."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from toolchain.base.files import files_below, remove
from toolchain.environment.requirements import BUBBLEWRAP, Requirement
from toolchain.forms.artefacts import file_artifact
from toolchain.forms.form import Form, Making, Opening
from toolchain.forms.html.form import NAME as HTML
from toolchain.forms.html.form import PRINTED
from toolchain.model import Artifact, Book, Button
from toolchain.processes.looked_up import look
from toolchain.project.sections import SCREEN
from toolchain.project.settings import Edition, Settings

if TYPE_CHECKING:
    from toolchain.forms.pdf.reading.printed import Printed

# What is slow to import stands in the functions that need it: commands ask a form for its name only.

NAME = "pdf"
BUILDER = "latex"
DRAFT = "draft"
OFFERED, SECTION = "PDF", "PDF of this section"
"""The words for what the site offers."""
SECTIONS = "pdf-sections"
"""Folder below _build: the PDF of each section, by the names of their pages."""
REQUIREMENTS = (
    Requirement("xelatex", "texlive-xetex"),
    Requirement("xindy", "xindy"),
    Requirement("rsvg-convert", "librsvg2-bin"),
    Requirement("LaTeX's recommended packages", "texlive-latex-recommended", file="fancyvrb.sty"),
    Requirement("LaTeX's further packages", "texlive-latex-extra", file="titlesec.sty"),
    Requirement("TeX's recommended fonts", "texlive-fonts-recommended", file="pzdr.tfm"),
    Requirement("TeX Gyre", "fonts-texgyre", file="texgyrepagella-regular.otf"),
    Requirement("TeX Gyre Math", "fonts-texgyre-math", file="texgyrepagella-math.otf"),
    Requirement("DejaVu Sans Mono", "fonts-dejavu-core", font="DejaVuSansMono.ttf"),
    Requirement("DejaVu Sans Mono Oblique", "fonts-dejavu-extra", font="DejaVuSansMono-Oblique.ttf"),
    BUBBLEWRAP,
)
FOR_COLOURS = Requirement("FOGRA39L_coated.icc", "texlive-base", file="FOGRA39L_coated.icc")
"""Says what four inks look like on paper."""
PROGRAMS = ("xelatex", "xindy", "rsvg-convert")


def _requirements(settings: Settings) -> tuple[Requirement, ...]:
    from toolchain.forms.pdf import needed  # noqa: PLC0415 - slow to import

    coloured = any(edition.colours for edition in settings.editions)
    return (*REQUIREMENTS, *((FOR_COLOURS,) if coloured else ()), *needed.requirements(settings))


def _machine() -> Iterator[str]:
    """Yield which programs there are; what they read and load is known when they have run."""
    yield from (f"{name} {look(name)}" for name in PROGRAMS)


def _stands(settings: Settings) -> bool:
    from toolchain.forms.pdf import made  # noqa: PLC0415 - slow to import

    return made.stand(settings)


def _make(making: Making) -> list[Artifact]:
    """Make the book in each of its editions, and remove those that are no longer wanted."""
    from toolchain.forms.pdf.typeset import Typesetter  # noqa: PLC0415 - slow to import

    settings = making.settings
    latex, folder, logs = settings.build / BUILDER, settings.build / NAME, settings.build / "sphinx"
    of_sphinx, _ = making.runs.of(BUILDER)
    folder.mkdir(parents=True, exist_ok=True)
    artefacts: list[Artifact] = []
    typesetter = Typesetter(settings, making.epoch, logs, making.reporter)
    for edition, of_latex in typesetter.editions(latex, folder):
        # What all editions share is counted once, with the first.
        seconds = of_latex if artefacts else of_sphinx + of_latex
        artefacts.append(file_artifact(NAME, folder / edition.file, settings, seconds))
        if edition.cover:
            artefacts.append(file_artifact(NAME, folder / edition.cover, settings))
    _cut(making)
    # Among them are contact sheets of what was printed before.
    current = {file for edition in settings.all_editions for file in (edition.file, edition.cover)}
    for path in folder.glob(f"{settings.book.slug}*.pdf"):
        if path.name not in current:
            path.unlink()
    return artefacts


def _cut(making: Making) -> None:
    """Have the sections of the edition that readers of the site are offered; none, where they are offered none."""
    from toolchain.forms.pdf import sections  # noqa: PLC0415 - slow to import

    settings = making.settings
    folder, note = settings.build / SECTIONS, settings.build / "sphinx" / "sections.finished"
    if edition := _cut_of(settings):
        made = settings.build / NAME / edition.file, _record(settings, edition)
        sections.cut(making, made, lambda: _printed(settings, edition), folder, note)
    else:
        remove(folder)
        note.unlink(missing_ok=True)


def _open(opening: Opening) -> "tuple[Printed, ...]":
    settings = opening.settings
    opened = [
        _printed(settings, edition)
        for edition in settings.all_editions
        if settings.build / NAME / edition.file in opening.paths
    ]
    return (*opened, *_covers(opening))


def _covers(opening: Opening) -> "Iterator[Printed]":
    settings = opening.settings
    for edition in settings.all_editions:
        if edition.cover and (path := settings.build / NAME / edition.cover) in opening.paths:
            from toolchain.forms.pdf import cover  # noqa: PLC0415 - slow to import
            from toolchain.forms.pdf.reading.printed import Printed  # noqa: PLC0415 - as above

            yield Printed(path, cover.record(settings, edition), edition, cover=True)


def _printed(settings: Settings, edition: Edition) -> "Printed":
    from toolchain.forms.pdf.reading.printed import Printed  # noqa: PLC0415 - slow to import

    return Printed(settings.build / NAME / edition.file, _record(settings, edition), edition)


def _record(settings: Settings, edition: Edition) -> Path:
    """Return the file with what LaTeX has recorded of an edition."""
    return settings.build / BUILDER / f"{edition.stem}.aux"


def _for_readers(settings: Settings) -> tuple[Edition, ...]:
    """Return the editions that the site offers, of those that are made: to read on a screen; else what is for print."""
    made = [edition for edition in settings.editions if edition.kind != DRAFT]
    return tuple(edition for edition in made if edition.kind == SCREEN) or tuple(made[:1])


def _cut_of(settings: Settings) -> Edition | None:
    """Return the edition whose sections the site offers: the first for the screen, if there is a site and it is to offer them."""
    wanted = settings.toml.pdf.sections and HTML in (settings.options.forms or (HTML,))
    return next((edition for edition in _for_readers(settings) if wanted and edition.kind == SCREEN), None)


def _buttons(book: Book, settings: Settings) -> Mapping[str, tuple[Button, ...]]:
    """Return a link to the PDF of each page but the first, whose is the book's."""
    if _cut_of(settings) is None:
        return {}
    return {
        page.name: (
            Button(
                SECTION,
                quote(_address(page.name)),
                "fas fa-file-pdf",
                "Download this section as PDF",
                f"{settings.build.name}/{BUILDER}/{settings.book.slug}.tex",
            ),
        )
        for page in book.documents[1:]
        if page.listed
    }


def _address(name: str) -> str:
    """Return where in the site the PDF of a page is."""
    return f"{PRINTED}/sections/{name}.pdf"


def _downloads(settings: Settings) -> Mapping[str, Path]:
    files = {f"{PRINTED}/{one.file}": settings.build / NAME / one.file for one in _for_readers(settings)}
    folder = settings.build / SECTIONS
    if _cut_of(settings):
        files |= {
            _address(path.relative_to(folder).with_suffix("").as_posix()): path
            for path in files_below(folder)
        }
    return {name: path for name, path in files.items() if path.is_file()}


def _offers(settings: Settings) -> Mapping[str, str]:
    editions = _for_readers(settings)
    return {
        OFFERED if len(editions) == 1 else f"{OFFERED} ({edition.name})": f"{PRINTED}/{edition.file}"
        for edition in editions
    }


PDF: Form["tuple[Printed, ...]"] = Form(
    name=NAME,
    title="the printed book",
    builder=BUILDER,
    folder=BUILDER,
    make=_make,
    open=_open,
    requirements=_requirements,
    machine=_machine,
    stands=_stands,
    buttons=_buttons,
    downloads=_downloads,
    offers=_offers,
    order=1,
)
