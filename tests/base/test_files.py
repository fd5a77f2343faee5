"""Which files are there, and what a terminal is shown of a text."""

import errno
import os
from pathlib import Path
from typing import IO

import pytest

from toolchain.base.files import copy_file, files_below
from toolchain.base.terminal import shown


def test_files_are_those_that_can_be_read(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden", "old~"):
        (tmp_path / name).touch()
    for folder in ("inside", "__pycache__"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "c").touch()
    (tmp_path / "leads-nowhere").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")

    assert [path.relative_to(tmp_path).as_posix() for path in files_below(tmp_path)] == ["a", "b", "inside/c"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[38;2;255;0;0mred", "\x1b[38;5;196mred"),
        ("\x1b[38;2;255mhalf a colour", "\x1b[mhalf a colour"),
    ],
)
def test_colours_are_shown_as_one_of_256(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize("shares", [False, True])
def test_a_copy_is_one_of_its_own_whether_the_file_system_shares_content_or_not(
    *, shares: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"content" * 1000)
    target.write_bytes(b"of before")
    fcntl = pytest.importorskip("fcntl")

    def ioctl(copy: IO[bytes], request: int, file: int) -> None:
        assert request == 0x40049409
        if not shares:
            raise OSError(errno.EOPNOTSUPP, "not here")
        copy.write(b"shared" + os.pread(file, 7, 0))

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    copy_file(source, target)

    assert target.read_bytes() == (b"sharedcontent" if shares else source.read_bytes())
    target.write_bytes(b"")
    assert source.read_bytes() == b"content" * 1000
