"""What is saved, added and removed among everything that pages are made of."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Self

from watchfiles import Change, awatch

from toolchain.base.refusals import BUILD
from toolchain.project.settings import Settings

QUIET_MS = 30
"""Editors write a file in several steps: what is saved counts when nothing has moved for so long."""
LONGEST_MS = 300
"""Something that is written all the time is looked at nevertheless."""
SECONDS_TO_TRY_AGAIN = 1.0
PASSED_OVER = re.compile(
    r"^(\.git|\.hg|\.svn|\.nox|\.venv|__pycache__|\.ipynb_checkpoints|\.DS_Store|4913|_build)$"
    r"|^\.#|^#.*#$|^\.~lock\.|^\.goutputstream-|^\.aside-"
    r"|~$|\.(sw[a-px]|tmp|bak|part|crdownload|kate-swp)$|___jb_(tmp|old)___$"
)
"""Names of what editors and others put down beside a file for a while, and of what we make ourselves."""

Look = tuple[int, int] | None
"""What a file looks like: which it is, and its time; None if there is none."""


def look(path: Path) -> Look:
    """Return what a file looks like now."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns


class Places:
    """Where to look: the book's own folders, and whatever else its pages were made with."""

    def __init__(self, settings: Settings) -> None:
        """Look at the book's own folders, which may be made later."""
        self._project = settings.project
        self._deep = set(settings.folders) | {settings.kernel_folder}
        self._files: set[Path] = set()
        self.news = asyncio.Event()
        """Set when there is somewhere else to look."""

    def add(self, dependencies: Iterable[str]) -> bool:
        """Look at these files and folders as well; say whether that is anything new."""
        before = (frozenset(self._deep), frozenset(self._files))
        for name in dependencies:
            path = Path(os.path.normpath(self._project / name))
            if not any(folder == path or folder in path.parents for folder in self._deep):
                (self._deep if path.is_dir() else self._files).add(path)
        if before == (frozenset(self._deep), frozenset(self._files)):
            return False
        self.news.set()
        return True

    def look(self) -> "Watched":
        """Return what is to be watched as the folders are now; links in them are followed."""
        linked = [link for folder in self._deep for link in _linked_files(folder)]
        places = {_real(path) for path in (*self._files, *self._deep, *linked)}
        parents = {self._project, *(path.parent for path in (*self._files, *self._deep, *places))}
        return Watched(
            frozenset(path for path in places if path.is_dir()),
            frozenset(_real(path) for path in parents if path.is_dir()),
            frozenset(places),
        )


class Watched(NamedTuple):
    """What is watched."""

    deep: frozenset[Path]
    """Folders, with all below them."""
    flat: frozenset[Path]
    """Folders for their own names: the project's, where folders come and go, and those of single files."""
    places: frozenset[Path]
    """Files and folders that count, whether they are there or not."""

    def matters(self, path: Path) -> bool:
        """Say whether something that has changed is anything that pages are made of."""
        for place in self.places:
            if place == path or place in path.parents:
                inner = path.relative_to(place).parts or (path.name,)
                return not any(PASSED_OVER.search(part) for part in inner)
        return False


def _linked_files(folder: Path) -> Iterator[Path]:
    """Yield the links to files below a folder; links to folders the system's watcher follows by itself."""
    for parent, _, files in os.walk(folder):
        yield from (path for name in files if (path := Path(parent, name)).is_symlink())


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


async def changes(places: Places, *, told: Callable[[str], None]) -> AsyncIterator[frozenset[Path]]:
    """Yield what has changed, all that was saved at once together.

    Where the system cannot watch so many folders it is told, and they are looked at again and again.
    """
    queue: asyncio.Queue[frozenset[Path]] = asyncio.Queue()
    polling = again = False
    while True:
        places.news.clear()
        watched = places.look()
        async with _Watchers(watched, queue, polling=polling) as watchers:
            if again:  # what was saved in between, nobody has seen
                yield watched.places
            try:
                async for batch in watchers.batches(places.news):
                    changed = frozenset(path for path in batch if watched.matters(path))
                    if changed:
                        yield changed
                    # A folder that was put in the place of another is watched anew; so is one that was not there.
                    if changed & watched.deep or places.look() != watched:
                        break
            except (OSError, RuntimeError) as error:  # the second is watchfiles' own
                if not polling:
                    told(f"the system watches no more files ({error}): they are looked at every moment")
                polling = True
                await asyncio.sleep(SECONDS_TO_TRY_AGAIN)
        again = True


class _Watchers:
    """The system's watchers of some folders, at work."""

    def __init__(self, watched: Watched, queue: asyncio.Queue[frozenset[Path]], *, polling: bool) -> None:
        self._watched, self._queue, self._polling = watched, queue, polling
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        kinds = ((self._watched.deep, True), (self._watched.flat, False))
        self._tasks = [
            asyncio.create_task(self._watch(folders, recursive=deep)) for folders, deep in kinds if folders
        ]
        await asyncio.sleep(0)  # they begin
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def batches(self, news: asyncio.Event) -> AsyncIterator[frozenset[Path]]:
        """Yield what was seen, and nothing once where to look has changed; raise what a watcher fails with."""
        waiting = asyncio.create_task(news.wait())
        try:
            while True:
                got = asyncio.create_task(self._queue.get())
                done, _ = await asyncio.wait(
                    (got, waiting, *self._tasks), return_when=asyncio.FIRST_COMPLETED
                )
                batch = got.result() if got in done else frozenset[Path]()
                if got not in done:
                    got.cancel()
                for task in done & set(self._tasks):
                    task.result()
                while not self._queue.empty():  # the other watcher has seen something of the same
                    batch |= self._queue.get_nowait()
                yield batch
        finally:
            waiting.cancel()

    async def _watch(self, folders: frozenset[Path], *, recursive: bool) -> None:
        async for batch in awatch(
            *sorted(folders),
            watch_filter=_counts,
            debounce=LONGEST_MS,
            step=QUIET_MS,
            stop_event=self._stop,
            recursive=recursive,
            force_polling=self._polling or None,
            ignore_permission_denied=True,
        ):
            self._queue.put_nowait(frozenset(Path(path) for _, path in batch))


def _counts(_change: Change, path: str) -> bool:
    """Say at once that what we write ourselves does not count, wherever it lies."""
    return f"{os.sep}{BUILD}{os.sep}" not in path
