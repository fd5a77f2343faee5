"""The store: first writer wins, damage is noticed and set aside, nothing half-written is read."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from support.damage import ODD_FILES

from toolchain.base.errors import StoreError
from toolchain.base.files import sha256_bytes, write_atomically
from toolchain.execute import executor, results, showing
from toolchain.execute.attempts import RunPolicy
from toolchain.messages import progress
from toolchain.model import (
    Book,
    Document,
    Executed,
    FileRecord,
    NotebookReport,
    Plan,
    Planned,
    Provenance,
    Reason,
    Record,
)
from toolchain.project import settings
from toolchain.store import verified
from toolchain.store.provenance import provenance
from toolchain.store.store import CHANGED, NO_BLOB, NO_RECORD, Damage, Store

KEY = "ab" + "0" * 62


def record_of(
    blob: str, inputs: tuple[FileRecord, ...] = (), start: str = "2020", notebook: str = ""
) -> Record:
    return Record(
        blob=blob,
        inputs=inputs,
        seconds=1.0,
        device="cpu",
        toolchain="0",
        commit="",
        start=start,
        versions={},
        notebook=notebook,
    )


def test_a_result_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    blob = store.put(b"notebook")
    record = store.record(KEY, record_of(blob))

    assert blob == sha256_bytes(b"notebook")
    assert store.records(KEY) == (record,)
    assert store.read(blob) == b"notebook"


def test_a_notebook_is_read_again_only_if_its_file_looks_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path, remember=True)
    blob = store.put(b"notebook")
    store.record(KEY, record_of(blob))
    time.sleep(2 * verified.SETTLED_NS / 1e9)
    read: list[Path] = []

    def note(path: Path) -> bytes:
        read.append(path)
        return path.read_bytes()

    monkeypatch.setattr("toolchain.store.store.content_of", note)

    assert store.records(KEY)
    assert store.read(blob) == b"notebook"
    assert store.problem(blob) == ""
    assert read.count(store.blob(blob)) == 1

    store.blob(blob).write_bytes(b"Notebook")
    assert store.read(blob) is None
    assert store.records(KEY) == ()


def test_what_is_remembered_of_notebooks_has_a_bound(tmp_path: Path) -> None:
    remembered = verified.VerifiedBlobs(most=10)
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"12345")
    time.sleep(2 * verified.SETTLED_NS / 1e9)
    for name in ("a", "a", "b", "c", "c"):  # two threads may have read the same one
        remembered.keep(tmp_path / name, verified.looks_of(tmp_path / name), b"12345")

    assert [remembered.get(tmp_path / name) for name in ("a", "b", "c")] == [None, b"12345", b"12345"]


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


def reporting_store(folder: Path, *, mend: bool = True) -> tuple[Store, list[Damage]]:
    damaged: list[Damage] = []
    return Store(folder, damaged.append, mend=mend), damaged


def test_damaged_notebook_is_named_and_set_aside_with_its_record(tmp_path: Path) -> None:
    store, damaged = reporting_store(tmp_path)
    record = store.record(KEY, record_of(store.put(b"notebook"), notebook="chapter/page"))
    path = store.blob(record.blob)
    path.write_bytes(b"note")

    assert store.records(KEY) == ()

    (damage,) = damaged
    assert (damage.notebook, damage.problem, damage.aside) == ("chapter/page", CHANGED, True)
    assert [tmp_path / path for path in damage.paths] == [path, store.path(KEY, record)]
    assert (tmp_path / "damaged" / damage.paths[0]).read_bytes() == b"note"
    assert not path.exists()
    assert not store.path(KEY, record).exists()
    # Stored again and damaged again, the first stays.
    store.record(KEY, record_of(store.put(b"notebook")))
    path.write_bytes(b"no")
    assert Store(tmp_path, mend=True).records(KEY) == ()
    assert sorted(
        path.read_bytes() for path in (tmp_path / "damaged/blobs").rglob("*") if path.is_file()
    ) == [
        b"no",
        b"note",
    ]


def test_store_that_is_not_to_mend_changes_nothing(tmp_path: Path) -> None:
    store, damaged = reporting_store(tmp_path, mend=False)
    record = store.record(KEY, record_of(store.put(b"notebook")))
    store.blob(record.blob).write_bytes(b"note")
    before = sorted(tmp_path.rglob("*"))

    assert store.records(KEY) == ()
    assert store.read(record.blob) is None

    assert [damage.aside for damage in damaged] == [False]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("content", [b'{"blob": "', b"[]", b'{"blob": "../../../etc/passwd"}', b"\xff\xfe"])
def test_record_that_is_none_is_set_aside(content: bytes, tmp_path: Path) -> None:
    store, damaged = reporting_store(tmp_path)
    path = store.path(KEY, store.record(KEY, record_of(store.put(b"notebook"))))
    path.write_bytes(content)

    assert store.records(KEY) == ()

    assert [damage.problem for damage in damaged] == [NO_RECORD]
    assert (tmp_path / "damaged" / path.relative_to(tmp_path)).read_bytes() == content


def test_record_whose_inputs_are_not_those_of_its_name_is_damaged(tmp_path: Path) -> None:
    store, damaged = reporting_store(tmp_path)
    inputs = (FileRecord(path="a", sha256="0"),)
    path = store.path(KEY, store.record(KEY, record_of(store.put(b"notebook"), inputs)))
    path.write_bytes(path.read_bytes().replace(b'"0"', b'"1"'))

    assert store.records(KEY) == ()
    assert [damage.problem for damage in damaged] == [CHANGED]


def test_record_of_another_version_is_left_alone(tmp_path: Path) -> None:
    store, damaged = reporting_store(tmp_path)
    blob = store.put(b"notebook")
    path = store.path(KEY, record_of(blob))
    path.parent.mkdir(parents=True)
    path.write_bytes(msgspec.json.encode({"blob": blob, "of": "the future"}))

    assert store.records(KEY) == ()
    assert damaged == []
    assert path.exists()


def test_record_without_its_notebook_is_damaged(tmp_path: Path) -> None:
    store, damaged = reporting_store(tmp_path)
    record = store.record(KEY, record_of(store.put(b"notebook")))
    store.blob(record.blob).unlink()

    assert store.records(KEY) == ()
    assert [damage.problem for damage in damaged] == [NO_BLOB]


def test_store_that_cannot_be_read_is_no_empty_store(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/ab").write_bytes(b"")  # a file where a folder has to be: that stops root, too

    with pytest.raises(StoreError, match=r"keys/ab/ab0+: the store cannot be read") as raised:
        Store(tmp_path).records(KEY)

    assert raised.value.remedy == "Move away the file that stands in the place of a folder."


def test_notebook_that_cannot_be_read_is_no_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr("toolchain.store.store.content_of", broken)

    with pytest.raises(StoreError, match=r"the store cannot be read: Input/output error"):
        Store(tmp_path).read(sha256_bytes(b"notebook"))


@pytest.mark.parametrize("odd", ODD_FILES)
@pytest.mark.parametrize("which", ["notebook", "record"])
def test_what_is_no_file_is_set_aside(which: str, odd: str, tmp_path: Path) -> None:
    store, damages = reporting_store(tmp_path)
    record = store.record(KEY, record_of(store.put(b"notebook")))
    path = store.blob(record.blob) if which == "notebook" else store.path(KEY, record)
    path.unlink()
    ODD_FILES[odd](path)

    assert store.records(KEY) == ()

    assert [damage.aside for damage in damages] == [True]
    assert not os.path.lexists(path)
    assert store.record(KEY, record_of(store.put(b"notebook"))) == record
    assert store.records(KEY) == (record,)


def test_damage_that_cannot_be_set_aside_is_told(tmp_path: Path) -> None:
    store, _ = reporting_store(tmp_path)
    record = store.record(KEY, record_of(store.put(b"notebook")))
    store.blob(record.blob).write_bytes(b"note")
    (tmp_path / "damaged").write_bytes(b"")

    with pytest.raises(StoreError, match=rf"{record.blob}: the store cannot be mended, it is damaged: "):
        store.records(KEY)


def test_what_another_thread_has_set_aside_is_gone_and_told_once(tmp_path: Path) -> None:
    store, damaged = reporting_store(tmp_path)
    path = store.blob(store.put(b"notebook"))

    for _ in range(2):
        store.report_damage((path,), CHANGED)

    assert [damage.problem for damage in damaged] == [CHANGED]
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [path.name]


def test_signatures_are_those_of_one_record(tmp_path: Path) -> None:
    store = Store(tmp_path)
    record = record_of(store.put(b"notebook"))
    for content in (b"one", b"two"):
        store.adopt(KEY, record, content, {"signer": b"of " + content})

    assert store.signatures(KEY, b"two") == {"signer": b"of two"}


def test_store_that_cannot_be_written_says_so_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"")

    with pytest.raises(StoreError, match="store: the store cannot be written"):
        Store(tmp_path / "store").require_writable()

    Store(tmp_path / "other").require_writable()
    assert sorted(path.name for path in (tmp_path / "other").rglob("*")) == ["blobs", "keys"]


def test_full_disk_has_its_own_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("toolchain.store.store.write_atomically", full)

    with pytest.raises(StoreError, match="No space left on device") as raised:
        Store(tmp_path).put(b"notebook")

    assert "Free some space" in raised.value.remedy


def test_provenance_is_what_the_notebook_says() -> None:
    metadata = {"start": "2026-01-02T03:04:05+00:00", "seconds": 1.5, "cell_seconds": [1.0], "device": "cpu"}

    recorded = provenance(msgspec.json.encode({"cells": [], "metadata": {"toolchain": metadata}}))

    assert recorded == Provenance(start=metadata["start"], seconds=1.5, cell_seconds=(1.0,), device="cpu")  # type: ignore[arg-type]
    assert provenance(b'{"metadata": {}}') == Provenance()
    assert provenance(b"") == Provenance()


class Elsewhere(executor.LocalExecutor):
    """Some executor that has run one notebook."""

    def __init__(
        self, project_settings: settings.Settings, reporter: progress.Reporter, outcome: Executed
    ) -> None:
        super().__init__(project_settings, reporter)
        self._outcome = outcome

    def run_all(self, _jobs: object, rules: RunPolicy) -> None:
        rules.keep(self._outcome)


def run_into(store: Store, project: Path) -> dict[str, NotebookReport]:
    """Let the pipeline keep the result of one notebook that some executor has run."""
    page = Document(name="page", path="book/page.md", title="Page", cells=())
    outcome = Executed(
        planned=Planned(document=page, key=KEY, reason=Reason.NEW),
        notebook="{}",
        inputs=(),
        seconds=1.0,
        device="cpu",
        start="2020",
        versions={},
    )

    project_settings = settings.load(project)
    reports = results.make(
        Plan((outcome.planned,)),
        lambda _: {},
        project_settings,
        store,
        commit="",
        executor=Elsewhere(project_settings, progress.Plain(print), outcome),
        reporter=progress.Plain(print),
    )
    return {report.name: report for report in reports}


def test_result_without_room_waits_until_there_is(
    copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = copy("minimal")
    store = Store(project / "_build/store")
    full = [True]

    def write(path: Path, data: bytes) -> None:
        if full and full.pop():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_atomically(path, data)

    monkeypatch.setattr("toolchain.store.store.write_atomically", write)

    reports = run_into(store, project)

    assert reports["page"].status == "executed"
    assert store.read(reports["page"].blob) == b"{}"
    assert "waits   page, in memory" in capsys.readouterr().out


def test_result_that_goes_while_the_book_is_built_is_told(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    store = Store(project / "_build/store")
    reports = tuple(run_into(store, project).values())
    page = Document(name="page", path="book/page.md", title="Page", cells=())
    (shown,) = showing.Shown(Book((page,)), reports, store, settings.load(project), bool).for_cache()
    store.blob(reports[0].blob).unlink()

    with pytest.raises(StoreError, match=r"^book/page\.md: its result was damaged or removed while"):
        shown.read()


def test_result_that_never_finds_room_is_named(
    copy: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy("minimal")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("toolchain.store.store.write_atomically", full)

    with pytest.raises(StoreError, match="not stored, to be run again: page"):
        run_into(Store(project / "_build/store"), project)
