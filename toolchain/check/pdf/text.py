"""Checks of what the printed book shows: numbers, characters, and that it can be read at all."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from toolchain.base.decoding import read_loosely
from toolchain.check import source_places
from toolchain.check.base import BuiltBook, Check
from toolchain.check.pdf.edition import EditionCheck
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Document, Finding
from toolchain.sources.source_files import bibliographies

UNRESOLVED = re.compile(
    r"^LaTeX Warning: (?:Hyper reference|Reference|Citation) [`'](?P<label>[^']+)' on page (?P<page>\S+) undefined",
    re.MULTILINE,
)
MISSING = re.compile(r"^Missing character: There is no (?P<glyph>.+?) in font (?P<font>[^!]+)!", re.MULTILINE)
CODE_POINT = re.compile(r"\(U\+(?P<code>[0-9A-F]+)\)")
UNKNOWN = ("??", "[?]")
"""What LaTeX prints for a number, or for an entry of the bibliography, that it does not know."""
CONTEXT = 30
MOST = 6
"""Characters of a line that are named."""
OF_DROID = (
    (0x1100, 0x11FF),
    (0x2E80, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0xFF00, 0xFFEF),
    (0x20000, 0x2FA1F),
)
"""Chinese, Japanese and Korean."""
INVISIBLE = "Cf"
"""Unicode's category of marks, such as of where a word may break: a font without them has nothing less to show."""


FIRST_PICTOGRAPH = "\U0001f000"
REMEDY_OF_PICTOGRAPHS = "Install Symbola, Debian's package fonts-symbola, or leave them out."


