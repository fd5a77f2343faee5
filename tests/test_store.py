"""The store: first writer wins, damage is noticed, nothing half-written is read."""

from pathlib import Path

import msgspec
import pytest

from toolchain.files import sha256_bytes, write_atomically
from toolchain.model import FileRecord, Record
from toolchain.store import Store

KEY = "ab" + "0" * 62


def record_of(blob: str, inputs: tuple[FileRecord, ...] = (), start: str = "2020") -> Record:
    return Record(
        blob=blob,
        inputs=inputs,
        seconds=1.0,
        device="cpu",
        toolchain="0",
        commit="",
        start=start,
        versions={},
    )


def test_a_result_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    blob = store.put(b"notebook")
    record = store.record(KEY, record_of(blob))

    assert blob == sha256_bytes(b"notebook")
    assert store.records(KEY) == (record,)
    assert store.read(blob) == b"notebook"


def test_first_writer_wins_unless_told_to_replace(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = store.record(KEY, record_of(store.put(b"first")))

    assert store.record(KEY, record_of(store.put(b"second"))) == first
    second = record_of(store.put(b"second"))
    assert store.record(KEY, second, replace=True) == second
    assert store.records(KEY) == (second,)


def test_results_of_other_inputs_stand_beside_each_other(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name in ("a", "b"):
        store.record(KEY, record_of(store.put(name.encode()), (FileRecord(path=name, sha256="0"),)))

    assert {record.inputs[0].path for record in store.records(KEY)} == {"a", "b"}


def test_damage_counts_as_absent_and_is_mended(tmp_path: Path) -> None:
    store = Store(tmp_path)
    record = store.record(KEY, record_of(store.put(b"notebook")))
    path = tmp_path / "blobs" / record.blob[:2] / record.blob
    path.write_bytes(b"note")

    assert store.read(record.blob) is None
    assert store.records(KEY) == ()
    assert store.put(b"notebook") == record.blob
    assert store.records(KEY) == (record,)


def test_record_of_another_shape_is_passed_over(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.record(KEY, record_of(store.put(b"notebook")))
    folder = tmp_path / "keys" / KEY[:2] / KEY
    (folder / "other.json").write_bytes(msgspec.json.encode({"blob": 1}))
    (folder / "half.json").write_bytes(b'{"blob": "')

    assert len(store.records(KEY)) == 1


def test_atomic_write_leaves_nothing_when_it_fails(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()  # nothing can be renamed over a folder

    with pytest.raises(IsADirectoryError):
        write_atomically(target, b"data")

    assert list(tmp_path.iterdir()) == [target]
