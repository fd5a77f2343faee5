"""The expected failures: one root, the exit code on the class, a message that names the place and the remedy."""

import errno
from enum import IntEnum
from pathlib import Path

from toolchain.base.secrets import without_secrets


class ExitCode(IntEnum):
    """What the toolchain's exit code means."""

    GOOD = 0
    FINDINGS = 1
    """The book is readable and something in it is wrong."""
    USAGE = 2
    """Wrong options or configuration; a missing program or environment."""
    SOURCE = 3
    """A source cannot be read or parsed."""
    NOTEBOOK = 4
    """A notebook failed."""
    BUILDER = 5
    """Sphinx or LaTeX crashed."""
    DEFECT = 70
    """A defect of the toolchain itself."""
    INTERRUPTED = 130


SEVEREST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.DEFECT,
    ExitCode.USAGE,
    ExitCode.SOURCE,
    ExitCode.NOTEBOOK,
    ExitCode.BUILDER,
    ExitCode.FINDINGS,
    ExitCode.GOOD,
)


def severest(codes: list[ExitCode]) -> ExitCode:
    """Return the one code that a run with all of these ends with."""
    return min(codes, key=SEVEREST_FIRST.index, default=ExitCode.GOOD)


class ToolchainError(Exception):
    """Root of all expected failures; shown to the person as its message, without a traceback."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, remedy: str = "") -> None:
        """Keep the message (with the place in it) and what to do about it."""
        # Libraries quote what they were given, addresses with their passwords too.
        self.message = without_secrets(message)
        self.remedy = without_secrets(remedy)
        super().__init__(self.message)


class ConfigError(ToolchainError):
    """book.toml, an option or an environment variable is wrong."""


class MissingProgramError(ToolchainError):
    """A system program that this run needs is not installed."""


class KernelEnvironmentError(ToolchainError):
    """The notebooks' environment cannot be made, or is not what its lock says."""


class UnwritableError(ToolchainError):
    """A file cannot be written: the disk is full, or it is another's."""

    def __init__(self, error: OSError, place: Path) -> None:
        """Say what the system says; `place` is where it was, unless the system names the file."""
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        super().__init__(
            f"{error.filename or place}: {error.strerror or error}",
            remedy=f"{'Free some space' if full else 'Make it writable'}, then build again: "
            "the results that were finished are kept, and the others are computed.",
        )


class StoreError(ToolchainError):
    """The store of results cannot be read or written."""


class RemoteError(ToolchainError):
    """A store elsewhere cannot be reached, read or written."""


class ClusterError(ToolchainError):
    """The machines that are to run notebooks cannot be reached, or have not what is needed."""


class SourceError(ToolchainError):
    """One or more sources cannot be read or parsed."""

    exit_code = ExitCode.SOURCE


class BuilderError(ToolchainError):
    """Sphinx or LaTeX crashed."""

    exit_code = ExitCode.BUILDER
