"""Folders that killed runs have left."""

import os
import time
from pathlib import Path

from toolchain.execute import temporary


def test_what_a_killed_run_has_left_goes_and_what_is_being_made_stays(tmp_path: Path) -> None:
    for name in ("run-old", "run-new", "run-dead", "over-half"):
        (tmp_path / f"toolchain-{name}").mkdir()
    (tmp_path / "toolchain-run-dead" / temporary.LOCK).touch()
    long_ago = time.time() - 2 * temporary.SETTLED_SECONDS
    os.utime(tmp_path / "toolchain-run-old", (long_ago, long_ago))

    with temporary.temporary_folder(tmp_path) as alive:
        temporary.sweep(tmp_path)

        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([alive.name, "toolchain-run-new"])
