"""Pages end as a typesetter has them end, and `toolchain proof --worst` says of those that do not."""

import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from support import stress
from support.given_results import give
from support.projects import copy_project
from support.running import run_toolchain
from support.tampering import WAVES

from toolchain.check import page_ends
from toolchain.check.page_ends import KINDS
from toolchain.forms.pdf.reading import page_notes
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.project import settings

CELLS, FIGURES = 500, 30
BOOK = "_build/pdf/two-pages.pdf"
NONE = dict.fromkeys(KINDS, 0)
LEFT_BEHIND = """

```{raw} latex
\\newpage
```

Two lines stand on this page, and nothing else does.

```{raw} latex
\\subsection{Left behind}\\newpage
```

What the heading is of.

```{raw} latex
\\newpage\\vspace*{0.93\\textheight}
```

The last line of a page, and a table that begins on the next.

| Row | Word |
|-----|------|
""" + "".join(f"| row-{number} | word-{number} |\n" for number in range(12))


def log(*pages: str) -> str:
    """Return a log with these pages: its notes, and after a stroke what its foot is after."""
    lines = ["toolchain: text 56.9pt 554.8pt", "not a note of ours: toolchain: page 7"]
    for number, page in enumerate(pages, 1):
        notes, _, after = page.partition("|")
        lines += [f"toolchain: foot 0.0pt after {after.strip() or 'text'}", f"toolchain: page {number}"]
        lines += [f"toolchain: {note.strip()}" for note in notes.split(",") if note.strip()]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (("begin code 30 | 3/30", "end code 30"), {"broken": 1}),
        (("begin code 30 | 2/30", "end code 30"), {"broken": 1, "torn": 1}),
        (("begin code 30 | 28/30", "end code 30"), {"broken": 1, "torn": 1}),
        (("begin code 10 | 5/10", "end code 10"), {"broken": 1, "torn": 1}),
        (("calls figure 1, begin code 30 | 9/30", "has figure 1, end code 30"), {"broken": 1, "intruder": 1}),
        (
            ("calls figure 1, begin code 9, end code 9 | code", "has figure 1, begin output 3, end output 3"),
            {"intruder": 1},
        ),
        (("begin code 9, end code 9, calls figure 1, has figure 1, begin output 3, end output 3",), {}),
        (("calls figure 1, begin code 9, end code 9, end cell 0", "has figure 1, begin output 3"), {}),
        (("calls figure 1, calls figure 2, has figure 2, has figure 1",), {"order": 1}),
        (("calls figure 1", "has figure 1"), {}),
        (("calls figure 1", "", "has figure 1"), {"far": 1}),
    ],
)
def test_what_the_log_says_is_judged(pages: tuple[str, ...], expected: dict[str, int]) -> None:
    noted = page_notes.read(log(*pages))

    assert len(noted.pages) == len(pages)
    assert noted.bottom == pytest.approx(56.69, abs=0.01)
    counted = page_ends.counts(list(page_ends.of_notes(noted)))
    assert counted == NONE | expected


def test_a_log_without_notes_is_said_to_have_none(copied: Path) -> None:
    (copied / "_build/latex/two-pages-screen.log").write_text("This is another TeX.\n")

    run = run_toolchain("proof", "--worst", project=copied)

    assert run.code == 2
    assert "LaTeX has left no notes on the pages of the edition 'screen'" in run.stderr


def test_short_pages_and_headings_left_behind_are_reported(copied: Path) -> None:
    with (copied / WAVES).open("a", encoding="utf-8") as page:
        page.write(LEFT_BEHIND)
    build = run_toolchain("build", "pdf", project=copied)
    assert build.code == 0, build.stdout

    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(copied / BOOK)]
    first = next(number for number, text in enumerate(pages) if "and a table that begins on the next" in text)
    assert "row-0" not in pages[first]
    assert re.findall(r"row-\d+ word-(\d+)", pages[first + 1]) == [str(number) for number in range(12)]

    run = run_toolchain("proof", "--worst", "2", project=copied)

    assert run.code == 0, run.stderr
    lines = run.stdout.splitlines()
    assert re.fullmatch(r"screen: \d+ pages", lines[0])
    counted = {line.strip().partition("  ")[2]: int(line.split()[0]) for line in lines[1 : 1 + len(KINDS)]}
    assert counted == {KINDS[kind]: count for kind, count in (NONE | {"short": 2, "heading": 1}).items()}
    worst = [line for line in lines if line.startswith("  page ")]
    assert len(worst) == 2
    assert re.search(r"a heading at its foot; \d\d% white at its foot", worst[0])
    assert re.search(r"\d\d% white at its foot", worst[1])
    assert lines[-1] == "_build/pdf/two-pages-screen-worst.pdf"
    with pikepdf.open(copied / lines[-1]) as sheets:
        (sheet,) = sheets.pages
        assert len(sheet.Resources.XObject) == 2


@pytest.mark.slow
def test_five_hundred_cells_end_well(tmp_path: Path) -> None:
    project = copy_project("stress-in-print", tmp_path)
    drawn = {f"drawn-{seed}": stress.draw(seed, CELLS // 2, FIGURES // 2) for seed in range(2)}
    for name, (text, _) in drawn.items():
        (project / f"book/chapter_cells/{name}.md").write_text(text, encoding="utf-8")
    index = project / "book/chapter_cells/index.md"
    toctree = "```{toctree}\n"
    index.write_text(index.read_text().replace(toctree, toctree + "".join(f"{name}\n" for name in drawn)))
    for name, (_, outputs) in drawn.items():
        give(project, f"chapter_cells/{name}", outputs)

    build = run_toolchain("build", "pdf", "--no-execute", project=project)

    assert build.code == 0, build.stdout
    (edition,) = settings.load(project).editions
    printed = Printed(
        project / "_build/pdf" / edition.file, project / f"_build/latex/{edition.stem}.aux", edition
    )
    counted = page_ends.counts(page_ends.look(printed))
    assert {kind: count for kind, count in counted.items() if kind not in ("broken", "far")} == {
        kind: 0 for kind in NONE if kind not in ("broken", "far")
    }
    # Long code is broken, and a figure may have to wait until a page does not begin within a cell.
    assert counted["broken"] > 50
    assert counted["far"] <= 3
    noted = page_notes.read(printed.log.read_text(encoding="utf-8"))
    assert len(noted.pages) == len(printed.numbers)
    notes = [note for page in noted.pages for note in page.notes]
    assert sum(note.kind == "cell" for note in notes) == CELLS
    code = [note.number for note in notes if note.kind == "code" and note.what == "end"]
    assert len(code) > CELLS  # there is code in the text, too
    shown = [note.number for note in notes if note.what == "has" and note.kind == "figure"]
    assert shown == list(range(1, len(shown) + 1))
    assert len(shown) > FIGURES
    # What the text has, the pages have, line by line and row by row.
    texts = " ".join(" ".join(printed.texts).split())
    bones = (
        (project / "book/chapter_shapes/tables.md")
        .read_text(encoding="utf-8")
        .partition(":name: tab-long")[2]
    )
    rows = re.findall(r"^\* - (\d+)\n  - (.+)\n  - (.+)$", bones, re.MULTILINE)
    assert len(rows) == 34
    assert all(" ".join(row) in texts for row in rows)
    for name, (_, outputs) in drawn.items():
        for lines in (shown.text.splitlines() for cell in outputs for shown in cell if "text" in shown):
            assert all(" ".join(line.split()) in texts for line in lines), name
