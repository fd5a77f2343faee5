"""Whatever becomes of what was built, the checks say what they find, and end."""

from pathlib import Path
from random import Random

import pytest
from support.damage import damaged
from support.running import run_toolchain

BUILT = ("html", "pdf", "notebooks", "sphinx")


@pytest.mark.slow
@pytest.mark.fuzz(few=4)
def test_a_damaged_artefact_is_checked(seed: int, copied: Path) -> None:
    chance = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    folder = copied / "_build" / chance.choice(BUILT)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    suffix = chance.choice(sorted({path.suffix for path in files}))
    path = chance.choice([path for path in files if path.suffix == suffix])
    path.write_bytes(damaged(path.read_bytes(), chance))

    check = run_toolchain("check", project=copied)

    name = path.relative_to(copied)
    assert "Traceback" not in check.stderr, f"{name}: {check.stderr}"
    assert check.code in (0, 1, 2), f"{name}: {check.stdout}{check.stderr}"
