"""Which files are there, and what a terminal is shown of a text."""

import os
from pathlib import Path

import pytest

from toolchain.base.files import files_below
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
