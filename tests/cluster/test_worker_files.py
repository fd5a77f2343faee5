"""What a worker's machine keeps for builds, and for how long."""

import os
import time
from pathlib import Path

import pytest

from toolchain.base.files import sha256_bytes
from toolchain.cluster.inputs import DamagedError, Inputs
from toolchain.cluster.protocol import Unfit, unwritable
from toolchain.cluster.spool import Spool

EIGHT_DAYS = 8 * 24 * 3600


def grow_old(path: Path) -> None:
    """Make a file eight days old."""
    then = time.time() - EIGHT_DAYS
    os.utime(path, (then, then))


def test_outcomes_are_kept_for_a_week_and_by_their_builds(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "outcomes")
    for name in ("a-1", "a-2", "b-1"):
        spool.keep(name, name.encode())
    grow_old(tmp_path / "outcomes/a-1")

    spool.sweep()

    assert spool.names("a") == ("a-2",)
    assert spool.names("b") == ("b-1",)
    assert spool.get("a-1") is None
    assert spool.get("a-2") == b"a-2"
    spool.forget("a-2")
    spool.forget("a-2")
    assert spool.names("a") == ()


def test_files_are_kept_for_a_week_after_their_last_use(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path / "inputs")
    used, unused = (sha256_bytes(data) for data in (b"used", b"unused"))
    assert inputs.missing([used, unused]) == (used, unused)
    inputs.receive(used, "upload", b"us", is_last=False)
    inputs.receive(used, "upload", b"ed", is_last=True)
    inputs.receive(unused, "upload", b"unused", is_last=True)
    for digest in (used, unused):
        grow_old(tmp_path / "inputs" / digest)

    assert inputs.missing([used]) == ()
    inputs.sweep()

    assert inputs.missing([used, unused]) == (unused,)
    assert inputs.lay_out({"data/used.txt": used}, tmp_path / "run") == ("data/used.txt",)
    assert (tmp_path / "run/data/used.txt").read_bytes() == b"used"


def test_what_is_damaged_on_the_disk_has_to_be_sent_again(tmp_path: Path) -> None:
    inputs, digest = Inputs(tmp_path / "inputs"), sha256_bytes(b"right")
    inputs.receive(digest, "upload", b"right", is_last=True)
    (tmp_path / "inputs" / digest).write_bytes(b"wrong")

    with pytest.raises(DamagedError) as lacking:
        inputs.lay_out({"data.txt": digest}, tmp_path / "run")

    assert lacking.value.digests == (digest,)
    assert inputs.missing([digest]) == (digest,)


def test_an_outcome_that_cannot_be_kept_can_be_sent_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "outcomes").touch()

    assert not Spool(tmp_path / "outcomes").keep("a-1", b"outcome")
    assert Spool(tmp_path / "others").keep("a-1", b"outcome")


def test_what_arrives_is_what_its_name_says_or_nothing(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path / "inputs")
    digest = sha256_bytes(b"right")

    with pytest.raises(DamagedError):
        inputs.receive(digest, "upload", b"wrong", is_last=True)
    assert list((tmp_path / "inputs").iterdir()) == []
    with pytest.raises(DamagedError) as lacking:
        inputs.lay_out({"data.txt": digest}, tmp_path / "run")
    assert lacking.value.digests == (digest,)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a file that is a full disk")
def test_what_has_come_of_a_file_does_not_stay_on_a_full_disk(tmp_path: Path) -> None:
    inputs, digest = Inputs(tmp_path), sha256_bytes(b"large")
    (tmp_path / f"{digest}.upload.part").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left") as caught:
        inputs.receive(digest, "upload", b"large", is_last=True)

    assert unwritable(caught.value) == Unfit("its disk: No space left on device", "Make room there.")
    assert list(tmp_path.iterdir()) == []
