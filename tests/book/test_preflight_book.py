"""Our book's edition for print, as each printer that there is a profile for asks for it."""

import shutil
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from support.running import report_of, run_toolchain

from toolchain.forms.pdf import printers


@pytest.mark.slow
def test_our_book_can_go_to_every_printer(book: Path, tmp_path: Path) -> None:
    project = tmp_path / "book"
    for folder in ("book", "_config", "bib", "img", "_build/store"):
        shutil.copytree(book / folder, project / folder)
    for page in book.glob("*.md"):  # they show some of the images
        shutil.copyfile(page, project / page.name)
    # Black and white: in colours the book would cost as much as one with photographs.
    editions = "".join(
        f'[pdf.editions.{name}]\nkind = "print"\nprofile = "{name}"\ncolours = "grey"\n'
        for name in printers.names()
    )
    toml = project / "_config/book.toml"
    text = toml.read_text(encoding="utf-8")
    for edition in ("screen", "print", "draft"):
        text = text.replace(f"[pdf.editions.{edition}]\n", "")
    toml.write_text(text.replace("[check]\n", f"{editions}[check]\n", 1), encoding="utf-8")

    build = run_toolchain("build", "pdf", project=project)

    assert report_of(project)["findings"] == []
    assert build.code == 0, build.stdout + build.stderr
    assert len(list((project / "_build/pdf").glob("*.pdf"))) == 2 * len(printers.names())
    for printer in printers.names():
        with pikepdf.open(project / f"_build/pdf/deep-learning-by-doing-{printer}.pdf") as pdf:
            pages = len(pdf.pages)
        with pypdfium2.PdfDocument(
            project / f"_build/pdf/deep-learning-by-doing-{printer}-cover.pdf"
        ) as cover:
            (page,) = cover
            text = page.get_textpage().get_text_bounded()
            width, height = (length / 72 * 25.4 for length in page.get_size())
        spine = pages / 444 * 25.4 + 0.06 * 25.4 if printer == "lulu" else pages * 0.002252 * 25.4
        assert (width, height) == pytest.approx((2 * 187 + spine + 6.35, 235 + 6.35), abs=0.05)
        # The spine has its words, too.
        assert text.count("Deep Learning by Doing") == 2
        assert "Every model is built twice" in text
