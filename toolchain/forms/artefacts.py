"""What was made, as report.json describes it."""

from pathlib import Path

from toolchain.base.digests import Digests, FileDigests
from toolchain.model.reports import Artifact
from toolchain.project.settings import Settings


def file_artifact(
    form: str, path: Path, settings: Settings, seconds: float = 0.0, digests: Digests | None = None
) -> Artifact:
    """Describe a file that took so many seconds to make; `digests` know it perhaps from last time."""
    return Artifact(
        form=form,
        path=_relative(path, settings),
        bytes=path.stat().st_size,
        sha256=(digests or Digests()).of(path),
        seconds=round(seconds, 3),
    )


def folder_artifact(
    form: str, folder: Path, settings: Settings, digests: FileDigests, seconds: float = 0.0
) -> Artifact:
    """Describe a folder of files that took so many seconds to make."""
    sha256, files, size = digests.whole(folder)
    return Artifact(
        form=form,
        path=_relative(folder, settings),
        bytes=size,
        sha256=sha256,
        files=files,
        seconds=round(seconds, 3),
    )


def _relative(path: Path, settings: Settings) -> str:
    return path.relative_to(settings.project).as_posix()
