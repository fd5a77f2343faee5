"""What was made by our code earlier is good as long as no file of the rooms that it goes through has changed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.rooms import PACKAGE, imported_by

from toolchain.base import code
from toolchain.base.code import digest_of_rooms
from toolchain.cluster import protocol
from toolchain.sources import reading

DIGESTS = {
    "a parsed page": (reading.ROOMS, ("toolchain.sources.reading", "toolchain.sources.parsing")),
    "a worker": (protocol.ROOMS, ("toolchain.cluster.member", "toolchain.cluster.worker_tasks")),
}
"""What each digest is for, with its rooms and the modules that the work begins in."""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a copy of the package, of which the digests are then."""
    copy = tmp_path / "toolchain"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "ROOT", copy)
    yield copy
    digest_of_rooms.cache_clear()


def digest(rooms: tuple[str, ...]) -> str:
    for remembered in (digest_of_rooms, code.digest_of_file):
        remembered.cache_clear()
    return digest_of_rooms(rooms)


@pytest.mark.parametrize("purpose", DIGESTS)
def test_each_file_of_the_rooms_changes_the_digest(purpose: str, package: Path) -> None:
    rooms, _ = DIGESTS[purpose]
    before = digest(rooms)
    files = [path for room in rooms for path in (package / room).rglob("*") if path.is_file()]
    assert len(files) > len(rooms)

    for path in files:
        content = path.read_bytes()
        path.write_bytes(content + b"#")
        assert digest(rooms) != before, path
        path.write_bytes(content)
    assert digest(rooms) == before

    (package / rooms[0] / "new.py").write_text("")
    assert digest(rooms) != before


@pytest.mark.parametrize("purpose", DIGESTS)
def test_the_rooms_are_all_that_the_work_goes_through(purpose: str) -> None:
    rooms, modules = DIGESTS[purpose]

    imported = {name for module in modules for name in imported_by(module)}

    assert {name.split(".")[1] for name in imported if "." in name} == set(rooms)


def test_a_file_of_another_room_changes_nothing(package: Path) -> None:
    before = digest(reading.ROOMS)

    (package / "check" / "base.py").write_text("changed")

    assert digest(reading.ROOMS) == before
