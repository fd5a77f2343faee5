"""Checks of what the printed book shows: numbers, characters, and that it can be read at all."""

import re
from collections.abc import Iterator
from pathlib import Path

from toolchain.check import source_places
from toolchain.check.base import BuiltBook, Check
from toolchain.check.pdf.edition import EditionCheck
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Document, Finding

UNRESOLVED = re.compile(
    r"^LaTeX Warning: (?:Hyper reference|Reference|Citation) [`'](?P<label>[^']+)' on page (?P<page>\S+) undefined",
    re.MULTILINE,
)
MISSING = re.compile(r"^Missing character: There is no (?P<glyph>.+?) in font (?P<font>[^!]+)!", re.MULTILINE)
CODE_POINT = re.compile(r"\(U\+(?P<code>[0-9A-F]+)\)")
UNKNOWN = ("??", "[?]")
"""What LaTeX prints for a number, or for an entry of the bibliography, that it does not know."""
CONTEXT = 30


class UnreadableBook(Check):
    """A PDF that was cut short or changed."""

    id = "PDF006"
    title = "the PDF cannot be read"
    needs = frozenset({"pdf"})
    explanation = (
        "The file is gone, cut short or damaged, or LaTeX's record of it in _build/latex is gone; the other checks of "
        "the printed book cannot look at it. Build it again; if it is damaged again, look at the disk."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Open it, and decode all that is in it."""
        for printed in made.editions:
            if not printed.readable:
                yield self.found(printed.problem, made.relative(printed.path), remedy="toolchain build")


class UnresolvedNumber(EditionCheck):
    """LaTeX prints two question marks where it does not know a number."""

    id = "PDF001"
    follows = frozenset({"SRC002", "SRC003"})
    title = "a reference prints two question marks instead of a number"
    explanation = "LaTeX did not find what a reference points to. Give the target a label and refer to it with {numref} or {eq}."

    def in_edition(self, made: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Read LaTeX's log, and then the text: there two question marks may be meant."""
        known = set()
        for label, number in sorted(set(UNRESOLVED.findall(_log(printed)))):
            known.add(number)
            path, line = self._referring(made, printed, label, number)
            yield self.found(f"page {number}: ?? instead of the number of {label}", path, line)
        for page, number in enumerate(printed.numbers):
            for mark in UNKNOWN if number not in known else ():
                if mark in printed.texts[page] and not _is_written(made, printed, page, mark):
                    at = printed.texts[page].index(mark)
                    around = " ".join(printed.texts[page][max(at - CONTEXT, 0) : at + CONTEXT].split())
                    yield self.found(f"page {number}: {mark} in “{around}”", made.relative(printed.path))

    def _referring(
        self, made: BuiltBook, printed: Printed, label: str, number: str
    ) -> tuple[str, int | None]:
        """Return the source and the line that refer to a label of LaTeX."""
        page = printed.numbers.index(number) if number in printed.numbers else None
        there = pages_on(made, printed, page) if page is not None else []
        target, _, identifier = label.removeprefix("equation:").rpartition(":")
        for each in (*there, *made.book.documents):
            line = (
                source_places.reference_to(made, each.name, target.rstrip(":"), identifier)
                or made.line_of(each.path, f"{{{label}}}")
                or (made.line_of(each.path, f"{{{identifier}}}") if identifier else None)
            )
            if line:
                return each.path, line
        return made.relative(printed.path), None


class MissingGlyph(Check):
    """A character that the fonts do not have is simply not printed."""

    id = "PDF002"
    title = "a character has no glyph in the book's fonts"
    needs = frozenset({"pdf"})
    explanation = (
        "The font in use has no such character, and LaTeX leaves a gap. Write it in another way, or choose a font that "
        "has it in latex_elements of _config/conf.py. For Chinese and Japanese install Droid Sans Fallback, Debian's "
        "package fonts-droid-fallback."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Read LaTeX's log, and look for the character where that font is used."""
        lost = {
            each: printed for printed in reversed(made.editions) for each in MISSING.findall(_log(printed))
        }
        for (glyph, font), printed in sorted(lost.items(), key=lambda each: each[0]):
            name = font.partition(":")[0].strip('[]"')
            code = CODE_POINT.search(glyph)
            character = chr(int(code["code"], 16)) if code else glyph
            message = f"no glyph for {glyph} in {name}"
            found = sorted(set(_written(made, character, name)))
            for source, line in found or [(made.relative(printed.path), None)]:
                yield self.found(message, source, line)


def pages_on(made: BuiltBook, printed: Printed, page: int) -> list[Document]:
    """Return the book's pages of which something is on a page of the PDF, counted from 0."""
    begun = [
        (place.page, each)
        for each in made.book.documents
        if (place := printed.place(f"{each.name}::doc")) is not None
    ]
    ends = (*(first for first, _ in begun[1:]), len(printed.numbers))
    return [each for (first, each), end in zip(begun, ends, strict=False) if first <= page <= end]


def _is_written(made: BuiltBook, printed: Printed, page: int, mark: str) -> bool:
    """Say whether the sources of a page of the PDF have a text; contents, references and the index come from all of them."""
    there = pages_on(made, printed, page)
    listed = [each for each in made.book.documents if each.listed]
    if not there or there[-1] == listed[-1]:
        there = list(made.book.documents)
        if any(mark in path.read_text(encoding="utf-8") for path in _bibliographies(made)):
            return True
    return any(
        made.line_of(each.path, mark) or any(mark in text for _, text in source_places.outputs(made, each))
        for each in there
    )


def _bibliographies(made: BuiltBook) -> list[Path]:
    return sorted((made.settings.project / "bib").glob("*.bib"))


def _written(made: BuiltBook, character: str, font: str) -> Iterator[tuple[str, int | None]]:
    """Yield where a character stands that is set in a font: in text, in code or in what it printed."""
    code = "mono" in font.lower()
    kinds = (_in_code, _in_outputs, _in_sources) if code else (_in_text, _in_sources, _in_outputs)
    for kind in kinds:
        if found := list(kind(made, character)):
            yield from found
            return


def _in_text(made: BuiltBook, character: str) -> Iterator[tuple[str, int | None]]:
    for page in made.facts.pages.values():
        for passage in page.passages:
            for number, text in enumerate(passage.text.split("\n")):
                if character in text:
                    yield page.path, passage.line + number if passage.line else None


def _in_code(made: BuiltBook, character: str) -> Iterator[tuple[str, int | None]]:
    for document in made.book.documents:
        for cell in document.cells:
            for number, text in enumerate(cell.source.split("\n")):
                if character in text:
                    yield document.path, cell.line + number if cell.line else None
    for page in made.facts.pages.values():
        for sample in page.samples:
            if character in sample.text:
                yield page.path, made.line_of(page.path, character, sample.line or 1)


def _in_outputs(made: BuiltBook, character: str) -> Iterator[tuple[str, int | None]]:
    for document in made.book.documents:
        for line, text in source_places.outputs(made, document):
            if character in text:
                yield document.path, line


def _in_sources(made: BuiltBook, character: str) -> Iterator[tuple[str, int | None]]:
    paths = [each.path for each in made.book.documents]
    for path in (*paths, *map(made.relative, _bibliographies(made))):
        yield from ((path, line) for line in source_places.lines_with(made, path, character))


def _log(printed: Printed) -> str:
    path = printed.log
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
