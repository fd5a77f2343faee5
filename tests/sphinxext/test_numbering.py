"""Chapters of several parts, front matter, appendix and back matter: the same numbers on the site and in print."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import html
from pypdf import PdfReader
from support.running import run_toolchain


def heading(project: Path, page: str) -> str:
    words = html.parse(str(project / f"_build/html/{page}.html")).xpath("string(//article//h1)")
    return re.sub(r"[#\uf0c1]", "", " ".join(words.split())).strip()


def test_numbers_go_on_through_parts_and_the_appendix_has_letters(copy: Callable[[str], Path]) -> None:
    project = copy("parts")

    build = run_toolchain("build", "html", "pdf", project=project)

    assert build.code == 0, build.stdout + build.stderr
    pages = ("before", "one", "two", "two-section", "three", "extra", "after")
    on_site = [heading(project, page) for page in pages]
    assert on_site == ["Before", "1 One", "2 Two", "2.1 Inside two", "3 Three", "A Extra", "After"]
    outline = [str(bookmark.title) for bookmark in _flat(PdfReader(project / "_build/pdf/tiny.pdf").outline)]
    printed = [title for title in outline if title not in {"Contents", "Index"}]
    assert printed == [title.replace(". ", " ", 1) for title in on_site]
    text = subprocess.run(
        ["pdftotext", project / "_build/pdf/tiny.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    references = "See Chapter 1, Section 2.1, Chapter 3, Appendix A, Table 3.1, Table A.1 and (A.1)."
    assert references in " ".join(
        html.parse(str(project / "_build/html/after.html")).xpath("string(//article//p)").split()
    )
    assert references in " ".join(text.split())
    assert "Table 3.1" in text
    assert "Table A.1" in text


def test_a_book_with_its_own_word_for_sections_has_it_for_chapters(copy: Callable[[str], Path]) -> None:
    project = copy("parts")
    with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write('\n[sphinx.options]\nnumfig_format = {section = "Part %s"}\n')

    assert run_toolchain("build", "html", project=project).code == 0

    text = " ".join(html.parse(str(project / "_build/html/after.html")).xpath("string(//article//p)").split())
    assert "See Part 1, Part 2.1, Part 3, Part A, Table 3.1" in text


def test_unchanged_numbers_write_no_page_again(copy: Callable[[str], Path]) -> None:
    project = copy("parts")
    assert run_toolchain("build", "html", project=project).code == 0
    site = project / "_build/html"
    before = {path: path.stat().st_mtime_ns for path in site.glob("*.html")}
    page = project / "book/one.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")

    assert run_toolchain("build", "html", project=project).code == 0

    written = {path.stem for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert "one" in written
    assert not written & {"three", "extra", "after"}


def _flat(outline: Any) -> list[Any]:
    return [
        bookmark for entry in outline for bookmark in (_flat(entry) if isinstance(entry, list) else [entry])
    ]
