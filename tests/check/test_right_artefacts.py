"""A book in which everything is right and much is hard to read: no check finds anything, in any form.

What it finds here an author could not mend. Each page has constructs that a check once took for something else, or might.
"""

import base64
import json
import struct
import unicodedata
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pikepdf
import pypdfium2
import pytest
from lxml import html
from PIL import Image
from support.notebook_archives import notebooks_of
from support.projects import copy_project
from support.running import report_of, run_toolchain

FOLDER = "größe & maß"
NAMES = ("a dot", "50% off", "größe", "c.dot", "d #1", "e_dot&more", "图", "f{x}", "q'uote", "p+lus", "w=?")
"""Of pictures, each of another colour; the last ones are named by directives, and by an <img>."""
APART = unicodedata.normalize("NFD", "ärger")
"""As some systems keep the name of a file that is typed with the letter ä."""
ODD = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\u200b\u200f\x1f\x08\xa0\ufeff"
"""Characters that some take for the end of a line, and others that nobody sees."""
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
PAGE = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"


def png(colour: tuple[int, int, int], width: int = 60, height: int = 30) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + bytes(colour) * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"pHYs", struct.pack(">IIB", 7874, 7874, 1))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def colour_of(number: int) -> tuple[int, int, int]:
    return (16 * number, 255 - 16 * number, 128)


def write_pictures(folder: Path) -> None:
    """Write a page with pictures that have all kinds of names, in all ways of naming them."""
    folder.mkdir()
    for number, name in enumerate((*NAMES, APART)):
        (folder / f"{name}.png").write_bytes(png(colour_of(number)))
    # As Pillow writes it: square pixels, in no unit.
    Image.new("RGB", (600, 400), (9, 9, 9)).save(folder / "photo.jpg")
    (folder / "code é.py").write_text("\ufeffprint('read')\n", encoding="utf-8")
    (folder / "part ü.txt").write_bytes("\ufeff## Included\n\nWords of a file.\n".encode())
    (folder / "index.md").write_text(
        "# Größe und Maß\n\n![a](<a dot.png>) ![b](50%25%20off.png) ![c](größe.png) ![d](c.dot.png)\n\n"
        "![e](<d #1.png>)\n\n![f](e_dot&more.png)\n\n![g](%E5%9B%BE.png)\n\n![h](f{x}.png)\n\n"
        ":::{figure} a dot.png\n:alt: i\n:name: fig-dot\n\nA picture with a space in its name.\n:::\n\n"
        '```{image} q\'uote.png\n:alt: j\n```\n\n<img src="p+lus.png" alt="k" width="50">\n\n'
        '<p align="center"><img src="w=%3F.png" alt="l"></p>\n\n![m](ärger.png)\n\n'
        "| ![n](photo.jpg) |\n|---|\n| A table |\n\n"
        "{download}`code <code é.py>`, [part](<part ü.txt>), [encoded](part%20%C3%BC.txt), {numref}`fig-dot`.\n\n"
        "```{literalinclude} code é.py\n```\n\n```{include} part ü.txt\n```\n",
        encoding="utf-8",
    )
    (folder / "ü + b.md").write_text(
        "# Ü & B\n\n(ort-ä)=\n## Ort Ä\n\n[Back](index.md), [here](#ort-ä).\n", encoding="utf-8"
    )


def odd_lines() -> str:
    """Return a notebook with each odd character before, in and after a cell."""
    cells = "".join(
        f"\nBefore {number}{odd}x.\n\n```{{code-cell}} ipython3\n"
        f'print({number}, len("{odd}"), ascii("{odd}"))\n```\n\nAfter {number}{odd}x.\n'
        for number, odd in enumerate(ODD)
        if odd not in "\x1c\x1d\x1e\x85\u2028\u2029"  # of which IPython complains
    )
    loaded = f"\n```{{code-cell}} ipython3\n:load: {FOLDER}/code é.py\n```\n"
    others = "".join(f"\nOnly in words{odd}of it.\n" for odd in ODD)
    return f"\ufeff{PAGE}# Lines{others}{cells}{loaded}\n## The end\n".replace("\n", "\r\n")


