"""What is around LaTeX: how it is started and stopped, and what becomes of its PDF."""

import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
import pikepdf
import psutil
import pypdfium2
import pytest
from support.processes import below
from support.running import run_toolchain
from support.tampering import PDF, WAVES

from toolchain.base.errors import BuilderError
from toolchain.base.files import sha256_bytes
from toolchain.forms.pdf import form, standards
from toolchain.forms.pdf.postprocess import finish
from toolchain.forms.pdf.typeset import Typesetter
from toolchain.messages.progress import Plain
from toolchain.project import settings
from toolchain.project.settings import Edition

MADE = "_build/latex/two-pages-screen.pdf"
COLOURS = {"g", "G", "rg", "RG", "k", "K", "cs", "CS", "sc", "SC", "scn", "SCN"}
ENDLESS = "\n```{raw} latex\n\\def\\again{\\again}\\again\n```\n"


def edition_of(project: Path, **changes: object) -> Edition:
    (edition,) = settings.load(project).editions
    return msgspec.structs.replace(edition, **changes)


def latex_of(build: "subprocess.Popen[str]") -> list[psutil.Process]:
    return below(build.pid, lambda process: process.name() == "xelatex")


def test_an_interrupt_ends_latex(copied: Path) -> None:
    with (copied / WAVES).open("a", encoding="utf-8") as page:
        page.write(ENDLESS)
    with subprocess.Popen(
        [sys.executable, "-m", "toolchain", "build", "pdf", "--project", str(copied)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as build:
        try:
            while not (latex := latex_of(build)):
                assert build.poll() is None
                time.sleep(0.05)

            build.send_signal(signal.SIGINT)
            _, stderr = build.communicate(timeout=60)
        finally:
            build.kill()  # what it runs would have no end

    assert build.returncode == 130
    assert "interrupted" in stderr
    assert "Traceback" not in stderr
    assert psutil.wait_procs(latex, timeout=10)[1] == []


def test_a_text_that_is_not_there_is_told(copied: Path) -> None:
    folder, work = copied / "_build/latex", copied / "_build/sphinx"
    for path in folder.glob("two-pages-screen.*"):
        path.unlink()

    with pytest.raises(BuilderError, match=r"Emergency stop\.\n<\*> two-pages-screen\.tex\n") as raised:
        Typesetter(settings.load(copied), 0, work, Plain(lambda _: None)).editions(
            folder, copied / "_build/pdf"
        )

    assert raised.value.remedy == "The whole log: _build/sphinx/two-pages-screen.xelatex.log"


def test_what_latex_can_set_is_left_when_it_stops_and_says_what_it_is(copied: Path) -> None:
    page = copied / WAVES
    text = page.read_text(encoding="utf-8")
    page.write_text(f"{text}\nWrong: $\\nothing$ and $x^2^3$.\n\nWhat comes after it.\n", encoding="utf-8")

    build = run_toolchain("build", "pdf", project=copied)

    unfinished = copied / "_build/pdf/two-pages-unfinished.pdf"
    assert build.code == 5
    assert "\nWhat could be set: _build/pdf/two-pages-unfinished.pdf\n" in build.stdout
    with pypdfium2.PdfDocument(unfinished) as document:
        pages = [sheet.get_textpage().get_text_range() for sheet in document]
    assert all("Unfinished: LaTeX could not set all of this book" in sheet for sheet in pages)
    assert any("What comes after it." in sheet for sheet in pages)
    page.write_text(text, encoding="utf-8")
    assert run_toolchain("build", "pdf", project=copied).code == 0
    assert not unfinished.exists()


def test_metadata_is_left_out_for_a_printer_who_wants_none(copied: Path, tmp_path: Path) -> None:
    made, target = copied / PDF, tmp_path / "print.pdf"

    finish(made, target, edition_of(copied, profile="kdp"), copied / "_build/sphinx")

    with pikepdf.open(made) as before, pikepdf.open(target) as after:
        assert "/Info" in before.trailer
        assert "/Info" not in after.trailer
        assert "/Metadata" not in after.Root
        for page, printed in zip(before.pages, after.pages, strict=True):
            page.contents_coalesce()
            printed.contents_coalesce()
            assert page.Contents.read_bytes() == printed.Contents.read_bytes()


def test_an_edition_in_greys_says_and_shows_the_same_and_is_tagged_alike(
    copied: Path, tmp_path: Path
) -> None:
    made, work = copied / MADE, copied / "_build/sphinx"
    tags = copied / "_build/latex/two-pages.tags.json"
    plain, grey = tmp_path / "plain.pdf", tmp_path / "grey.pdf"
    finish(made, plain, edition_of(copied), work, tags=tags)
    finish(made, grey, edition_of(copied, colours="grey"), work, tags=tags)

    texts, kinds, contents = [], [], []
    for path in (plain, grey):
        with pypdfium2.PdfDocument(path) as document:
            texts.append([page.get_textpage().get_text_range() for page in document])
        with pikepdf.open(path) as pdf:
            elements = [
                str(thing.S)
                for thing in pdf.objects
                if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/StructElem"
            ]
            kinds.append(Counter(elements))
            contents.append(
                [
                    [
                        str(instruction.operator)
                        for instruction in pikepdf.parse_content_stream(page)
                        if str(instruction.operator) not in COLOURS
                    ]
                    for page in pdf.pages
                ]
            )
    assert texts[0] == texts[1]
    assert kinds[0] == kinds[1]
    assert kinds[1]["/Figure"]
    assert kinds[1]["/P"]
    assert contents[0] == contents[1]


def test_the_bytes_of_every_standard_are_those_of_another_folder(copied: Path, tmp_path: Path) -> None:
    tags = copied / "_build/latex/two-pages.tags.json"
    editions = [
        edition_of(copied, standard="PDF/A-2b"),
        edition_of(copied, colours="cmyk", standard="PDF/X-4"),
        edition_of(copied, colours="grey", standard="PDF/X-1a:2001", profile="ingramspark"),
    ]
    written = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        made = Path(shutil.copy(copied / MADE, folder / "made.pdf"))
        for number, edition in enumerate(editions):
            finish(made, folder / f"{number}.pdf", edition, folder, tags=tags)
        written.append([(folder / f"{number}.pdf").read_bytes() for number in range(len(editions))])

    assert [sha256_bytes(data) for data in written[0]] == [sha256_bytes(data) for data in written[1]]
    assert [data[:8] for data in written[0]] == [b"%PDF-1.5", b"%PDF-1.6", b"%PDF-1.3"]
    assert all(str(tmp_path).encode() not in data for data in written[0])


def test_what_decides_the_colours_decides_whether_an_edition_is_made_again(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, target, work = copied / MADE, tmp_path / "a.pdf", copied / "_build/sphinx"
    grey = edition_of(copied, colours="grey")
    finish(made, target, grey, work)
    stood = target.stat().st_mtime_ns
    finish(made, target, grey, work)
    assert target.stat().st_mtime_ns == stood

    another = tmp_path / "another.icc"
    another.write_bytes((standards.paper() or Path()).read_bytes() + b"\0")
    monkeypatch.setattr(standards, "paper", lambda: another)
    finish(made, target, grey, work)
    assert target.stat().st_mtime_ns != stood

    inks = msgspec.structs.replace(grey, colours="cmyk")
    before = target.read_bytes()
    finish(made, target, inks, work)
    assert target.read_bytes() != before


def test_a_paper_whose_profile_is_not_there_is_told(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standards, "paper", lambda: None)
    edition = edition_of(copied, colours="grey", standard="PDF/X-4")

    with pytest.raises(BuilderError) as raised:
        finish(copied / MADE, tmp_path / "a.pdf", edition, copied / "_build/sphinx")

    assert raised.value.message.startswith(
        "the ICC profile FOGRA39L_coated.icc, which PDF/X-4 asks for, cannot be read"
    )
    assert not (tmp_path / "a.pdf").exists()


def test_what_the_pdf_depends_on_says_which_programs_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert list(form.PDF.machine())[:3] == [f"{name} " for name in ("xelatex", "xindy", "rsvg-convert")]
