"""What is around LaTeX: how it is started and stopped, and what becomes of its PDF."""

import signal
import subprocess
import sys
import time
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
from toolchain.forms.pdf import form
from toolchain.forms.pdf.postprocess import finish
from toolchain.forms.pdf.typeset import Typesetter
from toolchain.messages.progress import Plain
from toolchain.project import settings
from toolchain.project.settings import Edition

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

    finish(made, target, edition_of(copied, profile="kdp"), copied / "_build/sphinx", limit=60)

    with pikepdf.open(made) as before, pikepdf.open(target) as after:
        assert "/Info" in before.trailer
        assert "/Info" not in after.trailer
        assert "/Metadata" not in after.Root
        for page, printed in zip(before.pages, after.pages, strict=True):
            page.contents_coalesce()
            printed.contents_coalesce()
            assert page.Contents.read_bytes() == printed.Contents.read_bytes()


def test_a_page_of_greys_has_what_ghostscript_drew_and_nothing_else(copied: Path, tmp_path: Path) -> None:
    made, target = copied / PDF, tmp_path / "print.pdf"
    with pikepdf.open(made, allow_overwriting_input=True) as pdf:
        for page in pdf.pages:
            page.Group = pikepdf.Dictionary(S=pikepdf.Name.Transparency, CS=pikepdf.Name.DeviceRGB)
        font = next(font for font in pdf.objects if "/ToUnicode" in font and "Mono" in str(font.BaseFont))
        del font.ToUnicode
        pdf.save(made)

    finish(made, target, edition_of(copied, grey=True), copied / "_build/sphinx", limit=60)

    texts = []
    for path in (made, target):
        with pypdfium2.PdfDocument(path) as document:
            every = [page.get_textpage().get_text_range() for page in document]
        # Ghostscript gives the letters of a plot other numbers.
        texts.append([text for text in every if "Figure 1.1" not in text])
    assert texts[0] == texts[1]
    plotted = [number for number, text in enumerate(every) if text.count("Figure 1.1") and "A wave." in text]
    with pikepdf.open(target) as pdf:
        assert [number for number, page in enumerate(pdf.pages) if "/Group" in page.obj] == plotted[-1:]


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        (
            0.01,
            "Ghostscript was not done with the colours of two-pages.pdf after 0.01 seconds, and was ended",
        ),
        (60, "Ghostscript could not convert the colours of two-pages.pdf"),
    ],
)
def test_ghostscript_that_fails_is_told(
    limit: float, sentence: str, copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/gs"
    program.write_text(f"#!/bin/sh\nsleep {60 if limit < 1 else 0}\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")

    with pytest.raises(BuilderError) as raised:
        finish(
            copied / PDF,
            tmp_path / "a.pdf",
            edition_of(copied, grey=True),
            copied / "_build/sphinx",
            limit=limit,
        )

    assert raised.value.message == sentence
    assert raised.value.remedy == (
        "Its log: _build/sphinx/two-pages.gs.log. Without `grey` the edition keeps its colours."
    )


def test_what_the_pdf_depends_on_says_which_programs_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert list(form.PDF.machine())[:4] == [f"{name} " for name in ("xelatex", "xindy", "rsvg-convert", "gs")]
