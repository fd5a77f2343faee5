"""Tables of every kind say in print, cell by cell, what they say in the book; what one has lost is a finding."""

from pathlib import Path

import pytest
from nbformat import v4, write
from support.projects import copy_project
from support.running import run_toolchain

from toolchain.base.decoding import read_json
from toolchain.check.pdf.tables import _says
from toolchain.forms.pdf.form import _printed
from toolchain.forms.pdf.reading.tables import TaggedTable
from toolchain.messages import report
from toolchain.model.facts import GAP
from toolchain.model.printed_tables import PrintedTables
from toolchain.project.settings import load

COLUMNS = 30


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book of tables, some of them out of cells, and one of which two have lost something."""
    project = copy_project("tables-in-print", tmp_path_factory.mktemp("tables"))
    notebook = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Drawn"),
            *(
                v4.new_code_cell("table", outputs=[v4.new_output("display_data", {"text/html": text})])
                for text in (frame(4, 5), frame(3, COLUMNS), frame(60, 3), SPANNING)
            ),
        ]
    )
    write(notebook, project / "book/drawn.ipynb")
    run = run_toolchain("build", "pdf", project=project)
    assert run.code == 1, run.stdout + run.stderr
    return project


SPANNING = (
    '<table><thead><tr><th colspan="2">both</th><th>c</th></tr></thead>'
    '<tbody><tr><td rowspan="2">down</td><td>x</td><td></td></tr><tr><td>y_z</td><td>100%</td></tr></tbody></table>'
)


def frame(rows: int, columns: int) -> str:
    """Return a table as pandas writes it."""
    head = "".join(f"<th>head number {n}</th>" for n in range(columns))
    body = "".join(
        f"<tr><th>{row}</th>{''.join(f'<td>{row + n / 7:.6f}</td>' for n in range(columns))}</tr>"
        for row in range(rows)
    )
    return f'<table border="1" class="dataframe"><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>'


def tables(project: Path) -> dict[str, list[TaggedTable]]:
    """Return what the tables of the PDF say, by their names, and the parts of those that are too wide."""
    settings = load(project)
    found: dict[str, list[TaggedTable]] = {}
    for table in sorted(_printed(settings, settings.editions[0]).tables, key=lambda one: one.name):
        found.setdefault(table.name.rpartition("/")[0], []).append(table)
    return found


def text(table: TaggedTable) -> list[list[str]]:
    """Return what cells say without spaces: the reader of the PDF leaves some out between lines."""
    return [["".join(cell.text.split()) for cell in row] for row in table.rows]


def test_what_a_table_has_lost_is_found_with_its_line(project: Path) -> None:
    built = report.read(project / "_build/report.json")
    found = (
        [(one.path, one.line, one.message) for one in built.findings if one.id == "PDF011"] if built else []
    )

    assert found == [
        ("book/lost.md", 8, "row 3 of a table, column 1: “all gone” is not in the PDF"),
        (
            "book/lost.md",
            12,
            f"row 2 of a table, column 1: “{('word ' * 8)[:40]}” goes beyond the edge of the paper",
        ),
    ]


def test_every_table_of_the_book_is_noted_and_in_the_pdf(project: Path) -> None:
    known = read_json(project / "_build/latex/tables.tables.json", PrintedTables)
    assert known is not None
    assert set(known.tables) == {*tables(project)}
    # In the text, in a list, in boxes, in quotations, of HTML; and of cells.
    assert sum(name.startswith("typed#") for name in known.tables) >= 11
    assert sum(name.startswith("drawn#") for name in known.tables) == 4


def test_cells_say_what_is_in_them(project: Path) -> None:
    found = tables(project)
    (plain,), (blocks,) = found["typed#table-1"], found["typed#table-2"]

    assert text(plain)[1] == ["plain", "", "f(x)", "site"]
    assert text(plain)[3] == ["", "", "", ""]
    assert [cell[0] for cell in text(blocks)] == [
        "Head",
        "stub",
        "numbers",
        'codedeff(x):return"a_b"',
        "",
        "term",
    ]
    assert "firstpoint" in text(blocks)[1][1]
    assert text(blocks)[4][1].endswith("Anoteinacell.")


def test_a_table_over_pages_is_whole_and_one_that_is_too_wide_is_so_in_parts(project: Path) -> None:
    found = tables(project)
    (long,) = (parts[0] for parts in found.values() if len(parts[0].rows) == 51)
    wide = found["drawn#table-2"]

    assert [row[0] for row in text(long)] == ["n", *(f"r{n}" for n in range(50))]
    assert len(wide) > 2
    assert [head for part in wide for head in text(part)[0][1:]] == [f"headnumber{n}" for n in range(COLUMNS)]
    assert text(found["drawn#table-4"][0]) == [["both", "c"], ["down", "x", ""], ["y_z", "100%"]]


@pytest.mark.parametrize(
    ("said", "text", "agrees"),
    [
        ("A “word”", 'a "word"', True),
        ("one two", "one", False),
        ("one", "one two", False),
        ("one 1.2 two", f"one {GAP} two", True),
        ("one two x", f"one {GAP} two", False),
        ("1. one 2. two", f"{GAP}one{GAP}{GAP}two{GAP}", True),
        ("two one", f"{GAP}one{GAP}two{GAP}", False),
        ("aa", f"a{GAP}aa", False),
        ("", "", True),
    ],
)
def test_words_are_compared_without_what_is_no_words(said: str, text: str, agrees: object) -> None:
    assert _says(said, text) is agrees
