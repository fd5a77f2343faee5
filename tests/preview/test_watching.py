"""What the preview notices of what people and their editors do to files."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from support.previews import write_book

from toolchain.preview.watching import Places, changes
from toolchain.project.settings import load

Seen = Callable[..., Awaitable[set[str]]]


def in_place(path: Path) -> None:
    path.write_text("# New\n")


def aside(path: Path) -> None:
    other = path.with_name(f".{path.name}.swp")
    other.write_text("# New\n")
    other.replace(path)


def with_backup(path: Path) -> None:
    path.rename(path.with_name(path.name + "~"))
    path.write_text("# New\n")


def as_vim(path: Path) -> None:
    path.with_name("4913").write_text("")
    path.with_name("4913").unlink()
    with_backup(path)
    path.with_name(path.name + "~").unlink()


def emptied_first(path: Path) -> None:
    path.write_text("")
    path.write_text("# New\n")


def removed(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("save", [in_place, aside, with_backup, as_vim, emptied_first, removed])
def test_every_way_to_save_is_one_change(tmp_path: Path, save: Callable[[Path], None]) -> None:
    project = write_book(tmp_path / "book-of-it")

    async def look(seen: Seen) -> None:
        save(project / "book/prose.md")
        assert await seen() == {"book/prose.md"}
        assert await seen(wait=0.2) == set()

    watch(project, look)


def test_new_folders_files_elsewhere_and_links_count_and_what_others_put_down_does_not(
    tmp_path: Path,
) -> None:
    project = write_book(tmp_path / "book-of-it")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/table.csv").write_text("1")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/macros.tex").write_text("1")
    (tmp_path / "text").mkdir()
    (tmp_path / "text/linked.md").write_text("1")
    (tmp_path / "one.md").write_text("1")
    (project / "book/linked").symlink_to(tmp_path / "text")
    (project / "book/one.md").symlink_to(tmp_path / "one.md")
    (project / "book/round").symlink_to(project / "book")

    async def look(seen: Seen, places: Places) -> None:
        for name in (
            "book/.prose.md.swp",
            "book/#prose.md#",
            "book/.#prose.md",
            "book/__pycache__",
            "book/4913",
        ):
            (project / name).write_text("noise")
        for name in (".git/index", "_build/html/index.html", "notes.txt", ".nox/x"):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text("noise")
        assert await seen(wait=0.4) == set()

        (project / "img").mkdir()
        # While watchers are set up anything may be saved: all is looked at then.
        assert await seen(times=9, wait=0.5) >= {"img", "book"}
        (project / "img/plot.svg").write_text("<svg/>")
        assert await seen() == {"img/plot.svg"}

        assert places.add(["../data", "../shared/macros.tex"])
        assert not places.add(["../data", "book/prose.md"])
        assert "../data" in await seen(times=9, wait=0.5)
        (tmp_path / "text/linked.md").write_text("2")
        assert await seen() == {"book/linked/linked.md"}
        (tmp_path / "one.md").write_text("2")
        assert await seen() == {"../one.md"}
        (tmp_path / "data/table.csv").write_text("2")
        assert await seen() == {"../data/table.csv"}
        (tmp_path / "shared/other.tex").write_text("2")
        (tmp_path / "shared/macros.tex").write_text("2")
        assert await seen() == {"../shared/macros.tex"}

        for _ in range(2):  # as git does when another branch is checked out
            shutil.rmtree(project / "book")
            (project / "book").mkdir()
            assert "book" in await seen(times=9, wait=0.5)
            (project / "book/prose.md").write_text("# Prose\n")
            assert await seen() == {"book/prose.md"}

    watch(project, look)


def watch(project: Path, look: Callable[..., Awaitable[None]]) -> None:
    """Let `look` do something to a project that is watched; what it is given returns what has been seen since."""

    async def run() -> None:
        places = Places(load(project))
        queue: asyncio.Queue[frozenset[Path]] = asyncio.Queue()

        async def hear() -> None:
            async for changed in changes(places, told=pytest.fail):
                queue.put_nowait(changed)

        async def seen(wait: float = 30.0, times: int = 1) -> set[str]:
            found: set[str] = set()
            with suppress(TimeoutError):
                for _ in range(times):
                    found |= {_from(path, project) for path in await asyncio.wait_for(queue.get(), wait)}
            return found

        hearing = asyncio.create_task(hear())
        await asyncio.sleep(0.3)
        try:
            await (look(seen) if look.__code__.co_argcount == 1 else look(seen, places))
        finally:
            hearing.cancel()
            with suppress(asyncio.CancelledError):
                await hearing

    asyncio.run(run())


def _from(path: Path, project: Path) -> str:
    inside = path.is_relative_to(project)
    return (
        path.relative_to(project).as_posix()
        if inside
        else f"../{path.relative_to(project.parent).as_posix()}"
    )
