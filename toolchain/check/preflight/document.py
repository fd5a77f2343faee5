"""Preflight of the file as a whole: its boxes, its pages, and what no printer wants to find in it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby

from toolchain.base.units import count
from toolchain.check.base import BuiltBook, Check
from toolchain.check.pdf.edition import EditionCheck
from toolchain.check.preflight.base import PrinterCheck
from toolchain.check.preflight.standing import Crowded, Standing
from toolchain.forms.pdf.printers import Range, Rules
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.forms.pdf.reading.sheets import Box
from toolchain.model import Finding
from toolchain.project.sections import PRINT

TOLERANCE = 0.1
"""Millimetres that a box may differ from the paper."""
OPENING = ("chapter.", "appendix.", "part.")
"""How LaTeX's names of chapters, appendices and parts begin: they open on a right-hand page."""


class WrongBox(PrinterCheck):
    """A page that is not of the edition's size."""

    id = "PRE011"
    title = "a page is not as large as its edition's paper"
    explanation = (
        "A printer trims every page alike, and takes its size from the boxes of the PDF: MediaBox, CropBox, TrimBox and "
        "ArtBox are to be the paper of the edition, and no page is to be turned. LaTeX makes them so; look for what sets "
        "the size of a page in raw LaTeX or in latex_elements of _config/conf.py, or build the PDF again."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each way in which boxes differ from the paper; pages with the same flaw are one finding."""
        del rules  # whoever prints it
        pages_by_flaw: dict[str, list[int]] = defaultdict(list)
        width, height = paper = printed.edition.paper
        for number, page in enumerate(printed.sheets.pages):
            whole = page.boxes["MediaBox"]
            for name, box in page.boxes.items():
                if not _matches(box, paper) and (box != whole or name == "MediaBox"):
                    flaw = f"its {name} is {_size(box)}, and the paper {width:g} by {height:g} mm"
                    pages_by_flaw[flaw].append(number)
            if page.rotation:
                pages_by_flaw[f"it is turned by {page.rotation}°"].append(number)
        for flaw, pages in pages_by_flaw.items():
            yield self.finding_on_pages(flaw, pages, built, printed, "toolchain build pdf")


def _matches(box: Box, paper: tuple[float, float]) -> bool:
    expected = (0, 0, *paper)
    actual = (box.left, box.bottom, box.width, box.height)
    return all(
        abs(length - expected_length) <= TOLERANCE
        for length, expected_length in zip(actual, expected, strict=True)
    )


def _size(box: Box) -> str:
    at = "" if abs(box.left) + abs(box.bottom) < TOLERANCE else f" at {box.left:.1f}, {box.bottom:.1f}"
    return f"{box.width:.1f} by {box.height:.1f} mm{at}"


class WrongLength(PrinterCheck):
    """A number of pages that cannot be bound."""

    id = "PRE013"
    title = "the number of pages cannot be bound"
    explanation = (
        "A leaf has two pages, so a book has an even number of them, and a printer's machines bind neither very thin "
        "books nor very thick ones. Change what is in the book, its paper, or the printer: the profile of the edition."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Compare the number of pages with the rules."""
        number = len(printed.numbers)
        if rules.even_pages and number % 2:
            yield self.finding_about_file(f"{number} pages are no whole number of leaves", built, printed)
        if rules.pages and (message := _outside(number, rules.pages, "pages")):
            yield self.finding_about_file(message, built, printed)


def _outside(number: float, rule: Range, unit: str) -> str:
    """Return words that say that a number is too small or too large; empty if it is neither."""
    least, most = rule.value
    if least <= number <= most:
        return ""
    return f"{number:g} {unit}, and the printer takes {least:g} to {most:g}"


class BlankPage(PrinterCheck):
    """Empty pages where none are wanted, and none where there should be one."""

    id = "PRE014"
    title = "pages are empty that should not be, or the other way round"
    explanation = (
        "Printers take several empty pages in a row for a mistake; some want the last page for a mark of their own. The "
        "page before the opening of a chapter is empty or has text: a running head alone is a flaw. LaTeX makes it so; "
        "look for \\clearpage in raw LaTeX, or a page of the book that has nothing to print."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield runs of empty pages, a last page that is not empty, and pages with a running head alone."""
        pages = printed.sheets.pages
        for empty, run in groupby(enumerate(pages), key=lambda pair: not pair[1].marks):
            numbers = [number for number, _ in run]
            if empty and rules.blank_pages and len(numbers) > rules.blank_pages.value:
                first = printed.numbers[numbers[0]]
                message = f"page {first}: {count(len(numbers), 'empty page')} one after the other"
                message += f", and the printer takes {rules.blank_pages.value:g}"
                yield self.finding_on_page(message, (built.relative(printed.path), None), printed, numbers[0])
        last_page = len(pages) - 1
        if rules.last_page_blank and pages[last_page].marks:
            yield self.finding_on_pages("the last page has something on it", [last_page], built, printed)
        for page in _heads_alone(printed):
            yield self.finding_on_pages("nothing but its head, before an opening", [page], built, printed)


def _heads_alone(printed: Printed) -> Iterator[int]:
    """Yield the pages before an opening that have a running head or a number, and nothing else."""
    openings = {place.page for name, place in printed.destinations.items() if name.startswith(OPENING)}
    lines = [[line.strip() for line in text.splitlines() if line.strip()] for text in printed.texts]
    heads = Counter(page_lines[0] for page_lines in lines if page_lines)
    for page in sorted(opening - 1 for opening in openings if opening):
        besides_number = [line for line in lines[page] if line != printed.numbers[page]]
        if lines[page] and all(heads[line] - (line == lines[page][0]) for line in besides_number):
            yield page


class WrongPaper(PrinterCheck):
    """A page that the printer's machines cannot trim."""

    id = "PRE015"
    title = "the printer does not trim pages of this size"
    explanation = "Printers trim pages of some sizes only. Choose another `paper` for the edition in book.toml, or another printer."

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Compare the size of the first page with the sizes that the printer takes."""
        box = printed.sheets.pages[0].boxes["TrimBox"]
        for name, length, rule in (
            ("wide", box.width, rules.page_width),
            ("high", box.height, rules.page_height),
        ):
            if rule and (message := _outside(round(length, 1), rule, f"mm {name}")):
                yield self.finding_about_file(message, built, printed)


class ScreenOnly(PrinterCheck):
    """What can only be used on a screen."""

    id = "PRE016"
    of_covers = True
    title = "the PDF has what only a screen can use"
    explanation = (
        "Links, notes, bookmarks, forms, scripts and attached files do nothing on paper. Printers refuse files with them, "
        "or print their frames. Editions for print have none; look for raw LaTeX or a preamble in _config/conf.py that "
        "writes them into the PDF."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each kind of such things, with the first page that has it."""
        file = printed.sheets
        if rules.no_bookmarks and file.bookmarks:
            yield self.finding_about_file("it has bookmarks", built, printed)
        if not rules.no_annotations:
            return
        pages_by_feature: dict[str, list[int]] = defaultdict(list)
        for number, page in enumerate(file.pages):
            for kind in sorted(set(page.annotations)):
                pages_by_feature[f"annotations of the kind {kind}"].append(number)
            if page.actions:
                pages_by_feature["an action"].append(number)
        for feature, pages in pages_by_feature.items():
            yield self.finding_on_pages(feature, pages, built, printed)
        for extra in file.extras:
            yield self.finding_about_file(f"it has {extra}", built, printed)


class Metadata(PrinterCheck):
    """What the file says of itself, where the printer wants nothing said."""

    id = "PRE017"
    of_covers = True
    title = "the PDF says who made it, and with what"
    explanation = (
        "This printer refuses files that have metadata. An edition with its profile is made without; something has "
        "changed the PDF after it was made. Build it again."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield a finding if the PDF has metadata."""
        entries = [name or value for name, value in printed.sheets.metadata.items()]
        if rules.no_metadata and entries:
            yield self.finding_about_file(
                f"it has metadata: {', '.join(sorted(entries))}", built, printed, "toolchain build pdf"
            )


class Locked(PrinterCheck):
    """A file that its reader may not change."""

    id = "PRE018"
    of_covers = True
    title = "the PDF is encrypted"
    explanation = (
        "A printer's programs have to change the file, and cannot. Build the PDF again, and send it as it is."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield a finding if the PDF is encrypted, even if it opens without a password."""
        if rules.no_encryption and printed.sheets.encrypted:
            yield self.finding_about_file("it is encrypted", built, printed, "toolchain build pdf")


class Nameless(EditionCheck):
    """An edition for the screen that programs cannot say anything of."""

    id = "PRE019"
    title = "an edition for the screen lacks its title, author, language or bookmarks"
    explanation = (
        "Libraries, viewers and programs that read aloud take these from the PDF. They come from [book] in book.toml: "
        "title, authors and language; look for what changes them in _config/conf.py."
    )

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield a finding that names what an edition for the screen lacks."""
        if printed.edition.kind == PRINT:
            return
        file = printed.sheets
        properties = {
            "title": file.metadata.get("Title"),
            "author": file.metadata.get("Author") or not any(built.settings.printed_authors),
            "language": file.language,
            "bookmarks": file.bookmarks,
        }
        lacking = [name for name, value in properties.items() if not value]
        if lacking:
            yield self.found(f"it has no {' and no '.join(lacking)}", built.relative(printed.path))


CHECKS: tuple[Check, ...] = (
    WrongBox(),
    Standing(),
    Crowded(),
    WrongLength(),
    BlankPage(),
    WrongPaper(),
    ScreenOnly(),
    Metadata(),
    Locked(),
    Nameless(),
)
