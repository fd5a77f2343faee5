"""A contact sheet of the printed book: the pages that show whether an edition is right, small, on a few large ones.

The pages are placed as they are, not as pictures of them, so one can zoom in until the letters are as large as one likes.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pikepdf
from msgspec import Struct

from toolchain.base.errors import ConfigError
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
"""Of what is found on a page that fit below it."""
AROUND = 2.0
"""Points between what is wrong and its frame."""
FRONT = 6
"""Pages shown of what stands before the contents, at most."""
PLACE = re.compile(r"^page \S+: ")
"""What a finding begins with, and the caption says anyway."""
RED, GREY = "0.8 0.1 0.1", "0.6 0.6 0.6"


class SheetPage(Struct, frozen=True, order=True):
    """A page of the book, and what can be seen on it."""

    page: int
    """Counted from 0."""
    what: str


def make(settings: Settings, *, every: bool = False) -> list[Path]:
    """Make the sheets of the editions asked for, with the telling pages or with all; return where they are.

    Raises ConfigError if an edition is not built.
    """
    facts = facts_of(settings)
    return [_make(each, settings, facts, every=every) for each in settings.editions]


def _make(edition: Edition, settings: Settings, facts: Facts, *, every: bool) -> Path:
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
    found = sorted(set(_telling(printed, facts)))
    wrong = {page: its for page, its in _wrong(edition, settings).items() if page < len(printed.numbers)}
    words: dict[int, list[str]] = defaultdict(list, {page: [] for page in wrong})
    for each in found:
        words[each.page].append(each.what)
    pages = range(len(printed.numbers)) if every else sorted(words)
    captions = {page: f"{printed.numbers[page]}   {', '.join(words[page])}".strip() for page in pages}
    target = settings.build / "pdf" / f"{edition.stem}-proof.pdf"
    title = f"{settings.book.title}: {edition.name}, {len(printed.numbers)} pages"
    _lay_out(path, captions, {page: its for page, its in wrong.items() if page in captions}, title, target)
    return target


def _wrong(edition: Edition, settings: Settings) -> dict[int, list[Finding]]:
    """Return what the last checks have found on pages of an edition."""
    last = report.read(settings.report)
    found: dict[int, list[Finding]] = defaultdict(list)
    for each in last.findings if last else ():
        if each.edition == edition.name and each.page:
            found[each.page - 1].append(each)
    return found


def _in_short(found: list[Finding]) -> str:
    """Say what is wrong with a page in a few words: what it is if it is one thing, and else which checks have found it."""
    said = f"{found[0].id} {PLACE.sub('', found[0].message)}"
    if len(found) > 1:
        times = Counter(each.id for each in found)
        said = ", ".join(f"{name} ({count} times)" if count > 1 else name for name, count in times.items())
    return said if len(said) <= LETTERS else f"{said[: LETTERS - 1]}…"


def _telling(printed: Printed, facts: Facts) -> Iterator[SheetPage]:
    """Yield what is worth looking at: one of each kind of page that the book has."""
    contents = next((its.page for name, its in printed.destinations.items() if name == "contents.0"), 0)
    for page in range(min(contents, FRONT)):
        yield SheetPage(page, "title" if page == 0 else "front matter")
    for what, pattern in OPENINGS.items():
        places = [its for name, its in printed.destinations.items() if re.fullmatch(pattern, name)]
        if places:
            yield SheetPage(min(places).page, what)
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
    """Yield the first of each kind of what has a number: a figure, a plot, a table, code, an equation."""
    plots = {(name, each.line) for name, its in facts.pages.items() for each in its.pictures if each.cell}
    first: dict[str, tuple[int, str]] = {}
    for label in facts.labels:
        if not label.number or label.kind in {"section", "citation", "place"}:
            continue
        plot = label.kind == "figure" and (label.page, label.line) in plots
        marks = [f"equation:{label.page}:{each}" for each in label.names]
        marks += [f"{label.page}:{each}" for each in label.ids]
        place = next((its for each in marks if (its := printed.place(each))), None)
        if place is not None:
            kind = "plot" if plot else label.kind
            first[kind] = min(first.get(kind, (place.page, label.number)), (place.page, label.number))
    for kind, (page, number) in first.items():
        yield SheetPage(page, f"equation {number}" if kind == "equation" else f"{kind}: {number}")


def _recurring(printed: Printed, facts: Facts) -> Iterator[SheetPage]:
    """Yield the first of each heading that many pages have."""
    places = defaultdict(list)
    for name, its in facts.pages.items():
        for each in its.targets:
            found = (printed.place(f"{name}:{identity}") for identity in each.ids)
            if each.kind == "section" and (place := next(filter(None, found), None)):
                places[each.title].append(place)
    for title, those in places.items():
        if len(those) >= RECURRING:
            yield SheetPage(min(those).page, title)


def _lay_out(
    book: Path, captions: dict[int, str], wrong: dict[int, list[Finding]], title: str, target: Path
) -> None:
    """Write the sheets: the pages in rows, each with its caption below.

    A page with something wrong is framed in red, and so is what is wrong with it.
    """
    width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS
    height = (HEIGHT - 2 * MARGIN - CAPTION) / ROWS
    pages = list(captions)
    with pikepdf.open(book) as source, pikepdf.new() as sheets:
        for first in range(0, len(pages), COLUMNS * ROWS):
            sheet = sheets.add_blank_page(page_size=(WIDTH, HEIGHT))
            font = pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name.Helvetica,
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
            sheet.add_resource(font, pikepdf.Name.Font, pikepdf.Name.F1)
            drawn = [_text(MARGIN, HEIGHT - MARGIN - TYPE, title)]
            for place, number in enumerate(pages[first : first + COLUMNS * ROWS]):
                left = MARGIN + (place % COLUMNS) * (width + GAP)
                top = HEIGHT - MARGIN - CAPTION - (place // COLUMNS) * height
                box = _box(source.pages[number], left, top, width, height - CAPTION)
                name = pikepdf.Name(f"/P{number}")
                form = sheets.copy_foreign(source.pages[number].as_form_xobject())
                sheet.add_resource(form, pikepdf.Name.XObject, name)
                drawn.append(sheet.calc_form_xobject_placement(form, name, box, allow_expand=True).decode())
                drawn.append(_text(left, float(box.lly) - 1.25 * TYPE, captions[number]))
                drawn.append(_frame(box, *((RED, 2.0) if number in wrong else (GREY, 0.4))))
                if number in wrong:
                    said = _text(left, float(box.lly) - 2.45 * TYPE, _in_short(wrong[number]))
                    drawn.append(f"q {RED} rg {said} Q")
                    areas = sorted({each.area for each in wrong[number] if each.area})
                    drawn += [_frame(_within(box, source.pages[number], each), RED, 0.8) for each in areas]
            sheet.contents_add(sheets.make_stream("\n".join(drawn).encode("cp1252", "replace")))
        target.with_suffix(".part").unlink(missing_ok=True)
        sheets.save(target.with_suffix(".part"), deterministic_id=True, compress_streams=True)
    target.with_suffix(".part").replace(target)


def _box(page: pikepdf.Page, left: float, top: float, width: float, height: float) -> pikepdf.Rectangle:
    """Return where a page goes that is as large as fits below and to the right of a corner."""
    its_width, its_height = (float(page.mediabox[n + 2]) - float(page.mediabox[n]) for n in (0, 1))
    scale = min(width / its_width, height / its_height)
    return pikepdf.Rectangle(left, top - its_height * scale, left + its_width * scale, top)


def _within(
    box: pikepdf.Rectangle, page: pikepdf.Page, area: tuple[float, float, float, float]
) -> pikepdf.Rectangle:
    """Return where an area of a page is that is drawn in a box, with some room around it."""
    scale = float(box.width) / (float(page.mediabox[2]) - float(page.mediabox[0]))
    left, bottom = (float(each) for each in page.mediabox[:2])
    return pikepdf.Rectangle(
        max(float(box.llx), float(box.llx) + (area[0] - left) * scale - AROUND),
        max(float(box.lly), float(box.lly) + (area[1] - bottom) * scale - AROUND),
        min(float(box.urx), float(box.llx) + (area[2] - left) * scale + AROUND),
        min(float(box.ury), float(box.lly) + (area[3] - bottom) * scale + AROUND),
    )


def _frame(box: pikepdf.Rectangle, colour: str, width: float) -> str:
    edges = " ".join(f"{float(each):.2f}" for each in (box.llx, box.lly, box.width, box.height))
    return f"q {colour} RG {width:g} w {edges} re S Q"


def _text(left: float, foot: float, text: str) -> str:
    escaped = re.sub(r"([\\()])", r"\\\1", text)
    return f"BT /F1 {TYPE:g} Tf {left:.2f} {foot:.2f} Td ({escaped}) Tj ET"
