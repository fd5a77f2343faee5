"""What the system refuses has its file, and a remedy that fits; what a library makes of it is recognised."""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.base import refusals
from toolchain.base.errors import UnwritableError


def no_room(name: str | None = None) -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EDQUOT, "Free some space"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EROFS, "Mount its disk for writing"),
        (errno.EACCES, "chmod"),
        (errno.EIO, "disk fails"),
        (errno.ENAMETOOLONG, "shorter"),
        (errno.ELOOP, "link"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENOTDIR, "Move away"),
    ],
)
def test_each_has_its_remedy(number: int, words: str, tmp_path: Path) -> None:
    error = UnwritableError(OSError(number, os.strerror(number), str(tmp_path / "file")), tmp_path)

    assert error.message == f"{tmp_path / 'file'}: {os.strerror(number)}"
    assert words in error.remedy
    assert error.exit_code == 2


def test_what_would_give_room_is_said_with_its_size(tmp_path: Path) -> None:
    build = tmp_path / "_build"
    for name, size in (("html/page.html", 3_000_000), ("store/blobs/ab/blob", 5_000_000)):
        (build / name).parent.mkdir(parents=True)
        (build / name).write_bytes(b"x" * size)

    remedy = UnwritableError(no_room(), build / "html/other.html").remedy

    assert (
        f"B are free on the disk of {build / 'html'}; `toolchain clean` frees the 3.0 MB of what was made there"
        in remedy
    )
    assert "`toolchain store gc` says which results, of 5.0 MB, nothing needs." in remedy


def test_among_temporary_files_another_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert "TMPDIR" in UnwritableError(no_room(), tmp_path / "run/file").remedy


def test_it_is_found_however_it_was_wrapped() -> None:
    try:
        try:
            raise no_room("file")
        except OSError as error:
            raise ExceptionGroup("several", [ValueError(), RuntimeError(error)]) from error
    except ExceptionGroup as error:
        found = refusals.refusal(error)

    assert found is not None
    assert found.filename == "file"
    assert refusals.refusal(FileNotFoundError(errno.ENOENT, "no such file", "file")) is None
    assert refusals.refusal(KeyError()) is None


@pytest.mark.parametrize(
    ("said", "number"), [("database or disk is full", errno.ENOSPC), ("disk I/O error", errno.EIO)]
)
def test_what_sqlite_says_of_it_is_known(said: str, number: int) -> None:
    found = refusals.refusal(sqlite3.OperationalError(said))

    assert found is not None
    assert found.errno == number


def test_only_what_no_author_can_mend_is_no_finding(tmp_path: Path) -> None:
    build = tmp_path / "_build"
    of: Callable[[int, Path], OSError] = lambda number, path: OSError(number, "", str(path))  # noqa: E731 - a line each
    said = (
        "words",
        of(errno.EACCES, tmp_path / "img/private.png"),
        of(errno.EACCES, build / "html/page.html"),
        of(errno.ENOSPC, tmp_path / "img/picture.png"),
        of(errno.ENOENT, build / "html/gone.html"),
    )

    assert list(refusals.refused_in(said, build)) == [said[2], said[3]]
    assert list(refusals.refused_in({"named": "arguments"}, build)) == []


def test_a_folder_is_tried_and_what_a_program_said_is_believed(tmp_path: Path) -> None:
    assert refusals.refusal_in(tmp_path) is None
    said = refusals.refusal_in(tmp_path, "xelatex: fwrite: No space left on device")
    assert said is not None
    assert said.errno == errno.ENOSPC
    assert refusals.refusal_in(tmp_path / "not-there") is None
