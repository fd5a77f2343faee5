"""`toolchain proof`: the sheets have the pages that they say, as they are in the book."""

import re
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from support.running import run_toolchain

CAPTION = re.compile(r"^(?P<number>\w+) {3}(?P<words>.*)$")


def captions_of(sheets: Path) -> list[tuple[str, str]]:
    """Return number and words of each caption, as the sheets' own content has them; the title apart."""
    with pikepdf.open(sheets) as pdf:
        streams = [
            page.Contents[-1] if isinstance(page.Contents, pikepdf.Array) else page.Contents
            for page in pdf.pages
        ]
        escaped_texts = [
            text
            for stream in streams
            for text in re.findall(r"\((.*)\) Tj", stream.read_bytes().decode("cp1252"))
        ]
    plain = [text.replace("\\", "") for text in escaped_texts]
    return [(match["number"], match["words"]) for text in plain if (match := CAPTION.match(text))]


def content(page: pikepdf.Page) -> bytes:
    """Return what is drawn on a page."""
    parts = page.Contents if isinstance(page.Contents, pikepdf.Array) else [page.Contents]
    return squeezed(b" ".join(part.read_bytes() for part in parts))


def squeezed(drawn: bytes) -> bytes:
    return b"".join(drawn.split())


def placed_in(sheets: Path) -> list[bytes]:
    """Return the content of each page of the book that is placed on the sheets, in order."""
    with pikepdf.open(sheets) as pdf:
        forms: list[list[tuple[int, Any]]] = [
            sorted((int(name.strip("/P")), form) for name, form in page.Resources.XObject.items())
            for page in pdf.pages
        ]
        return [squeezed(form.read_bytes()) for page in forms for _, form in page]


def test_sheet_shows_the_telling_pages_with_their_numbers(copied: Path) -> None:
    run = run_toolchain("proof", project=copied)

    assert (run.code, run.stdout) == (0, "_build/pdf/two-pages-screen-proof.pdf\n")
    sheets, book = copied / "_build/pdf/two-pages-screen-proof.pdf", copied / "_build/pdf/two-pages.pdf"
    captions = captions_of(sheets)
    with pikepdf.open(book) as pdf:
        numbers = [str(page.label) for page in pdf.pages]
        contents = [content(page) for page in pdf.pages]
    texts = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(book)]
    shown = [contents.index(placed) for placed in placed_in(sheets)]
    assert [numbers[page] for page in shown] == [number for number, _ in captions]
    text_by_reason = {
        reason: texts[page]
        for page, (_, words) in zip(shown, captions, strict=True)
        for reason in words.split(", ")
    }
    assert set(text_by_reason) == {
        "title",
        "front matter",
        "contents",
        "chapter",
        "plot: Figure 1.1",
        "equation (1.1)",
        "index",
        "last page",
    }
    assert "Two pages" in text_by_reason["title"]
    assert "Contents" in text_by_reason["contents"]
    assert "Figure 1.1" in text_by_reason["plot: Figure 1.1"]
    assert "(1.1)" in text_by_reason["equation (1.1)"]
    assert "sine" in text_by_reason["index"]
    # The same again, byte for byte; a sheet can be read as a picture, too.
    before = sheets.read_bytes()
    assert run_toolchain("proof", "--edition", "screen", project=copied).code == 0
    assert sheets.read_bytes() == before
    picture = pypdfium2.PdfDocument(sheets)[0].render(scale=0.2)
    assert (picture.width, picture.height) == (239, 169)


def test_every_page_is_shown_on_demand_and_none_of_a_book_that_is_not_built(copied: Path) -> None:
    assert run_toolchain("proof", "--all", project=copied).code == 0

    with pikepdf.open(copied / "_build/pdf/two-pages.pdf") as pdf:
        contents = [content(page) for page in pdf.pages]
    assert placed_in(copied / "_build/pdf/two-pages-screen-proof.pdf") == contents

    (copied / "_build/pdf/two-pages.pdf").write_bytes(b"%PDF-1.5")
    damaged = run_toolchain("proof", project=copied)
    assert damaged.code == 2
    assert "_build/pdf/two-pages.pdf: " in damaged.stderr
    assert "Run `toolchain build pdf` first." in damaged.stderr

    (copied / "_build/pdf/two-pages.pdf").unlink()
    missing = run_toolchain("proof", project=copied)
    assert missing.code == 2
    assert "the edition 'screen' is not built" in missing.stderr
    assert "Run `toolchain build pdf` first." in missing.stderr
