"""What comes from elsewhere is refused and named unless it is what it says, and signed by whom book.toml trusts."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.projects import copy_project
from support.running import run_toolchain
from support.sharing_places import digests, make_up

from toolchain.base.errors import ConfigError, RemoteError
from toolchain.base.files import sha256_bytes
from toolchain.build import store_upkeep
from toolchain.messages import progress
from toolchain.model import FileRecord, Record
from toolchain.project import settings
from toolchain.project.settings import Settings
from toolchain.sharing import exchange, names, source, trust
from toolchain.sharing import pull as pulling
from toolchain.sharing import push as pushing
from toolchain.sharing.file_system import FileSystem
from toolchain.sharing.pull import MOST_RECORDS, Pulled, WantedResult, lacking
from toolchain.sharing.source import Source
from toolchain.sharing.trust import RefusedError, SignedResult, Signer, Trusted
from toolchain.store.store import CHANGED, NO_BLOB, NO_RECORD, Store


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a signed result, and another that stays as it is."""
    folder = tmp_path_factory.mktemp("shared")
    project_settings = settings.load(copy_project("minimal", folder / "host"))
    make_up(Store(project_settings.store), range(2))
    trust.make_key(folder / "key.pem")
    push(project_settings, folder)
    return folder


def push(project_settings: Settings, folder: Path, key: str = "key.pem") -> None:
    target = exchange.target(project_settings, url=str(folder / "share"), sign=folder / key if key else None)
    exchange.push_all(project_settings, target, silent)


def silent(_event: progress.Event) -> None:
    pass


@pytest.fixture
def share(shared: Path, tmp_path: Path) -> Path:
    """Give a copy of the folder that a test may tamper with."""
    shutil.copytree(shared, tmp_path, dirs_exist_ok=True)
    return tmp_path / "share"


@pytest.fixture
def laptop(shared: Path, tmp_path: Path) -> Settings:
    """Give a project that trusts whoever has the key."""
    return trusting(tmp_path, Signer(shared / "key.pem").public)


def trusting(folder: Path, *lines: str) -> Settings:
    project = copy_project("minimal", folder / f"laptop-{len(list(folder.glob('laptop-*')))}")
    with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
        toml.write(f'\n[store]\nremote = "{folder / "share"}"\ntrusted = {list(lines)}\n'.replace("'", '"'))
    return settings.load(project)


def pulled(project_settings: Settings) -> Pulled:
    return exchange.pull_all(project_settings, "", silent)


def first(share: Path, kind: str) -> Path:
    """Return a file of the first record: the record, its notebook, its signature, its index."""
    record = min(share.glob("keys/*/*/*.json"))
    data = record.read_bytes()
    key = record.parent.name
    (signature,) = share.glob(f"signatures/*/{key}/{sha256_bytes(data)}.*")
    return {
        "record": record,
        "blob": share / names.blob_name(msgspec.json.decode(data, type=Record).blob),
        "signature": signature,
        "index": share / names.index_of(key[:2]),
    }[kind]


def reindex(project_settings: Settings, share: Path) -> None:
    """Have whoever tampers write the index, too."""
    target = exchange.target(project_settings, url=str(share))
    pushing.update_index(target.remote, names.PREFIXES)


