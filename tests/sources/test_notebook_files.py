"""What is around the notebooks of a book is found once, however many of them ask."""

from pathlib import Path

import pytest

from toolchain.base import files
from toolchain.model import Declaration, Document
from toolchain.sources import notebook_files
from toolchain.sources.notebook_files import NotebookFiles, Surroundings

NAMES = ("data/all.csv", "one/a.md", "one/b.md", "one/a/own.csv", "one/a-b.csv", "one/help.py", "two/c.md")


def test_many_notebooks_look_once_into_each_folder_and_see_what_each_would_see_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        path = tmp_path / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    asked: list[Path] = []

    def counted(folder: Path, *, written: bool = False) -> list[Path]:
        asked.append(folder)
        return list(files.files_below(folder, written=written))

    monkeypatch.setattr(notebook_files, "files_below", counted)
    declared = Declaration(data=("book/one/a.md", "book/two"))
    pages = [
        Document(
            name=name,
            path=f"book/{name}.md",
            title=name,
            cells=(),
            declared=declared,
            around=("book/data", f"book/{name[:3]}"),
        )
        for name in ("one/a", "one/b", "two/c")
    ]
    around = Surroundings(tmp_path)

    together = [list(around.of(page).files) for page in pages]

    assert len(asked) == len(set(asked)) + 1  # the folder of a page, and the same one that is declared
    assert together == [list(NotebookFiles(page, tmp_path).files) for page in pages]
    # Pages count if somebody declares them, and not because they are beside a notebook.
    assert together == [
        [f"book/{name}" for name in ("data/all.csv", "one/a/own.csv", "one/a-b.csv", "one/a.md", "one/help.py", "two/c.md")],
        [f"book/{name}" for name in ("data/all.csv", "one/a/own.csv", "one/a-b.csv", "one/a.md", "one/help.py", "two/c.md")],
        [f"book/{name}" for name in ("data/all.csv", "one/a.md", "two/c.md")],
    ]  # fmt: skip
