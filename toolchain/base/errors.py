"""The expected failures: one root, the exit code on the class, a message that names the place and the remedy."""

from enum import IntEnum
from pathlib import Path

from toolchain.base import refusals
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


MOST_NAMED = 5
"""Files that a message names."""


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
    """The system refuses a file: the disk is full, or it is another's."""

    def __init__(self, error: OSError, place: Path) -> None:
        """Say what the system says; `place` is where it was, unless the system names the file."""
        super().__init__(refusals.sentence(error, place), remedy=refusals.remedy(error, place))


class SavedMeanwhileError(ToolchainError):
    """Sources were saved while the book was built from them."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, names: tuple[str, ...]) -> None:
        """Name the files, relative to the project."""
        super().__init__(saved_meanwhile(names), remedy="Build again; results that were finished are kept.")


def saved_meanwhile(names: tuple[str, ...]) -> str:
    """Say which files were saved while the book was built; of many only the first."""
    shown, more = names[:MOST_NAMED], len(names) - MOST_NAMED
    listed = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    return f"{listed} {'was' if len(names) == 1 else 'were'} saved while the book was built"


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
