"""What it costs to read all that is drawn on 10, 50 or 200 pages, and to compare it with what a printer asks for."""

import statistics
import time
from pathlib import Path

import pikepdf
import pytest

from toolchain.forms.pdf.reading.painter import read_pages

SIZES = (10, 50, 200)
TIMES = 3
LINES = 45
"""Of text on a page."""
CURVES = 300
"""Pieces of a plot that each page has."""


def write_pages(path: Path, pages: int) -> None:
    """Write a PDF of pages with text and a plot each."""
    text = "".join(
        f"BT /F 10 Tf 72 {720 - 14 * line} Td (Some words about waves) Tj ET\n" for line in range(LINES)
    )
    plot = "0.8 w 0 0 m " + "".join(f"{x} {x % 17} l " for x in range(CURVES)) + "S\n"
    plot += "".join(f"q 1 0 0 1 {x} 5 cm /M Do Q\n" for x in range(CURVES // 4))
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
        )
        marker = pdf.make_stream(b"0.5 g 0 0 3 3 re f")
        marker.Subtype, marker.BBox = pikepdf.Name.Form, [0, 0, 3, 3]
        for _ in range(pages):
            drawing = pdf.make_stream(plot.encode())
            drawing.Subtype, drawing.BBox = pikepdf.Name.Form, [0, 0, 400, 20]
            drawing.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(M=marker))
            page = pdf.add_blank_page()
            page.Resources = pikepdf.Dictionary(
                Font=pikepdf.Dictionary(F=font), XObject=pikepdf.Dictionary(P=drawing)
            )
            page.contents_add(pdf.make_stream(f"{text}q 1 0 0 1 72 40 cm /P Do Q".encode()))
        pdf.save(path)


@pytest.mark.bench
def test_reading_what_is_drawn_is_linear(tmp_path: Path) -> None:
    per_page = {}
    for pages in SIZES:
        path = tmp_path / f"{pages}.pdf"
        write_pages(path, pages)
        times = []
        for _ in range(TIMES):
            start = time.perf_counter()
            marks = sum(len(page.marks) for page in read_pages(path))
            times.append(time.perf_counter() - start)
        per_page[pages] = statistics.median(times) / pages
        assert marks == pages * (LINES + 1 + CURVES // 4)
        print(f"\n{pages} pages: {1000 * per_page[pages]:.2f} ms a page (median of {TIMES})")  # noqa: T201
    ratio = per_page[SIZES[-1]] / per_page[SIZES[1]]
    print(f"a page of {SIZES[-1]} costs {ratio:.2f} of a page of {SIZES[1]}")  # noqa: T201
    assert ratio < 2
