"""Environments that a killed run has begun go when the next one is made; those that are finished, or being made, stay."""

from pathlib import Path

from filelock import FileLock

from toolchain.environment import making


def test_what_was_never_finished_goes_and_what_is_being_made_stays(tmp_path: Path) -> None:
    finished, left, being_made = (tmp_path / name for name in ("finished", "left", "being-made"))
    for folder in (finished, left, being_made):
        (folder / "bin").mkdir(parents=True)
        making.requirements_of(folder).touch()
    (finished / making.COMPLETE).touch()

    with FileLock(making.lock_of(being_made)):
        making.sweep(tmp_path)

    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"finished", "being-made"}
    assert not making.requirements_of(left).exists()
    making.sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"finished"}
