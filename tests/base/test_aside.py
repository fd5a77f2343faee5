"""What is made aside is whole or absent, and what a killed process has left goes while what lives stays."""

import errno
import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from toolchain.base import aside
from toolchain.base.files import copy_aside, write_atomically


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def make_and_wait(folder: Path, ready: Connection) -> None:
    """Be at work on a file, a folder and a folder for temporary files until somebody kills us."""
    with (
        aside.file_aside(folder / "store/blob") as file,
        aside.folder_aside(folder / "cache") as cache,
        aside.folder_for_now(folder),
    ):
        file.write_text("half")
        (cache / "half").touch()
        ready.send("at work")
        signal.pause()


@pytest.fixture
def at_work(tmp_path: Path) -> multiprocessing.Process:
    """Give a process that is at work in this test's folder."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=make_and_wait, args=(tmp_path, there), daemon=True)
    process.start()
    here.recv()
    return process


def test_what_a_killed_process_has_left_goes_at_once_and_what_lives_stays(
    at_work: multiprocessing.Process, tmp_path: Path
) -> None:
    living = names(tmp_path)
    assert len(living) == 5

    aside.sweep(tmp_path)
    aside.sweep_temporary(tmp_path)

    assert names(tmp_path) == living
    at_work.kill()
    at_work.join()
    aside.sweep(tmp_path)
    aside.sweep_temporary(tmp_path)
    assert names(tmp_path) == ["store"]


def test_a_sweep_that_is_faster_than_the_lock_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = aside._new_file  # noqa: SLF001 - the moment between making and locking is in no interface
    swept: list[Path] = []

    def make(folder: Path) -> Path:
        path = made(folder)
        if not swept:
            swept.append(path)
            aside.sweep(folder)
        return path

    monkeypatch.setattr(aside, "_new_file", make)

    write_atomically(tmp_path / "file", b"content")

    assert not swept[0].exists()
    assert (tmp_path / "file").read_bytes() == b"content"
    assert names(tmp_path) == ["file"]


def test_a_folder_takes_the_place_of_another_or_leaves_it(tmp_path: Path) -> None:
    with aside.folder_aside(tmp_path / "cache") as folder:
        (folder / "first").touch()
    with suppress(KeyError), aside.folder_aside(tmp_path / "cache") as folder:
        (folder / "second").touch()
        raise KeyError
    assert names(tmp_path) == ["cache", "cache/first"]

    with aside.folder_aside(tmp_path / "cache") as folder:
        (folder / "third").touch()

    assert names(tmp_path) == ["cache", "cache/third"]


@pytest.mark.parametrize("name", ["page" * 60, "seite-ä-頁"])
def test_a_name_may_be_as_long_as_the_system_lets_it(name: str, tmp_path: Path) -> None:
    write_atomically(tmp_path / name, b"content")

    assert names(tmp_path) == [name]


def full(number: int) -> Callable[..., None]:
    def refuse(source: object, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(source))

    return refuse


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_of_two_files_the_one_without_room_is_named(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "source").touch()
    monkeypatch.setattr("shutil.copyfile", full(number))

    with pytest.raises(OSError, match="target") as raised:
        copy_aside(tmp_path / "source", tmp_path / "target")

    assert raised.value.filename == str(tmp_path / "target")
    assert names(tmp_path) == ["source"]


def test_the_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="source"):
        copy_aside(tmp_path / "source", tmp_path / "target")


def test_where_nothing_can_be_locked_only_what_is_old_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "_locked", lambda *_, **__: None)
    old, new = tmp_path / f"{aside.PREFIX}old", tmp_path / f"{aside.PREFIX}new"
    for path in (old, new):
        path.mkdir()
    os.utime(old, (0, 0))

    aside.sweep(tmp_path)

    assert names(tmp_path) == [new.name]
    with suppress(KeyError), aside.folder_aside(tmp_path / "cache"):
        raise KeyError
    assert names(tmp_path) == [new.name]


def test_what_is_refused_in_a_folder_is_named_where_it_will_stand(tmp_path: Path) -> None:
    refused = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left") as raised, aside.folder_aside(tmp_path / "cache"):
        raise_wrapped(refused)

    assert raised.value.filename == str(tmp_path / "cache")
    assert names(tmp_path) == []


def raise_wrapped(error: OSError) -> None:
    """Raise what a library makes of an error."""
    try:
        raise error
    except OSError as cause:
        raise RuntimeError("of the library") from cause
