"""What a check is and what it gets to see."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from toolchain.model import Artifact, Finding
from toolchain.settings import Settings


class Made(Struct, frozen=True):
    """What a build made."""

    settings: Settings
    artefacts: tuple[Artifact, ...]

    def paths(self, form: str) -> list[Path]:
        """Return the files or folders of a form."""
        return [self.settings.project / each.path for each in self.artefacts if each.form == form]

    def relative(self, path: Path) -> str:
        """Say a path as findings do."""
        return path.relative_to(self.settings.project).as_posix()


class Check(Protocol):
    """One thing that can be wrong with an artefact."""

    @property
    def id(self) -> str:
        """Stable name, such as `HTML001`."""

    @property
    def title(self) -> str:
        """What it finds, in a line."""

    @property
    def explanation(self) -> str:
        """Why that is wrong and what to do."""

    def findings(self, made: Made) -> Iterator[Finding]:
        """Look and yield what is wrong."""