def change(kind: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def tamper(share: Path) -> None:
        path = first(share, kind)
        data = path.read_bytes()
        assert old in data
        path.write_bytes(data.replace(old, new, 1))

    return tamper


def remove(kind: str) -> Callable[[Path], None]:
    return lambda share: first(share, kind).unlink()


def under_another_key(share: Path) -> None:
    """Put the record of one result where that of another was, with its signature."""
    record, other = sorted(share.glob("keys/*/*/*.json"))
    shutil.copyfile(other, record)
    (signature,) = share.glob(f"signatures/*/{other.parent.name}/*")
    target = share / "signatures" / record.parent.parent.name / record.parent.name / signature.name
    shutil.copyfile(signature, target)


def under_other_inputs(share: Path) -> None:
    record = first(share, "record")
    record.rename(record.with_name(f"{'0' * 64}.json"))


def of_another_result(share: Path) -> None:
    """Let a record name the notebook of another one."""
    record, other = (
        msgspec.json.decode(path.read_bytes(), type=Record) for path in sorted(share.glob("keys/*/*/*.json"))
    )
    change("record", record.blob.encode(), other.blob.encode())(share)


def grown(share: Path) -> None:
    first(share, "record").write_bytes(b" " * (names.RECORD_LIMIT + 1))


def nested(share: Path) -> None:
    first(share, "record").write_bytes(b'{"components":' + b"[" * 100_000)


def a_folder(share: Path) -> None:
    path = first(share, "record")
    path.unlink()
    path.mkdir()
    (path / "anything").touch()


def a_pipe(share: Path) -> None:
    """Put in a record's place what nobody ever writes into."""
    path = first(share, "record")
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        pytest.param(change("blob", b'"stdout"', b'"stderr"'), CHANGED, id="blob"),
        pytest.param(remove("blob"), NO_BLOB, id="no blob"),
        pytest.param(change("record", b"2026-01-01", b"2027-01-01"), "is not signed", id="record"),
        pytest.param(change("record", b'"schema": 1', b'"schema": 2'), "its key is not", id="components"),
        pytest.param(change("record", b'"blob"', b'"blab"'), NO_RECORD, id="no record"),
        pytest.param(change("record", b'"blob": "', b'"blob": "../'), NO_RECORD, id="no digest"),
        pytest.param(
            change("record", b'"chapter/', b'"\\u001b[31m'), "characters that no name has", id="escapes"
        ),
        pytest.param(
            change("record", b'"commit": ""', b'"commit": "\\u009b2J"'),
            "characters that no name has",
            id="commit",
        ),
        pytest.param(
            change("record", b'"device": "cpu"', b'"device": "%b"' % (b"x" * 5000)),
            "longer than any",
            id="long",
        ),
        pytest.param(grown, "is larger than 16.0 MB", id="large"),
        pytest.param(nested, NO_RECORD, id="nested"),
        pytest.param(change("record", b"2026-01-01", b"2026-13-01"), NO_RECORD, id="date"),
        pytest.param(under_another_key, "its key is not", id="another key"),
        pytest.param(under_other_inputs, "its name is not that of its inputs", id="other inputs"),
        pytest.param(change("signature", b"=", b"A"), "is not of what it says", id="signature"),
        pytest.param(remove("signature"), "is not signed", id="no signature"),
    ],
)
def test_what_was_tampered_with_is_refused_and_named(
    tamper: Callable[[Path], None], problem: str, share: Path, laptop: Settings
) -> None:
    name = first(share, "record").relative_to(share).parent.as_posix()
    tamper(share)
    reindex(laptop, share)

    pull = pulled(laptop)

    (refused,) = pull.refused
    assert refused.name.startswith(name)
    assert problem in refused.problem
    assert pull.results == 1
    assert Path(name).name not in str(digests(laptop.store))
    (also,) = exchange.verify(laptop, str(share), silent).refused[:1]
    assert also.problem == refused.problem


@pytest.mark.parametrize("tamper", [a_folder, a_pipe])
def test_what_is_no_file_is_refused_and_nobody_waits_for_it(
    tamper: Callable[[Path], None], share: Path, laptop: Settings
) -> None:
    name = first(share, "record").relative_to(share).as_posix()
    tamper(share)
    pull = pulled(laptop)
    assert [(refusal.name, refusal.problem) for refusal in pull.refused] == [(name, "is not there")]
    assert pull.results == 1


def test_a_notebook_whose_own_words_no_page_could_show_is_refused(share: Path, tmp_path: Path) -> None:
    record = first(share, "record")
    recorded = msgspec.json.decode(record.read_bytes(), type=Record)
    notebook = msgspec.json.decode((share / names.blob_name(recorded.blob)).read_bytes())
    notebook["metadata"]["toolchain"] = {"start": "yesterday"}
    for data, problem in (
        (msgspec.json.encode(notebook), "its notebook does not say where it comes from"),
        (b"{}", "what it names is no notebook"),
    ):
        replace_notebook(record, data, share)
        (refused,) = pulled(trusting(tmp_path)).refused
        assert refused.problem == problem


