"""The printed book and the archives of notebooks, changed after they were made: each change is a finding, and no other."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from support.running import run_toolchain
from support.tampering import (
    ALONE,
    CHAPTER,
    NOTEBOOK,
    PDF,
    SITE,
    WAVES,
    WHOLE,
    change_notebook,
    change_pdf,
    change_zip,
    findings,
)


def first(notebook: Any, kind: str) -> Any:
    return next(cell for cell in notebook["cells"] if cell["cell_type"] == kind)


def links_of(pdf: pikepdf.Pdf) -> list[Any]:
    return [
        annotation
        for page in pdf.pages
        for annotation in page.get("/Annots", ())
        if annotation.get("/A", {}).get("/S") == "/GoTo"
    ]


def test_a_lost_place_is_named_once_with_all_that_lead_there(copied: Path) -> None:
    def drop(pdf: pikepdf.Pdf) -> None:
        names = pikepdf.NameTree(pdf.Root.Names.Dests)
        (figure,) = (name for name in names if name.startswith("figure."))
        names[figure + "x"] = names[figure]
        del names[figure]

    change_pdf(copied, drop)

    (identifier, path, line, message), lost = findings(copied)

    assert lost == ("LBL002", WAVES, 16, "figure fig-wave is not in the PDF")
    assert (identifier, path, line) == ("PDF003", PDF, None)
    assert message.startswith("the link “Figure 1.1” on page 1 leads to 'figure.caption.")
    assert message.endswith("', which is no place of the PDF")


def test_a_lost_chapter_is_named(copied: Path) -> None:
    def drop(pdf: pikepdf.Pdf) -> None:
        del pikepdf.NameTree(pdf.Root.Names.Dests)["chapter.1"]

    change_pdf(copied, drop)

    assert findings(copied) == [
        (
            "PDF003",
            PDF,
            None,
            "the link “1 Waves” on page iii leads to 'chapter.1', which is no place of the PDF (and 2 more)",
        ),
        ("PDF004", WAVES, None, "Chapter\N{NO-BREAK SPACE}1 is not in the PDF"),
    ]


def test_a_link_to_an_unknown_name_is_named(copied: Path) -> None:
    def turn(pdf: pikepdf.Pdf) -> None:
        (link,) = (link for link in links_of(pdf) if str(link.A.D).startswith("equation"))
        link.A.D = pikepdf.String("elsewhere")

    change_pdf(copied, turn)

    assert findings(copied) == [
        ("PDF003", PDF, None, "the link “1.1” on page 1 leads to 'elsewhere', which is no place of the PDF")
    ]


def test_a_bookmark_to_a_page_that_is_not_there_is_named(copied: Path) -> None:
    def turn(pdf: pikepdf.Pdf) -> None:
        other = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Page))
        pdf.Root.Outlines.Last.A.D = pikepdf.Array([other, pikepdf.Name.Fit])

    change_pdf(copied, turn)

    assert findings(copied) == [("PDF003", PDF, None, "the bookmark “Index” leads to no page of the PDF")]


def test_a_place_that_says_nothing_is_none(copied: Path) -> None:
    def empty(pdf: pikepdf.Pdf) -> None:
        pikepdf.NameTree(pdf.Root.Names.Dests)["chapter*.4"] = pikepdf.Array([])

    change_pdf(copied, empty)

    assert findings(copied) == [
        (
            "PDF003",
            PDF,
            None,
            "the link “Index” on page iii leads to 'chapter*.4', which is no place of the PDF (and 1 more)",
        )
    ]


def test_bookmarks_without_an_end_are_damage(copied: Path) -> None:
    def turn(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Outlines.First.Next = pdf.Root.Outlines.First

    change_pdf(copied, turn)

    assert findings(copied) == [("PDF006", PDF, None, "the outline is a circle")]


def change_text(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_page_in_the_place_of_another_is_named(copied: Path) -> None:
    record = copied / "_build/latex/two-pages-screen.aux"
    change_text(record, "{section*.2}{}}", "{figure.caption.3}{}}")

    assert findings(copied) == [
        ("PDF004", WAVES, None, "Chapter\N{NO-BREAK SPACE}1 is on page 1, before “Two pages”")
    ]


def test_a_number_that_no_source_asks_for_is_named_with_its_page(copied: Path) -> None:
    log = copied / "_build/latex/two-pages-screen.log"
    with log.open("a", encoding="utf-8") as record:
        record.write("LaTeX Warning: Reference `nosuch' on page 1 undefined on input line 3.\n")

    assert findings(copied) == [("PDF001", PDF, None, "page 1: ?? instead of the number of nosuch")]


def test_a_lost_bookmark_is_named_at_its_section(copied: Path) -> None:
    def drop(pdf: pikepdf.Pdf) -> None:
        with pdf.open_outline() as outline:
            outline.root = [bookmark for bookmark in outline.root if bookmark.title != "1 Waves"]

    change_pdf(copied, drop)

    assert findings(copied) == [("PDF005", WAVES, 8, "1 Waves: no bookmark")]


def test_a_bookmark_with_other_words_is_named(copied: Path) -> None:
    def rename(pdf: pikepdf.Pdf) -> None:
        with pdf.open_outline() as outline:
            next(bookmark for bookmark in outline.root if bookmark.title == "1 Waves").title = "2 Wind"

    change_pdf(copied, rename)

    assert findings(copied) == [("PDF005", WAVES, 8, "1 Waves: the bookmark says “2 Wind”")]


@pytest.mark.parametrize("end", [0, 1, 1000, -10])
def test_a_pdf_that_was_cut_short_is_no_traceback(end: int, copied: Path) -> None:
    data = (copied / PDF).read_bytes()
    (copied / PDF).write_bytes(data[:end])

    ((identifier, path, line, message),) = findings(copied)

    assert (identifier, path, line) == ("PDF006", PDF, None)
    assert message
    assert str(copied) not in message


def test_a_pdf_with_changed_bytes_is_damaged(copied: Path) -> None:
    data = bytearray((copied / PDF).read_bytes())
    at = data.index(b"stream", len(data) // 4) + 20
    data[at : at + 40] = bytes(40)
    (copied / PDF).write_bytes(data)

    assert [(finding[0], finding[1]) for finding in findings(copied)] == [("PDF006", PDF)]


def test_a_pdf_that_is_gone_is_named(copied: Path) -> None:
    (copied / PDF).unlink()

    assert [(finding[0], finding[1]) for finding in findings(copied)] == [("PDF006", PDF)]


def test_the_record_of_the_pdf_is_missed(copied: Path) -> None:
    (copied / "_build/latex/two-pages-screen.aux").unlink()

    assert findings(copied) == [("PDF006", PDF, None, "LaTeX's record of it is gone")]


def test_other_code_in_one_archive_is_named_at_its_cell(copied: Path) -> None:
    def change(notebook: Any) -> None:
        first(notebook, "code")["source"] = "import os"

    change_notebook(copied, change)

    assert findings(copied) == [
        ("NB004", WAVES, 23, "cell 1 has other code in the notebook (chapter_waves.zip)")
    ]


def test_a_lost_cell_is_named(copied: Path) -> None:
    change_notebook(copied, lambda notebook: notebook["cells"].pop())

    assert findings(copied) == [("NB004", WAVES, 33, "cell 2 is not in the notebook (chapter_waves.zip)")]


def test_another_cell_is_named(copied: Path) -> None:
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "more",
        "source": "1",
        "outputs": [],
        "execution_count": None,
        "metadata": {},
    }
    change_notebook(copied, lambda notebook: notebook["cells"].append(cell))

    assert findings(copied) == [
        ("NB004", WAVES, None, "the notebook has 3 code cells, the page 2 (chapter_waves.zip)")
    ]


def test_a_link_that_leads_nowhere_is_named_once_an_archive(copied: Path) -> None:
    def change(notebook: Any) -> None:
        markdown = '\n\n[x](nothing.md) <a href="http://[">y</a> [z](nothing.md)'
        first(notebook, "markdown")["source"] += markdown

    change_notebook(copied, change)

    dead = [
        "the link http://[ leads nowhere (chapter_waves.zip)",
        "the link nothing.md leads nowhere (chapter_waves.zip)",
    ]
    assert sorted(finding[3] for finding in findings(copied)) == dead

    (copied / WAVES).unlink()

    reported = [finding for finding in findings(copied) if finding[0] == "NB002"]
    assert reported == [("NB002", CHAPTER, None, message) for message in dead]


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        (300 << 20, "chapter_waves/README.md has more than 256 MB"),
        (0xFFFFFFF0, "it would unpack to more than 16 GB"),
    ],
)
def test_an_archive_that_is_too_large_to_be_true_is_not_unpacked(
    size: int, problem: str, copied: Path
) -> None:
    change_zip(
        copied / CHAPTER, lambda files: files.update({"chapter_waves/more": b"", "chapter_waves/yet": b""})
    )
    data = bytearray((copied / CHAPTER).read_bytes())
    with zipfile.ZipFile(copied / CHAPTER) as archive:
        at = archive.start_dir
        for member in archive.infolist():
            # What the directory of the archive says of the size.
            data[at + 24 : at + 28] = size.to_bytes(4, "little")
            at += 46 + len(member.filename) + len(member.extra)
    for path in (copied / CHAPTER, copied / SITE / "chapter_waves.zip"):
        path.write_bytes(data)

    assert findings(copied) == [("NB004", CHAPTER, None, problem)]


def test_a_lost_notebook_is_named_with_the_links_to_it(copied: Path) -> None:
    change_zip(copied / WHOLE, lambda files: files.__delitem__(f"two-pages/{NOTEBOOK}"))

    assert findings(copied) == [
        ("NB004", WAVES, None, "its notebook is not there (two-pages.zip)"),
        (
            "NB002",
            "book/index.md",
            None,
            "the link chapter_waves/1-waves.ipynb leads nowhere (two-pages.zip)",
        ),
    ]


def test_a_lost_notebook_for_the_site_is_named(copied: Path) -> None:
    (copied / ALONE).unlink()

    assert findings(copied) == [("NB004", ALONE, None, "No such file or directory")]


def test_a_notebook_that_the_site_lacks_is_named(copied: Path) -> None:
    (copied / SITE / "chapter_waves/index.ipynb").unlink()

    # The dead link is the site's.
    reported = [finding for finding in findings(copied) if finding[0].startswith("NB")]

    assert reported == [
        ("NB005", f"{SITE}/chapter_waves/index.ipynb", None, "the site does not have it"),
    ]


def test_a_lost_image_is_named_at_its_line(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    (project / "img").mkdir()
    (project / "img/a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    page = project / "book/index.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n![A dot](../img/a.svg)\n", encoding="utf-8")
    assert run_toolchain("build", "notebooks", project=project).code == 0

    change_zip(project / WHOLE, lambda files: files.__delitem__("two-pages/img/a.svg"))

    assert findings(project) == [
        ("NB002", "book/index.md", 9, "the link ../img/a.svg leads nowhere (two-pages.zip)")
    ]


def test_an_invalid_notebook_is_named_with_its_path(copied: Path) -> None:
    change_notebook(copied, lambda notebook: first(notebook, "code").pop("outputs"))

    assert findings(copied) == [
        ("NB001", WAVES, None, f"chapter_waves/{NOTEBOOK}: 'outputs' is a required property")
    ]


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"\xff", b'{"nbformat": 4, "nbformat_minor": 5, "cells": 3}']
)
def test_what_is_no_notebook_is_named(data: bytes, copied: Path) -> None:
    change_zip(copied / CHAPTER, lambda files: files.update({f"chapter_waves/{NOTEBOOK}": data}))

    assert [(finding[0], finding[1]) for finding in findings(copied)] == [("NB001", WAVES)]


def test_markup_of_ours_in_a_cell_is_named(copied: Path) -> None:
    def change(notebook: Any) -> None:
        first(notebook, "markdown")["source"] += "\n\nSee {ref}`x`, [there](page:/chapter_waves/index)."

    change_notebook(copied, change)

    assert [finding[0::3] for finding in findings(copied)] == [
        ("NB003", "“page:/chapter_waves/index” is left in the notebook (chapter_waves.zip)"),
        ("NB003", "“{ref}`x`” is left in the notebook (chapter_waves.zip)"),
    ]


def test_a_missing_attachment_is_named(copied: Path) -> None:
    for path in (copied / ALONE, copied / SITE / "chapter_waves/index.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        first(notebook, "markdown")["source"] += "\n\n![A](attachment:a.png)"
        path.write_text(json.dumps(notebook), encoding="utf-8")

    assert findings(copied) == [
        (
            "NB002",
            WAVES,
            None,
            "the link attachment:a.png leads nowhere (notebooks-alone/chapter_waves/index.ipynb)",
        )
    ]


def test_lost_instructions_are_named(copied: Path) -> None:
    def drop(files: dict[str, bytes]) -> None:
        del files["chapter_waves/README.md"]
        files["chapter_waves/requirements.txt"] += b"./waves-0.1.0-py3-none-any.whl\n"

    change_zip(copied / CHAPTER, drop)

    assert findings(copied) == [
        ("NB004", CHAPTER, None, "README.md is not in it"),
        (
            "NB004",
            CHAPTER,
            None,
            "waves-0.1.0-py3-none-any.whl is not in it, which requirements.txt names",
        ),
    ]


def test_damaged_archives_are_named(copied: Path) -> None:
    data = bytearray((copied / CHAPTER).read_bytes())
    data[data.index(b"heights.csv") + len(b"heights.csv") + 2] ^= 0xFF
    for name, damaged in ((CHAPTER, bytes(data)), (WHOLE, (copied / WHOLE).read_bytes()[:-100])):
        (copied / name).write_bytes(damaged)
        (copied / SITE / Path(name).name).write_bytes(damaged)

    assert [finding[:2] for finding in findings(copied)] == [("NB004", CHAPTER), ("NB004", WHOLE)]


def test_a_site_with_another_notebook_is_named(copied: Path) -> None:
    (copied / SITE / "index.ipynb").write_text("{}", encoding="utf-8")
    (copied / SITE / "extra.ipynb").write_text("{}", encoding="utf-8")

    assert findings(copied) == [
        ("NB005", f"{SITE}/extra.ipynb", None, "no such notebook was made"),
        ("NB005", f"{SITE}/index.ipynb", None, "is not the same as _build/notebooks-alone/index.ipynb"),
    ]


def test_text_in_no_tag_is_named(copied: Path) -> None:
    def stamp(pdf: pikepdf.Pdf) -> None:
        pdf.pages[2].contents_add(pdf.make_stream(b"BT 3 Tr /F1 9 Tf 90 90 Td <0001> Tj ET"))

    change_pdf(copied, stamp)

    assert findings(copied) == [("PDF010", PDF, None, "text in no tag on page iii")]


def test_a_pdf_without_tags_is_named(copied: Path) -> None:
    def forget(pdf: pikepdf.Pdf) -> None:
        del pdf.Root.StructTreeRoot

    change_pdf(copied, forget)

    assert findings(copied) == [("PDF010", PDF, None, "the PDF has no tags")]
