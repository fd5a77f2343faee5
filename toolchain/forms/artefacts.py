"""What was made, as report.json describes it."""

from pathlib import Path

from toolchain.base.files import files_below, sha256_file, sha256_lines
from toolchain.model import Artifact
from toolchain.project.settings import Settings


def file_artifact(form: str, path: Path, settings: Settings, seconds: float = 0.0) -> Artifact:
    """Describe a file that took so many seconds to make."""
    return Artifact(
        form=form,
        path=_relative(path, settings),
        bytes=path.stat().st_size,
        sha256=sha256_file(path),
        seconds=round(seconds, 3),
    )


def folder_artifact(form: str, folder: Path, settings: Settings, seconds: float = 0.0) -> Artifact:
    """Describe a folder of files that took so many seconds to make."""
    files = list(files_below(folder))
    return Artifact(
        form=form,
        path=_relative(folder, settings),
        bytes=sum(path.stat().st_size for path in files),
        sha256=sha256_lines(f"{sha256_file(path)} {path.relative_to(folder).as_posix()}" for path in files),
        files=len(files),
        seconds=round(seconds, 3),
    )


def _relative(path: Path, settings: Settings) -> str:
    return path.relative_to(settings.project).as_posix()
