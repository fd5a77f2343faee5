"""The artefacts of the minimal project, changed after they were made, and what the checks find then."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
from support.running import run_toolchain

PDF = "_build/pdf/two-pages.pdf"
CHAPTER = "_build/notebooks/chapter_waves.zip"
WHOLE = "_build/notebooks/two-pages.zip"
ALONE = "_build/notebooks-alone/chapter_waves/index.ipynb"
SITE = "_build/html/_notebooks"
WAVES = "book/chapter_waves/index.md"
NOTEBOOK = "book/chapter_waves/1-waves.ipynb"


def findings(project: Path) -> list[tuple[str, str, int | None, str]]:
    """Return id, path, line and message of each finding of a check."""
    check = run_toolchain("check", "--json", project=project)
    assert "Traceback" not in check.stderr
    assert check.code == (1 if check.json else 0)
    return [
        (finding["id"], finding["path"], finding.get("line"), finding["message"]) for finding in check.json
    ]


def change_pdf(project: Path, change: Callable[[pikepdf.Pdf], None]) -> None:
    with pikepdf.open(project / PDF, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(project / PDF)


def change_zip(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    offered = path.parent.parent / "html/_notebooks" / path.name
    if offered.exists():
        shutil.copyfile(path, offered)


def change_notebook(project: Path, change: Callable[[Any], None]) -> None:
    """Change the notebook of the chapter in the chapter's archive."""

    def rewrite(files: dict[str, bytes]) -> None:
        name = f"chapter_waves/{NOTEBOOK}"
        notebook = json.loads(files[name])
        change(notebook)
        files[name] = json.dumps(notebook).encode()

    change_zip(project / CHAPTER, rewrite)
