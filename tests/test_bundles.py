"""Bundles: unpacked elsewhere, the notebooks run as they are."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
import uv
from conftest import run_toolchain


def run_elsewhere(notebook: Path, python: Path, folder: Path) -> nbformat.NotebookNode:
    """Execute a notebook with Jupyter's own command, in its folder, by an interpreter that knows nothing of the project."""
    spec = folder / "jupyter" / "kernels" / "elsewhere" / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(
        json.dumps({"argv": argv, "display_name": "Elsewhere", "language": "python"}), encoding="utf-8"
    )
    result = subprocess.run(
        [Path(sys.executable).parent / "jupyter-execute", "--kernel_name=elsewhere", "--inplace", notebook],
        env={**os.environ, "JUPYTER_PATH": str(folder / "jupyter")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return nbformat.read(str(notebook), as_version=4)


def unpacked(bundle: Path, folder: Path) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    return folder / bundle.stem


def test_minimal_bundle_runs_and_finds_its_data(minimal: Path, tmp_path: Path) -> None:
    python = Path(run_toolchain("kernel", "--json", project=minimal).json["python"])
    folder = unpacked(minimal / "_build/notebooks/chapter_waves.zip", tmp_path)

    done = run_elsewhere(folder / "book/chapter_waves/index.ipynb", python, tmp_path)

    assert done.cells[-1].outputs[0].data["text/plain"] == "6"


@pytest.mark.slow
def test_a_chapter_of_the_book_runs(book: Path, tmp_path: Path) -> None:
    folder = unpacked(book / "_build/notebooks/chapter_deep-learning-basics.zip", tmp_path)
    # A new environment with what the bundle names, the book's library among it, and nothing else.
    for command in (
        ["venv", "--python", "3.11", "env"],
        ["pip", "install", "--python", "env", "-r", "requirements.txt"],
    ):
        subprocess.run([uv.find_uv_bin(), "--quiet", *command], cwd=folder, check=True)

    for name in ("linear-regression-gluon", "softmax-regression"):
        (path,) = folder.rglob(f"{name}.ipynb")
        done = run_elsewhere(path, folder / "env/bin/python", tmp_path)
        assert any(cell.outputs for cell in done.cells if cell.cell_type == "code")
        assert any("import gluonbook as gb" in cell.source for cell in done.cells)


def test_two_builds_in_two_folders_make_the_same_bytes(minimal: Path, copy: Callable[[str], Path]) -> None:
    other = copy("minimal")
    assert run_toolchain("build", "notebooks", project=other).code == 0

    for path in sorted((minimal / "_build/notebooks").glob("*.zip")):
        assert (other / "_build/notebooks" / path.name).read_bytes() == path.read_bytes()


def test_declared_data_and_shown_images_are_in_the_bundle(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    (project / "extra").mkdir()
    (project / "extra/table.csv").write_text("1\n", encoding="utf-8")
    (project / "img").mkdir()
    (project / "img/a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    page = project / "book/chapter_waves/index.md"
    text = page.read_text(encoding="utf-8").replace("kernelspec:", "execution:\n  data: [extra]\nkernelspec:")
    page.write_text(text + "\n![A](../../img/a.svg)\n", encoding="utf-8")

    assert run_toolchain("build", "notebooks", project=project).code == 0

    with zipfile.ZipFile(project / "_build/notebooks/chapter_waves.zip") as bundle:
        assert {"chapter_waves/extra/table.csv", "chapter_waves/img/a.svg"} <= set(bundle.namelist())


def test_image_outside_the_project_is_refused(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    page = project / "book/chapter_waves/index.md"
    page.write_text(page.read_text(encoding="utf-8") + "\n![A](../../../../../etc/a.png)\n", encoding="utf-8")

    done = run_toolchain("build", "notebooks", project=project)

    assert done.code == 3
    assert (
        "book/chapter_waves/index.md: image '../../../../../etc/a.png' is outside the project" in done.stderr
    )