def pasted() -> dict[str, Any]:
    """Return an .ipynb with pictures in it, two of them of one name."""

    def cell(text: str, pictures: dict[str, bytes], **metadata: Any) -> dict[str, Any]:
        attachments = {
            name: {"image/png": base64.b64encode(content).decode()} for name, content in pictures.items()
        }
        return {
            "cell_type": "markdown",
            "metadata": metadata,
            "id": f"c{len(text)}",
            "source": text,
            "attachments": attachments,
        }

    red, green, blue = ((255, 0, 0), (0, 255, 0), (0, 0, 255))
    return {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": KERNEL,
        "cells": [
            cell("# Pasted\n\n![red](attachment:image.png)", {"image.png": png(red)}),
            cell("Green: ![green](attachment:image.png)", {"image.png": png(green)}, tags=["hide-cell"]),
            cell(
                'Blue: <img src="attachment:a%20(1).png" width="90"/>\n\n| a |\n|---|\n| ![blue](<attachment:a (1).png>) |',
                {"a (1).png": png(blue)},
            ),
            {
                "cell_type": "code",
                "metadata": {},
                "id": "code",
                "source": "print('computed')",
                "outputs": [{"output_type": "stream", "name": "stdout", "text": "stored in the file"}],
                "execution_count": 7,
            },
        ],
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book, built in all forms."""
    project = copy_project("unmistaken", tmp_path_factory.mktemp("unmistaken"))
    book = project / "book"
    write_pictures(book / FOLDER)
    (book / "part/a file.txt").write_text("A file.\n", encoding="utf-8")
    (book / "章").mkdir()
    (book / "章/图.md").write_text(
        "# 图像\n\n(标签)=\n## 节\n\n[这里](#标签), {ref}`节 <标签>`.\n", encoding="utf-8"
    )
    (book / "lines.md").write_bytes(odd_lines().encode())
    (book / "pasted.ipynb").write_text("\ufeff" + json.dumps(pasted()), encoding="utf-8")
    build = run_toolchain("build", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project


def page_of(project: Path, name: str) -> Any:
    parser = html.HTMLParser(encoding="utf-8")
    return html.parse(str(project / f"_build/html/{name}.html"), parser).xpath("//article")[0]


def colours_in(archive: Path) -> set[tuple[int, ...]]:
    """Return the colours of the pictures in a PDF of which each has one."""
    with pikepdf.open(archive) as pdf:
        images = [
            pikepdf.PdfImage(image)
            for image in pdf.objects
            if isinstance(image, pikepdf.Stream) and image.get("/Subtype") == "/Image"
        ]
        return {image.as_pil_image().convert("RGB").getpixel((0, 0)) for image in images}


def test_nothing_is_found(project: Path) -> None:
    assert report_of(project)["findings"] == []


def test_pictures_are_found_by_any_name_and_in_any_way(project: Path) -> None:
    shown = page_of(project, f"{FOLDER}/index").xpath(".//img")
    alternatives = {image.get("alt"): unquote(image.get("src")) for image in shown}

    assert set(alternatives) == set("abcdefghijklmn")
    for source in alternatives.values():
        assert (project / "_build/html" / FOLDER / source).resolve().is_file()
    expected = {colour_of(number) for number in range(len(NAMES) + 1)}
    assert expected <= colours_in(project / "_build/pdf/unmistaken.pdf")
    notebook = notebooks_of(project / f"_build/notebooks/{FOLDER}.zip")
    text = "\n".join(cell.source for cell in next(iter(notebook.values())).cells)
    assert text.count("![") == len(alternatives)


def test_files_are_found_by_any_name(project: Path) -> None:
    page = page_of(project, f"{FOLDER}/index")
    addresses = {unquote(link.get("href")).rpartition("/")[2] for link in page.xpath(".//a[@href]")}

    assert {"code é.py", "part ü.txt"} <= addresses
    assert "print('read')" in page.text_content()
    assert ["Included" in title.text_content() for title in page.iter("h2")] == [True]


def test_links_to_pages_stay_in_their_archive(project: Path) -> None:
    notebooks = notebooks_of(project / "_build/notebooks/unmistaken.zip")
    links = next(notebook for name, notebook in notebooks.items() if name.endswith("links.ipynb"))
    text = "\n".join(cell.source for cell in links.cells)

    assert "gr%C3%B6%C3%9Fe%20%26%20ma%C3%9F/" in text
    assert text.count("](http") == text.count("](https://example.org") + text.count(
        "](https://book.example/ein%20buch/links"
    )


def test_code_and_words_are_whole_whatever_characters_are_in_them(project: Path) -> None:
    page = page_of(project, "lines")
    text = page.text_content()
    printed = [
        element.text_content().strip() for element in page.xpath(".//div[contains(@class, 'cell_output')]")
    ]

    numbers = [number for number, odd in enumerate(ODD) if odd not in "\x1c\x1d\x1e\x85\u2028\u2029"]
    assert printed == [*(f"{number} 1 {ODD[number]!a}" for number in numbers), "read"]
    words = [f"{word} {number}" for number in numbers for word in ("Before", "After")]
    places = [text.index(word) for word in words]
    assert places == sorted(places)
    assert text.count("Only in words") == len(ODD)
    assert text.count("print(") == len(numbers) + 1


def test_pasted_pictures_are_in_every_form(project: Path) -> None:
    page = page_of(project, "pasted")
    sources = [image.get("src") for image in page.xpath(".//img")]

    expected = [png(colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 255))]
    assert [base64.b64decode(source.partition(",")[2]) for source in sources] == expected
    assert {(255, 0, 0), (0, 255, 0), (0, 0, 255)} <= colours_in(project / "_build/pdf/unmistaken.pdf")
    alone = nbformat.read(project / "_build/notebooks-alone/pasted.ipynb", as_version=4)
    attached = {
        base64.b64decode(content)
        for cell in alone.cells
        for bundle in cell.get("attachments", {}).values()
        for content in bundle.values()
    }
    assert attached == set(expected)
    assert "stored in the file" not in page.text_content()
    assert "computed" in page.text_content()


def test_cells_that_are_not_shown_stand_where_the_source_has_them(project: Path) -> None:
    alone = nbformat.read(project / "_build/notebooks-alone/outputs.ipynb", as_version=4)
    end = [cell.source for cell in alone.cells][-6:]

    assert [source.partition("\n")[0] for source in end[-5:]] == [
        '"not shown"',
        '<a id="after-all"></a>Words after what is not shown, and [its place](#after-all).',
        '"shown"',
        "And [the last](#the-last).",
        "## References",
    ]
    assert '<a id="the-last"></a>' in end[2]


def test_the_bibliography_is_on_its_own_page_in_print(project: Path) -> None:
    with pypdfium2.PdfDocument(project / "_build/pdf/unmistaken.pdf") as pdf:
        texts = [page.get_textpage().get_text_bounded() for page in pdf]

    assert any("Nothing below" in text and "Knuth" not in text for text in texts[3:])
    assert any("References" in text and "Knuth" in text for text in texts)