def replace_notebook(record: Path, data: bytes, share: Path) -> None:
    """Have a record name another notebook, and put that there."""
    recorded = msgspec.json.decode(record.read_bytes(), type=Record)
    blob = share / names.blob_name(sha256_bytes(data))
    blob.parent.mkdir(exist_ok=True)
    blob.write_bytes(data)
    record.write_bytes(msgspec.json.encode(msgspec.structs.replace(recorded, blob=blob.name)))


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("A" * 2000)])
def test_a_good_signature_counts_whatever_stands_beside_it(
    spoil: Callable[[Path], object], share: Path, shared: Path, tmp_path: Path
) -> None:
    signer = Signer(shared / "key.pem").public
    other = trust.make_key(tmp_path / "other.pem")
    project_settings = settings.load(shared / "host/projects/minimal")
    exchange.push_all(
        project_settings,
        exchange.target(trusting(tmp_path, other), url=str(share), sign=tmp_path / "other.pem"),
        silent,
    )
    for path in share.glob(f"signatures/*/*/*.{trust.fingerprint(other)}"):
        spoil(path)
    for trusted in ([signer, other], [signer]):
        pull = pulled(trusting(tmp_path, *trusted))
        assert (pull.results, pull.refused) == (2, ())


def test_an_index_of_rubbish_is_named_in_a_few_lines(share: Path, laptop: Settings) -> None:
    first(share, "index").write_bytes(names.encode({f"{number}" + "x" * 5000: 1 for number in range(1000)}))
    refused = [refusal for refusal in pulled(laptop).refused if "is no name of a result" in refusal.problem]
    (summary,) = [
        refusal for refusal in pulled(laptop).refused if refusal.problem.startswith("lists 990 more")
    ]
    assert summary.name == refused[0].name
    assert len(refused) == 10
    assert max(len(refusal.problem) for refusal in refused) < 300


def test_what_is_no_index_is_named_and_the_other_parts_are_used(share: Path, laptop: Settings) -> None:
    index = first(share, "index")
    index.write_bytes(b"<html>")

    pull = pulled(laptop)

    assert [(refusal.name, refusal.problem) for refusal in pull.refused] == [
        (f"index/{index.name}", "is no index")
    ]
    assert pull.results == 1


def test_a_notebook_that_is_here_is_not_fetched_again(share: Path, laptop: Settings) -> None:
    assert pulled(laptop).results == 2
    records = [*laptop.store.glob("keys/*/*/*.json")]
    size = sum(path.stat().st_size for path in records)
    for path in records:
        path.unlink()
    for path in share.glob("blobs/*/*"):
        path.unlink()

    pull = pulled(laptop)

    assert (pull.results, pull.refused, pull.bytes) == (2, (), size)


def test_a_notebook_that_no_record_has_is_read_too(share: Path, laptop: Settings) -> None:
    name = names.blob_name("ab" + "0" * 62)
    stray = share / name
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"{}")

    (refused,) = exchange.verify(laptop, str(share), silent).refused

    assert (refused.name, refused.problem) == (name, CHANGED)


def test_a_record_that_is_none_is_replaced_by_who_has_it(share: Path, shared: Path, laptop: Settings) -> None:
    before = digests(share)
    first(share, "record").write_bytes(b"half of it")
    host = settings.load(shared / "host/projects/minimal")

    pushed = exchange.push_all(host, exchange.target(host, url=str(share)), silent)

    assert (pushed.results, pushed.there, pushed.kept) == (1, 1, ())
    assert digests(share) == before
    assert exchange.verify(laptop, str(share), silent).refused == ()


def test_an_index_that_never_stays_as_it_was_written_is_told(shared: Path, tmp_path: Path) -> None:
    host = settings.load(shared / "host/projects/minimal")
    target = exchange.target(host, url=str(tmp_path / "share"))
    read = target.remote.read

    def overtaken(name: str, limit: int) -> bytes | None:
        return b"another's" if name.startswith("index/") else read(name, limit)

    target.remote.read = overtaken  # type: ignore[method-assign]
    with pytest.raises(RemoteError, match="the index is not what was written") as raised:
        exchange.push_all(host, target, silent)

    assert raised.value.remedy.startswith("All results have arrived; push again")
    assert len([*(tmp_path / "share").glob("keys/*/*/*.json")]) == 2


