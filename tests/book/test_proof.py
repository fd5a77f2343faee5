"""The tests that are made of a book fail for exactly what is wrong with it, and say where."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.book_claims import cells_of, mentions_of, references
from support.places import REPOSITORY, TESTS

from toolchain.forms.sphinx_runs import facts_of
from toolchain.project import settings

FAILED = re.compile(r"^FAILED \S*test_book\.py::(.+?)(?: - .*)?$", re.MULTILINE)


def prove(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a book's cells and references as a person does."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", TESTS / "book/test_book.py", "--book", project),
            *(
                "-k",
                "test_code_cell or test_reference",
                "-o",
                f"cache_dir={project.parent / 'cache'}",
                *options,
            ),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )


@pytest.mark.slow
def test_exactly_what_is_wrong_fails_until_it_is_mended(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    page = project / "book/chapter_waves/index.md"
    good = page.read_text(encoding="utf-8")
    page.write_text(
        good.replace("{numref}`fig-wave`", "{numref}`fig-gone`")
        .replace("sum(map(int, heights))", "sum(map(int, heights)) / 0")
        .replace("{eq}`eq-wave`", "{eq}`eq-wave`,\nagain {eq}`eq-wave`,"),
        encoding="utf-8",
    )

    first = prove(project, "--numprocesses", "2")

    assert sorted(FAILED.findall(first.stdout)) == [
        "test_code_cell[chapter_waves/index.md::cell 2 [line 34]]",
        "test_reference[chapter_waves/index.md:11 std:numref fig-gone]",
    ], first.stdout
    assert "book/chapter_waves/index.md:34: cell 2: ZeroDivisionError: division by zero" in first.stdout
    assert "sum(map(int, heights)) / 0" in first.stdout
    assert "book/chapter_waves/index.md:11: std:numref fig-gone: its page has no link" in first.stdout
    assert re.search(r"2 failed, 4 passed", first.stdout)

    page.write_text(good.replace("{eq}`eq-wave`", "{eq}`eq-wave`,\nagain {eq}`eq-wave`,"), encoding="utf-8")
    cell = prove(project, "--lf", "-k", "cell and waves")

    assert "1 passed" in cell.stdout, cell.stdout


@pytest.mark.slow
def test_cells_after_a_failure_are_not_reached_and_a_book_without_results_fails(
    copy: Callable[[str], Path],
) -> None:
    project = copy("minimal")
    page = project / "book/chapter_waves/index.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("import math\n", "import mathematics\n"), encoding="utf-8")

    first = prove(project)

    # The cell would have made the figure: its place is there, and what refers to it is not to blame.
    assert FAILED.findall(first.stdout) == ["test_code_cell[chapter_waves/index.md::cell 1 [line 23]]"]
    assert re.search(r"1 failed, 3 passed, 1 skipped", first.stdout), first.stdout

    kernel = project.parents[1] / "kernel"
    shutil.copyfile(kernel / "cpu.lock", kernel / "gpu.lock")
    page.write_text(text.replace("kernelspec:", "execution: {gpus: 99}\nkernelspec:"), encoding="utf-8")
    missing = prove(project)

    assert [test for test in sorted(FAILED.findall(missing.stdout)) if "code_cell" in test] == [
        "test_code_cell[chapter_waves/index.md::cell 1 [line 24]]",
        "test_code_cell[chapter_waves/index.md::cell 2 [line 34]]",
    ]
    assert "no result" in missing.stdout


def test_each_reference_that_sphinx_has_read_is_a_test(book: Path) -> None:
    """Only then do the tests prove the whole book."""
    items = {(mention.document.name, mention.target, mention.line) for mention in mentions_of(book)}
    read = {
        (name, reference.target, reference.line)
        for name, page in facts_of(settings.load(book)).pages.items()
        for reference in page.references
        if _is_written(reference.target, reference.line, book / page.path)
    }

    assert len(read) >= 100
    assert read - items == set()
    assert len(cells_of(book)) >= 100


def _is_written(target: str, line: int | None, path: Path) -> bool:
    """Say whether a reference stands in a source; a directive may make others."""
    return line is not None and target in path.read_text(encoding="utf-8").splitlines()[line - 1]


def test_references_are_found_wherever_they_are_written() -> None:
    text = (
        "---\ntitle: x\n---\n# Heading {ref}`a`\n\nOne {numref}`Figure %s <b>` and\n**two {eq}`c`**, {cite:p}`d,e`.\n\n"
        ":::{note} Title {ref}`f`\n:class: tip\n\n- item {doc}`g`\n:::\n\n```python\n{ref}`no`\n```\n\n"
        "| a | b |\n|---|---|\n| {ref}`h` | [page](other.md#place) |\n\nA {ref}`i`[^n].\n\n[^n]: Note {ref}`j`.\n"
    )

    assert list(references(text)) == [
        ("std:ref", "a", 4),
        ("std:numref", "b", 6),
        ("math:eq", "c", 7),
        ("cite:p", "d", 7),
        ("cite:p", "e", 7),
        ("std:ref", "f", 9),
        ("std:doc", "g", 12),
        ("std:ref", "h", 21),
        ("link", "other.md#place", 21),
        ("std:ref", "i", 23),
        ("std:ref", "j", 25),
    ]
