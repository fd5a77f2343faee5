"""A contact sheet of the printed book: the pages that show whether an edition is right, small, on a few large ones.

The pages are placed as they are, not as pictures of them, so one can zoom in until the letters are as large as one likes.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pikepdf
from msgspec import Struct

from toolchain.base.aside import file_aside
from toolchain.base.errors import ConfigError
from toolchain.check import page_ends
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.forms.sphinx_runs import facts_of
from toolchain.messages import report
from toolchain.model import Facts, Finding
from toolchain.project.settings import Edition, Settings

WIDTH, HEIGHT = 1190.55, 841.89
"""Of a sheet in points: A3, lying."""
MARGIN, GAP, CAPTION = 24.0, 14.0, 20.0
COLUMNS, ROWS = 6, 3
TYPE = 8.0
"""Size of the captions."""
CONTINUED = "\u21aa"
"""Stands where a line of code is too long for the page and goes on."""
RECURRING = 3
"""A heading that so many pages have is part of how the book is built, such as that of the exercises."""
LETTERS = 42
"""Of a summary of findings: how many fit below a page."""
AROUND = 2.0
"""Points between the area of a finding and its frame."""
FRONT = 6
"""Pages before the contents that are shown at most."""
PLACE = re.compile(r"^page \S+: ")
"""What a finding begins with, and the caption says anyway."""
RED, GREY = "0.8 0.1 0.1", "0.6 0.6 0.6"


class SheetPage(Struct, frozen=True, order=True):
    """A page of the book that is worth showing, and the reason."""

    page: int
    """Counted from 0."""
    what: str


class Shown(Struct, frozen=True):
    """A page as a sheet shows it."""

    pdf: Path
    page: int
    """Counted from 0."""
    caption: str
    wrong: tuple[Finding, ...] = ()


def make(settings: Settings, *, every: bool = False) -> list[Path]:
    """Make the sheets of the editions asked for, of pages worth showing or of all; return their paths.

    Raises ConfigError if an edition is not built.
    """
    return [_make(edition, settings, every=every) for edition in settings.editions]


def make_of_worst(settings: Settings, most: int) -> Iterator[str]:
    """Make a sheet of the worst pages of each edition, at most so many, and yield the lines of a report on them.

    Raises ConfigError if an edition is not built.
    """
    for edition in settings.editions:
        printed = _open(edition, settings)
        blemishes = page_ends.look(printed)
        yield f"{edition.name}: {len(printed.numbers)} pages"
        for kind, count in page_ends.counts(blemishes).items():
            yield f"  {count:5}  {page_ends.KINDS[kind]}"
        words = page_ends.worst(blemishes, most)
        captions = {page: f"{printed.numbers[page]}   {said}" for page, said in words.items()}
        yield from (f"  page {caption}" for caption in captions.values())
        if captions:
            target = settings.build / "pdf" / f"{edition.stem}-worst.pdf"
            title = f"{settings.book.title}: {edition.name}, the worst of {len(printed.numbers)} pages"
            _lay_out([Shown(printed.path, page, said) for page, said in captions.items()], title, target)
            yield target.relative_to(settings.project).as_posix()


def _open(edition: Edition, settings: Settings) -> Printed:
    """Read an edition. Raises ConfigError if it is not built."""
    path = settings.build / "pdf" / edition.file
    if not path.is_file():
        raise ConfigError(
            f"the edition {edition.name!r} is not built", remedy="Run `toolchain build pdf` first."
        )
    record = settings.build / "latex" / f"{edition.stem}.aux"
    printed = Printed(path, record, edition)
    if not printed.readable:
        raise ConfigError(
            f"{path.relative_to(settings.project).as_posix()}: {printed.problem}",
            remedy="Run `toolchain build pdf` first.",
        )
    return printed


def _make(edition: Edition, settings: Settings, *, every: bool) -> Path:
    printed = _open(edition, settings)
    sheet_pages = sorted(set(_pages_worth_showing(printed, facts_of(settings))))
    wrong = _findings(edition, settings)
    words: dict[int, list[str]] = defaultdict(list)
    words |= {page: [] for path, page in wrong if path == printed.path and page < len(printed.numbers)}
    for sheet_page in sheet_pages:
        words[sheet_page.page].append(sheet_page.what)
    cover = settings.build / "pdf" / edition.cover
    shown = [Shown(cover, 0, "cover", tuple(wrong[cover, 0]))] if edition.cover and cover.is_file() else []
    for page in range(len(printed.numbers)) if every else sorted(words):
        caption = f"{printed.numbers[page]}   {', '.join(words[page])}".strip()
        shown.append(Shown(printed.path, page, caption, tuple(wrong[printed.path, page])))
    target = settings.build / "pdf" / f"{edition.stem}-proof.pdf"
    _lay_out(shown, f"{settings.book.title}: {edition.name}, {len(printed.numbers)} pages", target)
    return target


def _findings(edition: Edition, settings: Settings) -> dict[tuple[Path, int], list[Finding]]:
    """Return the findings of the last checks on pages of an edition, and on its cover, by file and page counted from 0."""
    last_report = report.read(settings.report)
    findings: dict[tuple[Path, int], list[Finding]] = defaultdict(list)
    folder = settings.build / "pdf"
    for finding in last_report.findings if last_report else ():
        cover = folder / edition.cover if edition.cover else None
        if cover is not None and settings.project / finding.path == cover:
            findings[cover, 0].append(finding)
        elif finding.edition == edition.name and finding.page:
            findings[folder / edition.file, finding.page - 1].append(finding)
    return findings


def _summary(findings: Sequence[Finding]) -> str:
    """Return a few words for a page's findings: the message of a single one, else the ids of the checks."""
    summary = f"{findings[0].id} {PLACE.sub('', findings[0].message)}"
    if len(findings) > 1:
        times = Counter(finding.id for finding in findings)
        summary = ", ".join(f"{name} ({count} times)" if count > 1 else name for name, count in times.items())
    return summary if len(summary) <= LETTERS else f"{summary[: LETTERS - 1]}…"