def test_what_is_damaged_or_of_another_version_here_is_not_sent(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    store = Store(project / "_build/store")
    damaged, half, lost, large, _whole = make_up(store, range(5))
    damaged.write_bytes(b"half of it")
    record_of_half, record_of_lost, record_of_large = (
        msgspec.json.decode(path.read_bytes(), type=Record) for path in (half, lost, large)
    )
    store.blob(record_of_half.blob).write_bytes(b"half of it")
    store.blob(record_of_lost.blob).unlink()
    os.truncate(store.blob(record_of_large.blob), names.BLOB_LIMIT + 1)
    key = "cd" + "0" * 62
    old = msgspec.structs.replace(record_of_lost, blob=store.put(b"{}"), components={})
    store.record(key, old)

    push = run_toolchain("store", "push", tmp_path / "share", project=project)

    def line(path: Path, whose: str, problem: str) -> str:
        return f"refused store/{path.relative_to(store.folder).as_posix()}{whose}: {problem}"

    *lines, skipped, last = push.stdout.splitlines()
    assert sorted(lines) == sorted(
        (
            line(damaged, "", CHANGED),
            line(half, ", a result of chapter/page-1", CHANGED),
            line(lost, ", a result of chapter/page-2", NO_BLOB),
            line(large, ", a result of chapter/page-3", "is larger than 250.0 MB"),
        )
    )
    assert skipped.startswith(
        "not sent: 1 result of another version of the toolchain, which nobody else could verify"
    )
    assert last.startswith(f"pushed to {tmp_path / 'share'}: 1 result (")
    assert push.code == 1


def test_what_is_wrong_with_a_store_is_told_in_lines(share: Path, laptop: Settings) -> None:
    record = first(share, "record")
    name = record.relative_to(share).as_posix()
    first(share, "index").unlink()
    (other,) = (path for path in share.glob("keys/*/*/*.json") if path != record)
    other.write_bytes(b"half of it")
    refused = f"refused {share}/{other.relative_to(share).as_posix()}: {NO_RECORD}"

    verify = run_toolchain("store", "verify", share, project=laptop.project)
    pull = run_toolchain("store", "pull", project=laptop.project)

    assert verify.code == pull.code == 1
    assert verify.stdout.splitlines() == [
        refused,
        f"not in the index: {share}/{name}; `toolchain store push` enters it",
        f"1 result (0 B) in {share}, none signed by whom book.toml trusts, 1 refused, 1 not in the index",
    ]
    assert pull.stdout.splitlines() == [
        refused,
        exchange.REFUSED,
        f"pulled from {share}: 0 results (0 B); here already: 0; refused: 1",
    ]


def test_names_of_nothing_hold_nobody_up(share: Path, tmp_path: Path) -> None:
    """Whoever can write there lists thousands of results of a key that a plan lacks."""
    project_settings = trusting(tmp_path)
    index, key = first(share, "index"), first(share, "record").parent.name
    listed = {f"keys/{key[:2]}/{key}/{number:064x}.json": 1 for number in range(5000)}
    index.write_bytes(names.encode(listed))
    remote = FileSystem(str(share), {})
    read, requested = remote.read, []

    def counted(name: str, limit: int) -> bytes | None:
        requested.append(name)
        return read(name, limit)

    remote.read = counted  # type: ignore[method-assign]
    wanted = WantedResult(keys=(key,), fits=lambda _record: True)
    pull = lacking([wanted], Source(remote, Trusted([])), Store(project_settings.store), silent)
    assert pull.results == 0
    assert len(requested) == 2 + MOST_RECORDS
    (named,) = [refusal for refusal in pull.refused if refusal.name == names.index_of(key[:2])]
    assert named.problem == f"lists 5000 results of one key; {MOST_RECORDS} were looked at"
    lines: list[str] = []
    exchange.report_refused(pull.refused, str(share), progress.Plain(lines.append))
    assert len(lines) < 30
    assert f"  refused {len(pull.refused) - 20} more" in lines


def test_an_index_of_millions_is_refused_and_so_is_one_of_nothing(
    share: Path, laptop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for prefix in ("00", "01"):
        listed = {names.record_name(f"{prefix}{number:062x}", f"{number:064x}"): 1 for number in range(300)}
        (share / names.index_of(prefix)).write_bytes(names.encode(listed))

    monkeypatch.setattr(pulling, "MOST_ABSENT", 50)
    with pytest.raises(RemoteError, match="more than 50 results that its index lists are not there"):
        pulled(laptop)
    monkeypatch.setattr(source, "MOST_LISTED", 500)
    with pytest.raises(RemoteError, match="its index lists more than 500 objects, which no store has"):
        pulled(laptop)


@pytest.mark.parametrize("name", ["keys", "blobs", "signatures", "index"])
def test_a_file_where_a_folder_belongs_is_a_clear_error(name: str, tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    make_up(Store(project / "_build/store"), range(10))
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / name).write_text("nothing", encoding="utf-8")
    refused = run_toolchain("store", "push", tmp_path / "share", "--sign", key_in(tmp_path), project=project)
    assert refused.code == 2, refused
    assert f"error: {tmp_path / 'share'}: cannot be " in refused.stderr


def key_in(folder: Path) -> Path:
    trust.make_key(folder / "key.pem")
    return folder / "key.pem"


def test_a_result_that_is_removed_while_it_is_sent_is_no_damage(share: Path, tmp_path: Path) -> None:
    project_settings = settings.load(copy_project("minimal", tmp_path / "another"))
    store = Store(project_settings.store)
    gone, stays = make_up(store, range(7, 9))
    target = exchange.target(project_settings, url=str(share))
    listed = target.remote.sizes

    def meanwhile(*folders: str) -> dict[str, int]:
        gone.unlink(missing_ok=True)
        return listed(*folders)

    target.remote.sizes = meanwhile  # type: ignore[method-assign]
    sent = pushing.push([gone, stays], target, store, silent, mend=True)
    assert (sent.results, sent.refused) == (1, ())


def test_a_notebook_that_a_record_only_borrows_is_refused_without_signatures_too(
    share: Path, tmp_path: Path
) -> None:
    anybody = trusting(tmp_path)
    of_another_result(share)
    (refused,) = pulled(anybody).refused
    assert "the code of its notebook is not what it says" in refused.problem
    assert refused.notebook.startswith("chapter/page-")


def test_what_was_deleted_there_is_forgotten_with_the_next_push(
    share: Path, laptop: Settings, tmp_path: Path
) -> None:
    for path in [first(share, kind) for kind in ("record", "blob", "signature")]:
        path.unlink()
    (refused,) = exchange.verify(laptop, str(share), silent).refused
    assert refused.problem == "is not there"

    nothing = settings.load(copy_project("minimal", tmp_path / "nothing"))
    assert exchange.push_all(nothing, exchange.target(nothing, url=str(share)), silent).results == 0

    verified = exchange.verify(laptop, str(share), silent)
    assert (verified.results, verified.refused) == (1, ())


def test_names_that_lead_elsewhere_are_refused(share: Path, laptop: Settings, tmp_path: Path) -> None:
    index = first(share, "index")
    listed = msgspec.json.decode(index.read_bytes(), type=names.Index).objects
    prefix = index.stem
    hostile = [f"keys/{prefix}/../../../../evil.json", f"/keys/{prefix}/evil.json", "keys/00/x", "..", ""]
    index.write_bytes(names.encode(listed | dict.fromkeys(hostile, 1)))
    before = set(tmp_path.rglob("*"))

    pull = pulled(laptop)

    assert pull.results == 2
    assert sorted(refusal.problem for refusal in pull.refused) == sorted(
        f"lists {name!r}, which is no name of a result" for name in hostile
    )
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(laptop.store) or path.parent == laptop.build for path in new)


def test_only_a_trusted_signer_counts(share: Path, shared: Path, tmp_path: Path) -> None:
    other = trust.make_key(tmp_path / "other.pem")
    stranger = trusting(tmp_path, other)
    pull = pulled(stranger)
    assert pull.results == 0
    signer = Signer(shared / "key.pem")
    for refusal in pull.refused:
        assert refusal.problem == f"is signed by {signer.fingerprint}, whom book.toml does not trust"

    # The other signs as well; a record is not altered by it, and either of them counts.
    project_settings = settings.load(shared / "host/projects/minimal")
    before = digests(share / "keys")
    target = exchange.target(project_settings, url=str(share), sign=tmp_path / "other.pem")
    signed = exchange.push_all(project_settings, target, silent)
    assert (signed.results, signed.signatures, signed.there) == (0, 2, 2)
    assert digests(share / "keys") == before
    assert pulled(stranger).results == 2
    assert pulled(trusting(tmp_path, signer.public)).results == 2
    assert exchange.verify(stranger, str(share), silent).signed == 2
    assert pulled(trusting(tmp_path)).refused == ()


def test_who_pushes_unsigned_what_has_to_be_signed_is_told(
    shared: Path, laptop: Settings, tmp_path: Path
) -> None:
    make_up(Store(laptop.store), range(5, 6))
    second = tmp_path / "second"

    unsigned = run_toolchain("store", "push", second, project=laptop.project)

    assert unsigned.code == 0
    assert "1 result not signed by whom book.toml trusts" in unsigned.stdout
    (refused,) = exchange.pull_all(
        trusting(tmp_path, *laptop.toml.store.trusted), str(second), silent
    ).refused
    assert refused.problem == "is not signed"
    signed = run_toolchain(
        "store",
        "push",
        second,
        "--json",
        project=laptop.project,
        env={"TOOLCHAIN_SIGNING_KEY": str(shared / "key.pem")},
    )
    assert (signed.json["results"], signed.json["signatures"], signed.json["unsigned"]) == (0, 1, 0)
    assert exchange.verify(laptop, str(second), silent).signed == 1


def test_signatures_are_passed_on(share: Path, laptop: Settings, tmp_path: Path) -> None:
    assert pulled(laptop).results == 2
    second = tmp_path / "second"
    passed = exchange.push_all(laptop, exchange.target(laptop, url=str(second)), silent)
    assert (passed.results, passed.signatures) == (2, 2)
    assert digests(second) == digests(share)


def test_signatures_go_with_what_they_are_of(share: Path, laptop: Settings) -> None:
    assert pulled(laptop).results == 2
    assert sorted(name.partition("/")[0] for name in digests(laptop.store)) == [
        *("blobs", "blobs", "keys", "keys", "signatures", "signatures")
    ]

    removed = store_upkeep.collect(laptop, (), delete=True, reporter=silent)

    assert (removed.results, removed.files) == (2, 6)
    assert [part.results for part in removed.shares] == [1, 1]
    assert digests(laptop.store) == {}
    assert share.is_dir()


def test_a_key_is_changed_as_the_book_says_without_anybody_noticing(
    share: Path, shared: Path, laptop: Settings, tmp_path: Path
) -> None:
    """The appendix: the new line in place of the old one on the host that has the results, push, then commit."""
    new = trust.make_key(tmp_path / "new.pem")
    host = trusting(tmp_path, new)
    shutil.copytree(shared / "host/projects/minimal/_build", host.build)
    pushed = exchange.push_all(host, exchange.target(host, url=str(share), sign=tmp_path / "new.pem"), silent)
    assert (pushed.results, pushed.signatures, pushed.unsigned) == (0, 2, 0)
    for reader in (laptop, trusting(tmp_path, new)):
        assert (pulled(reader).results, pulled(reader).refused) == (2, ())


def test_a_signature_counts_for_one_key_one_set_of_inputs_and_one_record(shared: Path) -> None:
    signer = Signer(shared / "key.pem")
    path = first(shared / "share", "record")
    result = trust.admitted(path.relative_to(shared / "share").as_posix(), path.read_bytes())
    signed = msgspec.structs.replace(result, signatures={signer.fingerprint: signer.sign(result)})
    trusted = Trusted([signer.public])
    assert trusted.require(signed) == signed
    others: list[SignedResult] = [
        msgspec.structs.replace(signed, key="0" * 64),
        msgspec.structs.replace(signed, data=signed.data + b" "),
        msgspec.structs.replace(
            signed,
            record=msgspec.structs.replace(signed.record, inputs=(FileRecord(path="a", sha256="b"),)),
        ),
    ]
    for other in others:
        with pytest.raises(RefusedError, match="is not of what it says"):
            trusted.require(other)


def test_a_laptop_runs_itself_what_it_refuses(tmp_path: Path) -> None:
    gpu_host, mine = (copy_project("minimal", tmp_path / name) for name in ("gpu", "mine"))
    page = "book/chapter_waves/index.md"
    for project in (gpu_host, mine):
        text = (project / page).read_text(encoding="utf-8")
        text = f"{text[: text.index('# Waves')]}# Waves\n\n```{{code-cell}} ipython3\n2 * 3\n```\n"
        (project / page).write_text(text, encoding="utf-8")
        with (project / "_config/book.toml").open("a", encoding="utf-8") as toml:
            toml.write(f'\n[store]\nremote = "{tmp_path / "share"}"\n')
    assert run_toolchain("execute", "--push", project=gpu_host).code == 0
    (blob,) = (path for path in (tmp_path / "share/blobs").rglob("*") if path.is_file())
    blob.write_bytes(blob.read_bytes().replace(b'"6"', b'"7"'))

    run = run_toolchain("-q", "execute", "--json", project=mine)

    assert run.code == 0
    assert f"refused {tmp_path / 'share'}/keys/" in run.stderr
    assert "a result of chapter_waves/index: its notebook: its content is not what was written" in run.stderr
    assert "it is computed here if it is needed" in run.stderr
    assert [notebook["status"] for notebook in run.json["notebooks"]] == ["executed"]
    (mine_blob,) = (path for path in (mine / "_build/store/blobs").rglob("*") if path.is_file())
    assert b'"6"' in mine_blob.read_bytes()


def test_a_private_key_is_neither_shown_nor_used_if_others_can_read_it(tmp_path: Path) -> None:
    project = copy_project("minimal", tmp_path)
    path = tmp_path / "key.pem"
    trust.make_key(path)
    private_key = path.read_text(encoding="utf-8")
    path.chmod(0o644)
    for signing_key, message in ((private_key, "is a private key itself"), (str(path), f"chmod 600 {path}")):
        refused = run_toolchain(
            "store", "push", tmp_path / "new", project=project, env={"TOOLCHAIN_SIGNING_KEY": signing_key}
        )
        assert refused.code == 2
        assert message in refused.stderr
        assert private_key.splitlines()[1] not in refused.stdout + refused.stderr
        assert not (tmp_path / "new").exists()


def test_keys_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key", encoding="utf-8")
    for path in (tmp_path / "key.pem", tmp_path / "absent.pem"):
        with pytest.raises(ConfigError, match="no key to sign with"):
            Signer(path)
    with pytest.raises(ConfigError, match="trusted"):
        trusting(tmp_path, "ed25519:short")
    other = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(other)
    with pytest.raises(ConfigError, match="is a key of another kind than Ed25519"):
        Signer(tmp_path / "key.pem")
    with pytest.raises(ConfigError, match=r"key\.pem/key: cannot be written: Not a directory|File exists"):
        trust.make_key(tmp_path / "key.pem/key")


def test_a_store_that_book_toml_does_not_name_has_to_be_named(tmp_path: Path) -> None:
    for command, key in (("pull", "remote"), ("push", "push")):
        run = run_toolchain("store", command, project=copy_project("minimal", tmp_path / command))
        assert run.code == 2
        assert run.stderr == (
            f"error: _config/book.toml: [store] has no {key}\n"
            f"Set it to the address of a store, or name one: toolchain store {command} URL.\n"
        )


def test_a_name_that_is_no_records_is_none(shared: Path) -> None:
    content = first(shared / "share", "record").read_bytes()
    with pytest.raises(RefusedError, match="is no name of a record"):
        trust.admitted("keys/evil.json", content)


def test_a_notebook_with_the_values_of_other_expressions_is_refused() -> None:
    def of(*expressions: tuple[int, str]) -> bytes:
        values = [{"after": after, "source": source, "data": {}} for after, source in expressions]
        cell = {
            "cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": 1,
        }  # fmt: skip
        metadata = {"expressions": values} if values else {}
        return json.dumps(
            {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
        ).encode()

    def require(notebook: bytes, components: Mapping[str, object]) -> None:
        record = Record(
            blob=sha256_bytes(notebook), inputs=(), seconds=1.0, device="cpu", toolchain="0", commit="", start="",
            versions={}, components={"cells": [["1", []]], **components},
        )  # fmt: skip
        trust.require_matching(notebook, SignedResult(key="0" * 64, record=record, data=b""))

    require(of(), {})
    require(of((0, "x"), (1, "y")), {"expressions": [[0, "x"], [1, "y"]]})
    for notebook, components in (
        (of((0, "x")), {}),
        (of(), {"expressions": [[0, "x"]]}),
        (of((1, "y"), (0, "x")), {"expressions": [[0, "x"], [1, "y"]]}),
    ):
        with pytest.raises(RefusedError, match="the expressions of its notebook are not what it says"):
            require(notebook, components)
