"""Bundles: unpacked elsewhere, the notebooks run as they are."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from support import unpacked_bundles as elsewhere
from support.running import ANOTHER_SEED, run_toolchain

from toolchain.forms.notebooks import archive_layout
from toolchain.project import settings
from toolchain.sources import reading


def test_minimal_bundle_runs_and_finds_its_data(minimal: Path, tmp_path: Path) -> None:
    python = Path(run_toolchain("kernel", "--json", project=minimal).json["python"])
    folder = elsewhere.unpacked(minimal / "_build/notebooks/chapter_waves.zip", tmp_path)

    (path,) = folder.rglob("*.ipynb")
    executed = elsewhere.run(path, python, tmp_path)

    outputs = [cell.outputs for cell in executed.cells if cell.cell_type == "code"]
    assert outputs[-1][0].data["text/plain"] == "6"


@pytest.mark.slow
def test_a_chapter_of_the_book_runs(book: Path, tmp_path: Path) -> None:
    folder = elsewhere.unpacked(book / "_build/notebooks/chapter_deep-learning-basics.zip", tmp_path)
    python = elsewhere.environment(folder)

    for name in ("linear-regression-gluon", "softmax-regression"):
        (path,) = folder.rglob(f"*-{name}.ipynb")
        executed = elsewhere.run(path, python, tmp_path)
        assert any(cell.outputs for cell in executed.cells if cell.cell_type == "code")
        assert any("import gluonbook as gb" in cell.source for cell in executed.cells)


def notebooks_in(bundle: Path) -> dict[str, nbformat.NotebookNode]:
    with zipfile.ZipFile(bundle) as opened:
        return {
            name.partition("/")[2]: nbformat.reads(opened.read(name).decode(), as_version=4)
            for name in opened.namelist()
            if name.endswith(".ipynb")
        }


def test_the_code_is_that_of_the_source(book: Path) -> None:
    book_settings = settings.load(book)
    documents = reading.read(book_settings).documents
    names = archive_layout.names_of(documents)
    notebooks = notebooks_in(book / "_build/notebooks/deep-learning-by-doing.zip")
    for document in documents:
        code = [cell.source for cell in notebooks[names[document.name]].cells if cell.cell_type == "code"]
        assert code == [cell.source for cell in document.cells], document.name


def test_names_sort_as_in_the_book(book: Path) -> None:
    names = archive_layout.names_of(reading.read(settings.load(book)).documents)
    chapter = [name for page, name in names.items() if page.startswith("chapter_deep-learning-basics/")]

    assert chapter == sorted(chapter)
    # As many digits as the longest number of the book has.
    assert chapter[0].endswith("/02-deep-learning-basics.ipynb")
    assert chapter[-1].endswith("/02.03-softmax-regression.ipynb")


def test_only_data_that_the_code_read_is_in_a_bundle(copy: Callable[[str], Path]) -> None:
    project = copy("dependents")
    assert run_toolchain("build", "notebooks", project=project).code == 0

    with zipfile.ZipFile(project / "_build/notebooks/chapter_a.zip") as bundle:
        files = {name for name in bundle.namelist() if "/data/" in name or name.endswith(".py")}
    assert {name.partition("/book/")[2] for name in files} == {
        "data/table.csv",
        "data/points.bin",
        "data/pictures/one.txt",
        "chapter_a/helper.py",
    }


def test_a_bundle_with_outputs_has_those_of_the_results(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    toml = project / "_config/book.toml"
    toml.write_text(f"{toml.read_text(encoding='utf-8')}\n[notebooks]\noutputs = true\n", encoding="utf-8")
    assert run_toolchain("build", "notebooks", project=project).code == 0

    (notebook,) = notebooks_in(project / "_build/notebooks/chapter_waves.zip").values()

    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert "image/svg+xml" in outputs[0][-1].data
    assert outputs[-1][-1].data["text/plain"] == "6"


def test_a_page_may_stay_out_of_the_bundles(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    page = project / "book/chapter_waves/index.md"
    page.write_text(page.read_text(encoding="utf-8").replace("kernelspec:", "bundle: false\nkernelspec:"))
    archives = project / "_build/notebooks"
    archives.mkdir(parents=True)
    (archives / "chapter_tides.zip").write_bytes(b"of a chapter that is gone")
    assert run_toolchain("build", "notebooks", project=project).code == 0

    assert not (project / "_build/notebooks/chapter_waves.zip").exists()
    (bundle,) = (project / "_build/notebooks").glob("*.zip")
    assert list(notebooks_in(bundle)) == ["book/index.ipynb"]


def test_two_pages_that_would_be_one_notebook_are_refused(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    for name in ("Extra", "extra"):
        (project / f"book/chapter_waves/{name}.md").write_text(f"---\norphan: true\n---\n# {name}\n")

    build = run_toolchain("build", "notebooks", project=project)

    assert build.code == 3
    assert (
        "book/chapter_waves/extra.md and book/chapter_waves/Extra.md would be the same notebook"
        in build.stderr
    )


def test_links_out_of_the_project_are_followed_nowhere(copy: Callable[[str], Path], tmp_path: Path) -> None:
    project = copy("minimal")
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    (project / "book/data/link.txt").symlink_to(secret)
    page = project / "book/chapter_waves/index.md"
    page.write_text(
        page.read_text(encoding="utf-8").replace(
            "math.sin(x)", 'math.sin(x + len(open("../data/link.txt").read()))'
        )
    )

    build = run_toolchain("build", "notebooks", project=project)

    assert build.code == 3
    assert "book/data/link.txt: leads out of the project" in build.stderr


def test_two_builds_in_two_folders_make_the_same_bytes(minimal: Path, copy: Callable[[str], Path]) -> None:
    other = copy("minimal")
    assert run_toolchain("build", "notebooks", project=other, env=ANOTHER_SEED).code == 0

    for path in sorted((minimal / "_build/notebooks").glob("*.zip")):
        assert (other / "_build/notebooks" / path.name).read_bytes() == path.read_bytes()


def test_what_the_code_read_and_shown_images_are_in_the_bundle_and_nothing_else_around_it(
    copy: Callable[[str], Path],
) -> None:
    project = copy("minimal")
    (project / "extra").mkdir()
    for name in ("extra/table.csv", "extra/other.csv", "declared.csv", "book/chapter_waves/unread.csv"):
        (project / name).write_text("1\n", encoding="utf-8")
    (project / "img").mkdir()
    (project / "img/a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    page = project / "book/chapter_waves/index.md"
    text = page.read_text(encoding="utf-8").replace(
        "kernelspec:", "execution:\n  data: [extra, declared.csv]\nkernelspec:"
    )
    # Of a program nobody sees what it asks, but what it opens.
    code = "import subprocess\n\nsubprocess.run(['head', '-1', '../../extra/table.csv'], check=True)"
    page.write_text(
        f"{text}\n```{{code-cell}} ipython3\n{code}\n```\n\n![A](../../img/a.svg)\n", encoding="utf-8"
    )

    assert run_toolchain("build", "notebooks", project=project).code == 0

    with zipfile.ZipFile(project / "_build/notebooks/chapter_waves.zip") as bundle:
        names = set(bundle.namelist())
    read = ("extra/table.csv", "declared.csv", "img/a.svg", "book/data/heights.csv")
    assert {f"chapter_waves/{name}" for name in read} <= names
    assert not names & {"chapter_waves/extra/other.csv", "chapter_waves/book/chapter_waves/unread.csv"}