def _pages_worth_showing(printed: Printed, facts: Facts) -> Iterator[SheetPage]:
    """Yield pages worth looking at: one of each kind that the book has."""
    contents = next((place.page for name, place in printed.destinations.items() if name == "contents.0"), 0)
    for page in range(min(contents, FRONT)):
        yield SheetPage(page, "title" if page == 0 else "front matter")
    for kind, pattern in OPENINGS.items():
        places = [place for name, place in printed.destinations.items() if re.fullmatch(pattern, name)]
        if places:
            yield SheetPage(min(places).page, kind)
    yield from _labelled(printed, facts)
    yield from _recurring(printed, facts)
    for page, text in enumerate(printed.texts):
        if CONTINUED in text:
            yield SheetPage(page, "long line of code")
            break
    yield SheetPage(len(printed.numbers) - 1, "last page")


OPENINGS = {
    "contents": r"contents\.0",
    "part": r"part\.\d+",
    "chapter": r"chapter\.\d+",
    "appendix": r"appendix\.A",
    "footnote": r"Hfootnote\.\d+",
    "references": r"cite\..+",
    "index": "bookindex",
}
"""Patterns of the names that LaTeX gives to places."""


def _labelled(printed: Printed, facts: Facts) -> Iterator[SheetPage]:
    """Yield the page of the first numbered element of each kind: figure, plot, table, code, equation."""
    plots = {
        (name, picture.line)
        for name, page_facts in facts.pages.items()
        for picture in page_facts.pictures
        if picture.cell
    }
    first: dict[str, tuple[int, str]] = {}
    for label in facts.labels:
        if not label.number or label.kind in {"section", "citation", "place"}:
            continue
        plot = label.kind == "figure" and (label.page, label.line) in plots
        latex_names = [f"equation:{label.page}:{name}" for name in label.names]
        latex_names += [f"{label.page}:{identity}" for identity in label.ids]
        kind = "plot" if plot else label.kind
        for place in filter(None, map(printed.place, latex_names)):
            first[kind] = min(first.get(kind, (place.page, label.number)), (place.page, label.number))
    for kind, (page, number) in first.items():
        yield SheetPage(page, f"equation {number}" if kind == "equation" else f"{kind}: {number}")


def _recurring(printed: Printed, facts: Facts) -> Iterator[SheetPage]:
    """Yield the first page of each heading that many pages have."""
    places_by_title = defaultdict(list)
    for name, page_facts in facts.pages.items():
        for target in page_facts.targets:
            destinations = (printed.place(f"{name}:{identity}") for identity in target.ids)
            if target.kind == "section" and (place := next(filter(None, destinations), None)):
                places_by_title[target.title].append(place)
    for title, places in places_by_title.items():
        if len(places) >= RECURRING:
            yield SheetPage(min(places).page, title)


