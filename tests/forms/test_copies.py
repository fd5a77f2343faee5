"""What is there with the same content is not written again, and everything else is, however it looks."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.base.digests import Digests
from toolchain.base.errors import SourceError
from toolchain.forms.copies import Content, mirror
from toolchain.forms.notebooks.archive_layout import would_have, write_zip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "large.bin").write_bytes(b"1" * 3_000_000)
    return tmp_path / "large.bin"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def test_only_what_has_changed_is_written(source: Path, tmp_path: Path) -> None:
    folder, kept = tmp_path / "copies", Digests()
    mirror(folder, {"a/large.bin": source, "b": b"x", "gone/c": b"y"}, kept)
    before = {name: (folder / name).stat().st_ino for name in ("a/large.bin", "b")}

    mirror(folder, {"a/large.bin": source, "b": b"z"}, Digests(kept.seen()))

    assert contents(folder) == {"a/large.bin": source.read_bytes(), "b": b"z"}
    assert not (folder / "gone").exists()
    assert (folder / "a/large.bin").stat().st_ino == before["a/large.bin"]
    assert (folder / "b").stat().st_ino != before["b"]


def with_its_time_kept(path: Path) -> None:
    stat = path.stat()
    path.write_bytes(b"2" * stat.st_size)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def as_a_link(path: Path) -> None:
    path.rename(path.with_suffix(".other"))
    path.symlink_to(path.with_suffix(".other"))


def as_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inner").write_bytes(b"")


@pytest.mark.parametrize("damage", [with_its_time_kept, as_a_link, as_a_folder, Path.unlink])
def test_what_somebody_has_put_there_goes(
    damage: Callable[[Path], None],
    source: Path,
    tmp_path: Path,
) -> None:
    folder, kept = tmp_path / "copies", Digests()
    files: dict[str, Content] = {"a/large.bin": source, "b": b"x"}
    mirror(folder, files, kept)
    damage(folder / "a/large.bin")

    mirror(folder, files, Digests(kept.seen()))

    assert contents(folder) == {"a/large.bin": b"1" * 3_000_000, "b": b"x"}
    assert not any(path.is_symlink() for path in folder.rglob("*"))


def test_a_source_that_has_changed_and_kept_its_time_is_copied(source: Path, tmp_path: Path) -> None:
    folder, kept = tmp_path / "copies", Digests()
    mirror(folder, {"large.bin": source}, kept)
    archived = write_zip(tmp_path / "a.zip", {"large.bin": source, "b": b"x"})
    assert would_have({"b": b"x", "large.bin": source}, Digests(kept.seen())) == archived

    with_its_time_kept(source)
    mirror(folder, {"large.bin": source}, Digests(kept.seen()))

    assert contents(folder) == {"large.bin": b"2" * 3_000_000}
    assert would_have({"b": b"x", "large.bin": source}, Digests(kept.seen())) != archived


def test_a_source_that_is_gone_is_named(source: Path, tmp_path: Path) -> None:
    source.unlink()

    with pytest.raises(SourceError, match=r"a/large\.bin: No such file"):
        mirror(tmp_path / "copies", {"a/large.bin": source}, Digests())
    with pytest.raises(SourceError, match=r"a/large\.bin: No such file"):
        write_zip(tmp_path / "a.zip", {"a/large.bin": source})