class UnreadableBook(Check):
    """A PDF that was cut short or changed."""

    id = "PDF006"
    title = "the PDF cannot be read"
    needs = frozenset({"pdf"})
    explanation = (
        "The file is gone, cut short or damaged, or LaTeX's record of it in _build/latex is gone; the other checks of "
        "the printed book cannot look at it. Build it again; if it is damaged again, look at the disk."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield each edition that cannot be opened or read, with the reason."""
        for printed in (*built.editions, *built.covers):
            if not printed.readable:
                yield self.found(printed.problem, built.relative(printed.path), remedy="toolchain build")


class UnresolvedNumber(EditionCheck):
    """LaTeX prints two question marks where it does not know a number."""

    id = "PDF001"
    follows = frozenset({"SRC002", "SRC003"})
    title = "a reference prints two question marks instead of a number"
    explanation = "LaTeX did not find what a reference points to. Give the target a label and refer to it with {numref} or {eq}."

    def in_edition(self, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Read LaTeX's log, and then the text, without question marks that its sources have."""
        reported = set()
        for label, number in sorted(set(UNRESOLVED.findall(_log(printed)))):
            reported.add(number)
            path, line = self._place_of_reference(built, printed, label, number)
            yield self.found(f"page {number}: ?? instead of the number of {label}", path, line)
        for page, number in enumerate(printed.numbers):
            for mark in UNKNOWN if number not in reported else ():
                if mark in printed.texts[page] and not _is_in_sources(built, printed, page, mark):
                    at = printed.texts[page].index(mark)
                    around = " ".join(printed.texts[page][max(at - CONTEXT, 0) : at + CONTEXT].split())
                    yield self.found(f"page {number}: {mark} in “{around}”", built.relative(printed.path))

    def _place_of_reference(
        self, built: BuiltBook, printed: Printed, label: str, number: str
    ) -> tuple[str, int | None]:
        """Return the path and line that refer to a label of LaTeX; the PDF if none does."""
        page = printed.numbers.index(number) if number in printed.numbers else None
        documents = pages_on(built, printed, page) if page is not None else []
        target, _, identifier = label.removeprefix("equation:").rpartition(":")
        for document in (*documents, *built.book.documents):
            line = (
                source_places.reference_to(built, document.name, target.rstrip(":"), identifier)
                or built.line_of(document.path, f"{{{label}}}")
                or (built.line_of(document.path, f"{{{identifier}}}") if identifier else None)
            )
            if line:
                return document.path, line
        return built.relative(printed.path), None


class MissingGlyph(Check):
    """A character that the fonts do not have is simply not printed."""

    id = "PDF002"
    title = "a character has no glyph in the book's fonts"
    needs = frozenset({"pdf"})
    explanation = (
        "No font that is here for it has such a character, and LaTeX leaves a gap. Write it in another way, or choose a "
        "font that has it in the preamble. For Chinese, Japanese and Korean install Droid Sans Fallback, Debian's package "
        "fonts-droid-fallback; for pictographs Symbola, its package fonts-symbola."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Yield what LaTeX's log calls missing, once for each line; all pictographs at once, at the first of them."""
        glyphs_by_place: dict[tuple[str, int | None, str], list[str]] = {}
        pictographs: dict[str, None] = {}
        places_of_pictographs: set[tuple[str, int | None]] = set()
        for (glyph, font), printed in sorted(_lost(built).items(), key=lambda pair: pair[0]):
            name = font.partition("]")[0].partition(":")[0].strip('["')
            code = CODE_POINT.search(glyph)
            character = chr(int(code["code"], 16)) if code else glyph
            if unicodedata.category(character[:1] or " ") == INVISIBLE:
                continue
            places = set(_places_of_character(built, character, name)) or {
                (built.relative(printed.path), None)
            }
            if character >= FIRST_PICTOGRAPH:
                pictographs[glyph] = None
                places_of_pictographs |= places
                continue
            for source, line in places:
                glyphs_by_place.setdefault((source, line, name), []).append(glyph)
        for (source, line, name), glyphs in sorted(glyphs_by_place.items(), key=lambda pair: _order(pair[0])):
            named = ", ".join(glyphs[:MOST]) + (
                f" and {len(glyphs) - MOST} more" if len(glyphs) > MOST else ""
            )
            yield self.found(f"no glyph for {named} in {name}", source, line, _remedy(glyphs))
        if pictographs:
            source, line = min(places_of_pictographs, key=_order)
            others = len(places_of_pictographs) - 1
            also = f"; {others} more lines have pictographs" if others else ""
            yield self.found(
                f"no font here has {', '.join(pictographs)}{also}", source, line, REMEDY_OF_PICTOGRAPHS
            )


def _lost(built: BuiltBook) -> dict[tuple[str, str], Printed]:
    """Return the characters that LaTeX's log calls missing, each with its font."""
    return {
        glyph_and_font: printed
        for printed in reversed(built.editions)
        for glyph_and_font in MISSING.findall(_log(printed))
    }


def _order(place: tuple[Any, ...]) -> tuple[str, int]:
    return place[0], place[1] or 0


def _remedy(glyphs: Collection[str]) -> str:
    """Return what to do about some characters, by the script that they are of."""
    codes = [int(code["code"], 16) for glyph in glyphs if (code := CODE_POINT.search(glyph))]
    if any(first <= code <= last for code in codes for first, last in OF_DROID):
        return "Install Droid Sans Fallback (Debian's package fonts-droid-fallback)."
    return (
        'Write it in another way, or take a font that has it: latex_elements["fontpkg"] in _config/conf.py, with '
        f"\\setmainfont; `fc-list :charset={(codes or [0])[0]:x}` names those that are installed."
    )


def pages_on(built: BuiltBook, printed: Printed, page: int) -> list[Document]:
    """Return the book's documents that have something on a page of the PDF, counted from 0."""
    begun = [
        (place.page, document)
        for document in built.book.documents
        if (place := printed.place(f"{document.name}::doc")) is not None
    ]
    ends = (*(first for first, _ in begun[1:]), len(printed.numbers))
    return [document for (first, document), end in zip(begun, ends, strict=False) if first <= page <= end]


def _is_in_sources(built: BuiltBook, printed: Printed, page: int, mark: str) -> bool:
    """Return whether the sources of a page have a text; contents, references and index come from all."""
    documents = pages_on(built, printed, page)
    listed = [document for document in built.book.documents if document.listed]
    if not documents or documents[-1:] == listed[-1:]:
        documents = list(built.book.documents)
        if any(mark in read_loosely(path) for path in _bibliographies(built)):
            return True
    return any(
        built.line_of(document.path, mark)
        or any(mark in text for _, text in source_places.outputs(built, document))
        for document in documents
    )


def _bibliographies(built: BuiltBook) -> list[Path]:
    return bibliographies(built.settings)


_Search = Callable[[BuiltBook, str], Iterator[tuple[str, int | None]]]


def _places_of_character(built: BuiltBook, character: str, font: str) -> Iterator[tuple[str, int | None]]:
    """Yield the paths and lines of a character that is set in a font: in text, in code or in outputs."""
    code: tuple[tuple[_Search, ...], ...] = ((_in_code, _in_outputs), (_in_sources,))
    text: tuple[tuple[_Search, ...], ...] = ((_in_text,), (_in_sources,), (_in_outputs,))
    for searches in code if "mono" in font.lower() else text:
        if places := [place for search in searches for place in search(built, character)]:
            yield from places
            return


def _in_text(built: BuiltBook, character: str) -> Iterator[tuple[str, int | None]]:
    for page in built.facts.pages.values():
        for passage in page.passages:
            for number, text in enumerate(passage.text.split("\n")):
                if character in text:
                    yield page.path, passage.line + number if passage.line else None


def _in_code(built: BuiltBook, character: str) -> Iterator[tuple[str, int | None]]:
    for document in built.book.documents:
        for cell in document.cells:
            for number, text in enumerate(cell.source.split("\n")):
                if character in text:
                    yield document.path, cell.line + number if cell.line else None
    for page in built.facts.pages.values():
        for sample in page.samples:
            if character in sample.text:
                yield page.path, built.line_of(page.path, character, sample.line or 1)


def _in_outputs(built: BuiltBook, character: str) -> Iterator[tuple[str, int | None]]:
    for document in built.book.documents:
        for line, text in source_places.outputs(built, document):
            if character in text:
                yield document.path, line


def _in_sources(built: BuiltBook, character: str) -> Iterator[tuple[str, int | None]]:
    paths = [document.path for document in built.book.documents]
    for path in (*paths, *map(built.relative, _bibliographies(built))):
        yield from ((path, line) for line in source_places.lines_with(built, path, character))


def _log(printed: Printed) -> str:
    path = printed.log
    return read_loosely(path)