def _lay_out(shown: Sequence[Shown], title: str, target: Path) -> None:
    """Write the sheets: the pages in rows, each with its caption below.

    A page with something wrong is framed in red, and so is what is wrong with it.
    """
    width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
    height = (HEIGHT - 2 * MARGIN - CAPTION) / ROWS
    with ExitStack() as opened, pikepdf.new() as sheets:
        sources = {path: opened.enter_context(pikepdf.open(path)) for path in {one.pdf for one in shown}}
        for first in range(0, len(shown), COLUMNS * ROWS):
            sheet = sheets.add_blank_page(page_size=(WIDTH, HEIGHT))
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name.Helvetica,
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
            sheet.add_resource(font, pikepdf.Name.Font, pikepdf.Name.F1)
            drawn = [_text(MARGIN, HEIGHT - MARGIN - TYPE, title)]
            for place, one in enumerate(shown[first : first + COLUMNS * ROWS]):
                left = MARGIN + (place % COLUMNS) * (width + GAP)
                top = HEIGHT - MARGIN - CAPTION - (place // COLUMNS) * height
                page = sources[one.pdf].pages[one.page]
                box = _box(page, left, top, width, height - CAPTION)
                name = pikepdf.Name(f"/P{first + place}")
                form = sheets.copy_foreign(page.as_form_xobject())
                sheet.add_resource(form, pikepdf.Name.XObject, name)
                drawn.append(sheet.calc_form_xobject_placement(form, name, box, allow_expand=True).decode())
                drawn.append(_text(left, float(box.lly) - 1.25 * TYPE, one.caption))
                drawn.append(_frame(box, *((RED, 2.0) if one.wrong else (GREY, 0.4))))
                if one.wrong:
                    summary = _text(left, float(box.lly) - 2.45 * TYPE, _summary(one.wrong))
                    drawn.append(f"q {RED} rg {summary} Q")
                    areas = sorted({finding.area for finding in one.wrong if finding.area})
                    drawn += [_frame(_within(box, page, area), RED, 0.8) for area in areas]
            sheet.contents_add(sheets.make_stream("\n".join(drawn).encode("cp1252", "replace")))
        with file_aside(target) as aside, aside.open("wb") as stream:
            sheets.save(stream, deterministic_id=True, compress_streams=True)


def _box(page: pikepdf.Page, left: float, top: float, width: float, height: float) -> pikepdf.Rectangle:
    """Return the rectangle of a page scaled to fit, with its upper left corner at `left`, `top`."""
    page_width, page_height = (float(page.mediabox[n + 2]) - float(page.mediabox[n]) for n in (0, 1))
    scale = min(width / page_width, height / page_height)
    return pikepdf.Rectangle(left, top - page_height * scale, left + page_width * scale, top)


def _within(
    box: pikepdf.Rectangle, page: pikepdf.Page, area: tuple[float, float, float, float]
) -> pikepdf.Rectangle:
    """Return the rectangle on the sheet of an area of a page drawn in a box, with some room around it."""
    scale = float(box.width) / (float(page.mediabox[2]) - float(page.mediabox[0]))
    left, bottom = (float(edge) for edge in page.mediabox[:2])
    return pikepdf.Rectangle(
        max(float(box.llx), float(box.llx) + (area[0] - left) * scale - AROUND),
        max(float(box.lly), float(box.lly) + (area[1] - bottom) * scale - AROUND),
        min(float(box.urx), float(box.llx) + (area[2] - left) * scale + AROUND),
        min(float(box.ury), float(box.lly) + (area[3] - bottom) * scale + AROUND),
    )


def _frame(box: pikepdf.Rectangle, colour: str, width: float) -> str:
    edges = " ".join(f"{float(number):.2f}" for number in (box.llx, box.lly, box.width, box.height))
    return f"q {colour} RG {width:g} w {edges} re S Q"


def _text(left: float, foot: float, text: str) -> str:
    escaped = re.sub(r"([\\()])", r"\\\1", text)
    return f"BT /F1 {TYPE:g} Tf {left:.2f} {foot:.2f} Td ({escaped}) Tj ET"
