"""Who may speak to whom: a scheduler, its workers and a build know each other by certificates, on one machine as well.

A port on loopback is open to every user of the machine. So where no folder of certificates is named, and only this
machine itself can be reached, those that the person has here are taken: made by whatever needs them first, in a file
that nobody else reads.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from platformdirs import user_data_path

from toolchain.base.errors import ConfigError
from toolchain.cluster import certificates
from toolchain.cluster.addresses import SchedulerAddress, address

if TYPE_CHECKING:
    from distributed import Security

LIFETIME = timedelta(days=3650)
"""Of a person's own certificates: they protect from other users of the machine, and go with the account."""
EVERYONE_ELSE = 0o077
"""File mode bits of everyone but the owner."""


class Reached(Struct, frozen=True):
    """A scheduler's address with the certificates that count there."""

    address: SchedulerAddress
    folder: Path
    """Of the certificates."""
    note: str = ""
    """What somebody may not expect who wrote the address; mostly empty."""

    def security(self) -> "Security":
        """Return the certificates as Dask takes them. Raises ConfigError if they cannot be used."""
        return certificates.security(self.folder)


def reach(scheduler: str, folder: Path | None) -> Reached:
    """Return how a scheduler is reached; without a `folder` by the certificates that the environment names, or by one's own.

    Before there were any, a scheduler on this machine itself had an address with tcp://; it still means that one.

    Raises ConfigError if what is written is no address, or if certificates of several machines are needed and none named.
    """
    written = address(scheduler)
    folder = folder or (
        Path(os.environ[certificates.VARIABLE]) if os.environ.get(certificates.VARIABLE) else None
    )
    encrypted = msgspec.structs.replace(written, protocol="tls")
    if written != encrypted and not written.is_loopback:
        raise ConfigError(
            f"{written}: what goes to another machine has to be encrypted",
            remedy=f"Say {encrypted}. " + ("" if folder else certificates.REMEDY),
        )
    if folder is None and not written.is_loopback:
        raise ConfigError(
            f"{written}: needs certificates, and none are named",
            remedy=certificates.REMEDY,
        )
    note = (
        ""
        if written == encrypted
        else f"{written} is reached as {encrypted}: on one machine, too, by certificates"
    )
    return Reached(address=encrypted, folder=folder or own(), note=note)


def own() -> Path:
    """Return the folder of the person's own certificates on this machine; make them if there are none.

    Raises ConfigError if it cannot be made, or is not the person's alone.
    """
    folder = user_data_path("toolchain-certificates", appauthor=False)
    try:
        if not folder.exists():
            _make(folder)
        _require_private(folder)
    except OSError as error:
        raise ConfigError(
            f"{error.filename or folder}: no certificates can be made there: {error.strerror}",
            remedy="Let your user write there, or make them elsewhere with `toolchain certificates FOLDER` and name that "
            f"with --certificates or {certificates.VARIABLE}.",
        ) from error
    return folder


def expect_many() -> None:
    """Let this process hold as many connections as the system allows: others may open some, and say nothing on them."""
    with suppress(ImportError, ValueError, OSError):  # there is none of it on Windows
        import resource  # noqa: PLC0415 - as said

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _make(folder: Path) -> None:
    """Make certificates aside, and put them in place at once: two who begin together have the same ones."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        certificates.make(aside, lifetime=LIFETIME)
        try:
            aside.rename(folder)
        except OSError:
            if not (folder / certificates.KEY).exists():  # or somebody else was first
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _require_private(folder: Path) -> None:
    """Raise ConfigError if somebody else could read, or could have put there, what a folder of certificates has."""
    if os.name != "posix":
        return
    for path in (folder, folder / certificates.KEY):
        if not path.exists():
            problem = "is not there"
        elif (status := path.stat()).st_uid != os.geteuid() or status.st_mode & EVERYONE_ELSE:
            problem = "is not yours alone, and whoever has this key can have your machines run any code"
        else:
            continue
        raise ConfigError(
            f"{path}: {problem}",
            remedy=f"Remove {folder}: new certificates are made, for scheduler, workers and builds alike.",
        )
