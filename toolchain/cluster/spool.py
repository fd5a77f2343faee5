"""Outcomes on a worker's disk until the build has them: a connection that breaks in the last moment loses no run."""

from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from toolchain.base.files import remove_unused, write_atomically

OLDEST_SECONDS = 7 * 24 * 3600.0
"""What was kept for a build that never came back is removed then."""


class Spool:
    """The folder of these outcomes, which all worker processes of one person on one machine share."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep outcomes in `folder`, or else in the person's cache."""
        self._folder = folder or user_cache_path("toolchain-outcomes", appauthor=False)

    def keep(self, name: str, outcome: bytes) -> bool:
        """Keep an outcome until it is forgotten; return whether that succeeded: it can be sent without, too."""
        try:
            write_atomically(self._folder / name, outcome)
        except OSError:  # a full disk, say
            return False
        return True

    def names(self, prefix: str) -> tuple[str, ...]:
        """Return the names of the outcomes that begin with a prefix."""
        return tuple(sorted(path.name for path in self._folder.glob(f"{prefix}*")))

    def get(self, name: str) -> bytes | None:
        """Return an outcome; None if there is none of that name."""
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None

    def forget(self, name: str) -> None:
        """Remove an outcome: the build has it."""
        with suppress(OSError):
            (self._folder / name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove outcomes that nobody has fetched for OLDEST_SECONDS."""
        remove_unused(self._folder, OLDEST_SECONDS)
