"""The library of our book: what is in it, that it can be trusted, and that the book lists it."""

import ast
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import ruff
from lxml import html
from support.running import run_toolchain

from toolchain.model import Library
from toolchain.plan.library import saved
from toolchain.project import settings
from toolchain.sources import reading


@pytest.fixture(scope="module")
def library(book: Path) -> Library:
    book_settings = settings.load(book)
    collected = saved.collect(reading.read(book_settings), book_settings.toml.library)
    assert collected is not None
    return collected


@pytest.fixture(scope="module")
def package(book: Path) -> Path:
    return book / "_build/lib/gluonbook"


def definitions(tree: ast.Module) -> dict[str, str]:
    """Return what a module defines by name, without docstrings."""
    dumps = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
            dumps[node.name] = ast.dump(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            dumps[node.targets[0].id] = ast.dump(node)
    return dumps


def test_the_package_is_what_the_cells_say(book: Path, package: Path) -> None:
    cells: dict[str, str] = {}
    for document in reading.read(settings.load(book)).documents:
        for cell in document.cells:
            if "save" in cell.tags:
                cells |= definitions(ast.parse(cell.source))
    modules: dict[str, str] = {}
    for module in package.glob("[!_]*.py"):
        modules |= definitions(ast.parse(module.read_text(encoding="utf-8")))

    assert modules == cells != {}


def test_every_definition_says_where_the_book_defines_it(book: Path, library: Library, package: Path) -> None:
    book_settings = settings.load(book)
    pages = {document.name: document for document in reading.read(book_settings).documents}
    text = "".join(path.read_text(encoding="utf-8") for path in package.glob("[!_]*.py"))
    nodes = {
        node.name: node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    documented = {
        name: definition
        for name, definition in library.names.items()
        if isinstance(ast.parse(definition.code).body[0], ast.FunctionDef | ast.ClassDef)
    }
    assert documented
    for name, definition in documented.items():
        where = f"Defined in Section {pages[definition.document].number} ({book_settings.book.site}/{definition.document}.html)."
        assert (ast.get_docstring(nodes[name]) or "").endswith(where), name


def test_ruff_and_mypy_are_content(package: Path) -> None:
    for command in (
        [ruff.find_ruff_bin(), "check", "--isolated", "--no-cache"],
        [ruff.find_ruff_bin(), "format", "--isolated", "--no-cache", "--check", "--line-length=100"],
        [sys.executable, "-m", "mypy", "--no-incremental", "--config-file=", "--ignore-missing-imports"],
    ):
        run = subprocess.run([*command, str(package)], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr


def test_its_examples_run_and_it_warns_of_nothing(book: Path, package: Path) -> None:
    python = run_toolchain("kernel", "--json", project=book).json["python"]
    modules = sorted(path.stem for path in package.glob("[!_]*.py"))
    code = (
        "import doctest, importlib, gluonbook\n"
        f"results = [doctest.testmod(importlib.import_module('gluonbook.' + name)) for name in {modules}]\n"
        "print(sum(result.attempted for result in results))\n"
        "assert not any(result.failed for result in results)"
    )

    # MXNet itself uses what NumPy calls deprecated; only what our own modules do is to be an error.
    ours = [
        option
        for name in ("", *(f".{module}" for module in modules))
        for option in ("-W", f"error:::gluonbook{name}")
    ]
    run = subprocess.run(
        [python, *ours, "-c", code],
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert int(run.stdout.splitlines()[-1]) > 10
    assert "gluonbook" not in run.stderr


def test_the_index_lists_every_definition_and_no_other(book: Path, library: Library) -> None:
    page = html.parse(book / "_build/html/chapter_appendix/gluonbook.html").getroot()
    described = {term.get("id") for term in page.xpath("//dt[contains(@class, 'sig')]") if term.get("id")}
    (table,) = page.xpath("//table[contains(@class, 'library-index')]")
    rows = table.xpath(".//tbody/tr")

    assert {identifier for identifier in described if identifier.count(".") == 1} == {
        f"gluonbook.{name}" for name in library.names
    }
    assert [row.xpath("string(td[1])").strip() for row in rows] == list(library.names)
    for row, definition in zip(rows, library.names.values(), strict=True):
        assert row.xpath("td[3]//a/@href")[0].endswith(f"{definition.document.rpartition('/')[2]}.html")
        assert row.xpath("string(td[2])").strip(), definition.name


def test_the_index_is_in_the_pdf_and_in_the_notebooks(book: Path, library: Library) -> None:
    pdf = subprocess.run(
        ["pdftotext", "-layout", str(book / "_build/pdf/deep-learning-by-doing.pdf"), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Keyword-only" not in pdf
    # The list is a table without a number, so its later pages must not name one.
    assert "continued from previous page" in pdf
    assert not re.search(r"Table\s+\S+\s+\W\s+continued from", pdf)
    with zipfile.ZipFile(book / "_build/notebooks/chapter_appendix.zip") as archive:
        (name,) = (member for member in archive.namelist() if member.endswith("-gluonbook.ipynb"))
        notebook = archive.read(name).decode()
    for name in library.names:
        assert name in pdf
        assert f"| [`{name}`](#gluonbook.{name}) |" in notebook
        assert f'<a id=\\"gluonbook.{name}\\"></a>' in notebook
    assert "library-index" not in notebook


def test_the_wheel_asks_for_no_package_by_name(book: Path) -> None:
    (wheel,) = (book / "_build/dist").glob("gluonbook-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        assert "Requires-Dist" not in archive.read(metadata).decode()
        assert {name.partition("/")[0] for name in archive.namelist()} == {
            "gluonbook",
            metadata.partition("/")[0],
        }
