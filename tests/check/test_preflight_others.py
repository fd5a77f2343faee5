"""False alarms: what other people made, TeX Live's own documentation, passes every rule that applies to any PDF.

What poppler says of the same files is the measure: a font that it does not find in a file is a finding, and nothing else is.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pikepdf
import pytest
from support.projects import copy_project

from toolchain.check import CHECKS
from toolchain.check.base import BuiltBook, ReadBook
from toolchain.check.preflight import base
from toolchain.forms.pdf import printers
from toolchain.forms.pdf.printers import Demand, Profile, Rules
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Book
from toolchain.project import settings
from toolchain.project.settings import Edition, Settings

FOLDERS = ("/usr/share/texlive/texmf-dist", "/usr/share/texmf/doc")
FILES = 150
"""Looked at, spread evenly over all that there are."""
LARGEST = 1_000_000
"""Bytes of a file that is looked at; the manuals of many hundred pages have nothing new to show."""
PAGES = 80
DEMAND = Demand(reason="For the test.", source="This test.")
ANY = Rules(fonts_embedded=DEMAND, no_encryption=DEMAND)
"""What holds for any PDF, whoever prints it; other rules are about a printer's machines, or about our book."""
IDS = (
    *(
        "PDF003",
        "PDF006",
        "PRE001",
        "PRE002",
        "PRE004",
        "PRE005",
        "PRE006",
        "PRE007",
        "PRE008",
        "PRE009",
        "PRE010",
    ),
    *("PRE011", "PRE013", "PRE014", "PRE015", "PRE016", "PRE017", "PRE018"),
)
COVER = printers.load("generic").cover
POINTS = 72 / 25.4


class Foreign(BuiltBook):
    """A PDF that was not made from a book of ours."""

    def __init__(self, settings: Settings, path: Path) -> None:
        """`path` is the PDF's in the project."""
        super().__init__(ReadBook(settings, book=Book(())))
        self._path = path

    @cached_property
    def editions(self) -> tuple[Printed, ...]:
        """The PDF as an edition whose paper is its first page."""
        with pikepdf.open(self._path) as pdf:
            left, bottom, right, top = (float(coordinate) / POINTS for coordinate in pdf.pages[0].mediabox)
        edition = Edition(
            name="print",
            kind="print",
            paper=(right - left, top - bottom),
            isbn="",
            profile="any",
            colours=None,
            stem=self._path.stem,
            file=self._path.name,
        )
        return (Printed(self._path, self._path.with_suffix(".aux"), edition),)


def documents() -> list[Path]:
    """Return some of the PDFs that TeX Live has brought here."""
    every = {
        Path(os.path.realpath(Path(folder, name)))
        for root in FOLDERS
        for folder, _, names in os.walk(root, followlinks=True)
        for name in names
        if name.endswith(".pdf")
    }
    small = sorted(path for path in every if path.is_file() and path.stat().st_size <= LARGEST)
    return small[:: max(len(small) // FILES, 1)]


def well_formed(path: Path) -> bool:
    """Say whether qpdf has nothing to say against a file, and it is short."""
    try:
        with pikepdf.open(path, attempt_recovery=False) as pdf:
            return len(pdf.pages) <= PAGES and not [*pdf.check_pdf_syntax(), *pdf.get_warnings()]
    except pikepdf.PdfError:
        return False


def output_lines(*command: str) -> list[str]:
    return subprocess.run(
        command, capture_output=True, text=True, check=True, errors="replace"
    ).stdout.splitlines()


def lacking(path: Path) -> set[str]:
    """Return the fonts that are not in a file, as poppler sees them."""
    # Columns: name, type, encoding, embedded, subset, has characters, object and generation.
    rows = [line.rsplit(maxsplit=5) for line in output_lines("pdffonts", str(path))[2:]]
    return {re.sub(r"^[A-Z]{6}\+", "", row[0].split()[0]) for row in rows if row[1] == "no"}


def alike(path: Path) -> bool:
    """Say whether all boxes of all pages are those of the first page, as poppler sees them."""
    lines = output_lines("pdfinfo", "-box", "-f", "1", "-l", str(PAGES), str(path))
    boxes = [line.split()[-4:] for line in lines if re.match(r"Page +\d+ (?:Media|Crop|Trim|Art)Box:", line)]
    turned = [line for line in lines if re.match(r"Page +\d+ rot:", line) and not line.endswith(" 0")]
    first = list(map(float, boxes[0]))
    near = all(abs(float(a) - b) < 0.1 * POINTS for box in boxes for a, b in zip(box, first, strict=True))
    return near and first[:2] == [0, 0] and not turned


@pytest.fixture(scope="module")
def corpus() -> list[Path]:
    if not shutil.which("pdffonts"):
        pytest.skip("poppler's programs are not here to compare with")
    paths = [path for path in documents() if well_formed(path)]
    if not paths:
        pytest.skip(f"TeX Live has no documents in {' or '.join(FOLDERS)}")
    return paths


def findings(project: Path, corpus: list[Path]) -> Iterator[tuple[Path, list[tuple[str, str]]]]:
    project_settings = settings.load(project)
    for number, path in enumerate(corpus):
        link = project / f"_build/pdf/{number}.pdf"
        link.symlink_to(path)
        link.with_suffix(".aux").touch()
        foreign = Foreign(project_settings, link)
        yield (
            path,
            [(finding.id, finding.message) for name in IDS for finding in CHECKS[name].findings(foreign)],
        )


def test_other_peoples_documents_have_no_other_flaws_than_poppler_finds(
    corpus: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project("editions", tmp_path)
    (project / "_build/pdf").mkdir(parents=True)
    monkeypatch.setattr(
        base, "load", lambda _: Profile(title="any", read="2026-11-23", rules=ANY, cover=COVER)
    )

    wrong = {}
    for path, reported in findings(project, corpus):
        fonts = {
            re.sub(r"^the font (.*) is not embedded .*", r"\1", text)
            for name, text in reported
            if name == "PRE001"
        }
        others = {name for name, _ in reported} - {"PRE001"}
        if fonts != lacking(path) or others != (set() if alike(path) else {"PRE011"}):
            wrong[str(path)] = reported

    assert wrong == {}
