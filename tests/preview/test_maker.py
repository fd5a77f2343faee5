"""The preview's maker: what it leaves is what `toolchain build` would have made, and edited pages are shown before that."""

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
import pytest
from support.built_sites import files_of
from support.running import run_toolchain
from support.warm_books import OTHERS, PROSE, Edit, put, write_book

from toolchain.model.reports import Status
from toolchain.preview.maker import WarmMaker
from toolchain.preview.making import EARLY, Made, Request


class Asked:
    """A maker that is asked, what it says, and what is served meanwhile."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.maker = WarmMaker(project)
        self.number = 0
        self.early: dict[str, bytes] = {}
        self.waits = False

    def save(self, edit: Edit) -> Made:
        """Edit the book, and have it made; what is shown early is kept."""
        before = self._sources()
        edit(self.project)
        after = self._sources()
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        return self.make(tuple(str(self.project / name) for name in sorted(changed)))

    def make(self, changed: tuple[str, ...] | None = None) -> Made:
        self.number += 1
        self.early = {}
        return self.maker.make(Request(self.number, changed), self)

    def wrote(self, pages: Iterable[str] = ()) -> None:
        folder = self.project / "_build" / EARLY
        for page in pages:
            file = folder / f"{page}.html"
            if file.is_file():
                self.early[page] = file.read_bytes()

    def say(self, text: str) -> None:
        """Nobody listens."""

    def answer(self, made: Made) -> None:
        assert made.unchecked

    def superseded(self) -> bool:
        return self.waits

    def read(self) -> set[str]:
        """Return the pages that Sphinx has read last."""
        log = (self.project / "_build/sphinx/html.log").read_text(encoding="utf-8")
        return set(re.findall(r"^reading sources\.\.\. \[ *\d+%\] (\S+)", log, re.MULTILINE))

    def page(self, name: str) -> bytes:
        return (self.project / f"_build/html/{name}.html").read_bytes()

    def warm(self) -> list[psutil.Process]:
        """Return the processes that are kept."""
        return [child for child in psutil.Process().children(recursive=True) if _is_warm(child)]

    def _sources(self) -> dict[str, tuple[int, int]]:
        files = (path for path in self.project.rglob("*") if path.is_file() and "_build" not in path.parts)
        return {str(path.relative_to(self.project)): (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


def _is_warm(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "toolchain.sphinxext.warm" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Give a maker that has built a book once."""
    asked = Asked(write_book(tmp_path_factory.mktemp("warm") / "book"))
    try:
        assert asked.make().error == ""
        yield asked
    finally:
        asked.maker.close()
    assert asked.warm() == []


def built_clean(project: Path, folder: Path) -> Path:
    """Build a copy of a project from nothing but its results."""
    shutil.copytree(project, folder, ignore=lambda path, _: _but_store(path))
    assert run_toolchain("build", "html", project=folder).code in {0, 1}
    return folder


def _but_store(path: str) -> list[str]:
    build = Path(path)
    return [entry.name for entry in build.iterdir() if entry.name != "store"] if build.name == "_build" else []


def differing(project: Path, other: Path) -> list[str]:
    files, others = files_of(project), files_of(other)
    return sorted(name for name in files.keys() | others.keys() if files.get(name) != others.get(name))


def test_edited_text_is_shown_early_as_it_is_built(asked: Asked, tmp_path: Path) -> None:
    wrong = []
    for kind, (page, edit) in PROSE.items():
        made = asked.save(edit)
        assert made.error == "", kind
        if asked.early != {page: asked.page(page)}:
            wrong.append((kind, "early", list(asked.early)))
        if not asked.read() <= {page}:
            wrong.append((kind, "read", sorted(asked.read())))
    assert wrong == []
    assert differing(asked.project, built_clean(asked.project, tmp_path / "clean")) == []


def test_whatever_is_edited_the_site_is_what_a_build_makes(asked: Asked, tmp_path: Path) -> None:
    kinds = list(OTHERS.items())
    for number, (kind, edit) in enumerate(kinds):
        made = asked.save(edit)
        assert (made.error, asked.early) == ("", {}), kind
        if number % 4 == 3:
            clean = built_clean(asked.project, tmp_path / f"clean-{number}")
            assert differing(asked.project, clean) == [], [name for name, _ in kinds[: number + 1]]


def test_a_cell_edited_runs_its_notebook_and_nothing_is_shown_before(asked: Asked) -> None:
    made = asked.save(put("book/two/code.md", "1 + 1", "1 + 2"))
    assert [notebook.status for notebook in made.notebooks] == [Status.EXECUTED]
    assert asked.early == {}
    assert b">3<" in asked.page("two/code")
