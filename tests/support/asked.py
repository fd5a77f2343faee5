"""A maker of the preview that is asked, what it says, and what is served meanwhile."""

import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

import psutil
from support.built_sites import files_of
from support.processes import below, is_alive
from support.running import run_toolchain
from support.warm_books import Edit

from toolchain.preview.maker import WarmMaker
from toolchain.preview.making import EARLY, Made, Request

SECONDS = 120.0
"""After which a test gives up waiting for what should come at once, on a machine that has much else to do."""


class Asked:
    """A maker that is asked, what it says, and what is served meanwhile."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.maker = WarmMaker(project)
        self.number = 0
        self.early: dict[str, bytes] = {}
        self.waits = False
        self.meanwhile: Callable[[], tuple[str, ...]] = tuple
        """Edits the book while it is made, once it is time; returns what was saved until then."""

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
        made = self.maker.make(Request(self.number, changed), self)
        assert made.crashes == ()
        return made

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

    def waiting(self) -> Request | None:
        changed = self.meanwhile()
        return Request(self.number + 1, changed) if changed else None

    def superseded(self) -> bool:
        return self.waits

    def read(self) -> set[str]:
        """Return the pages that Sphinx has read last."""
        log = (self.project / "_build/sphinx/html.log").read_text(encoding="utf-8")
        return set(re.findall(r"^reading sources\.\.\. \[ *\d+%\] (\S+)", log, re.MULTILINE))

    def log(self) -> str:
        """Return all that Sphinx has printed and told last."""
        return (self.project / "_build/sphinx/sphinx.log").read_text(encoding="utf-8")

    def page(self, name: str) -> bytes:
        return (self.project / f"_build/html/{name}.html").read_bytes()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.maker.close()
        assert self.warm() == []

    def warm(self) -> list[psutil.Process]:
        """Return the processes that are kept."""
        return below(os.getpid(), _is_warm)

    def _sources(self) -> dict[str, tuple[int, int]]:
        files = (path for path in self.project.rglob("*") if path.is_file() and "_build" not in path.parts)
        return {
            str(path.relative_to(self.project)): (path.stat().st_mtime_ns, path.stat().st_ino)
            for path in files
        }


def _is_warm(process: psutil.Process) -> bool:
    command = process.cmdline()
    is_guard = any(part.endswith("guard.py") for part in command)
    return is_alive(process) and not is_guard and "toolchain.sphinxext" in command


def built_clean(project: Path, folder: Path) -> Path:
    """Build a copy of a project from nothing but its results."""
    shutil.copytree(project, folder, ignore=lambda path, _: _but_store(path))
    assert run_toolchain("build", "html", project=folder).code in {0, 1}
    return folder


def _but_store(path: str) -> list[str]:
    build = Path(path)
    return (
        [entry.name for entry in build.iterdir() if entry.name != "store"] if build.name == "_build" else []
    )


def differing(project: Path, other: Path) -> list[str]:
    files, others = files_of(project), files_of(other)
    return sorted(name for name in files.keys() | others.keys() if files.get(name) != others.get(name))
