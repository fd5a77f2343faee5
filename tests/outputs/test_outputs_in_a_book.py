"""A book whose cells put out what does harm: each is words on its page, in every form, with a finding at its cell."""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pypdfium2
import pytest
from lxml import html
from support.hostile_outputs import base64, figure, gif_of_size, picture, svg
from support.places import GENERATED
from support.projects import write_notebooks
from support.running import Run, report_of, run_toolchain

PRIVATE = "the secret of another project"
CONFIG = (
    "\n[notebooks]\noutputs = true\n\n[check.off]\nSRC008 = 'nobody reads it'\nSRC012 = 'nobody reads it'\n"
)
PAGES: dict[str, list[tuple[str, Any, str]]] = {
    "pictures": [
        ("image/png", "no base64!", "it is no base64"),
        ("image/png", base64(picture("PNG")[:60]), "it cannot be decoded: "),
        ("image/gif", base64(gif_of_size(65_535, 65_535)), "it cannot be decoded: it has more than 50,000,000 pixels"),
        ("image/jpeg", {"a": 1}, "it is no text"),
    ],
    "drawings": [
        ("image/svg+xml", svg("<script>document.title = 'run'</script>"), "shown without <script>"),
        ("image/svg+xml", svg("<image href='file:///etc/passwd' onload='f()'/>"), "shown without an address in href"),
        ("image/svg+xml", svg("&a;", before="<!DOCTYPE svg [<!ENTITY a SYSTEM '../secret.txt'>]>"), "it declares entities"),
        ("image/svg+xml", "<svg", "it cannot be drawn: "),
    ],
    "figures": [
        ("application/pdf", base64(figure("script")), "shown without OpenAction"),
        ("application/pdf", base64(figure("cut off")), "it cannot be read: "),
    ],
    "words": [
        ("text/markdown", "![the words](../../secret.png)", "it shows ../../secret.png, which no output"),
        ("text/markdown", "![other words][a]\n\n[a]: <../../secret.png>", "it shows ../../secret.png, which no output"),
        ("text/markdown", "![far words](http://127.0.0.1:9/a.png)", "it shows http://127.0.0.1:9/a.png, which no output"),
        ("text/html", "<div>" * 150 + "deep", "its elements lie in one another more than 100 levels deep"),
    ],
}  # fmt: skip
"""Kind, content and what is said of it, by page."""
FORGED = "forged"
"""The page whose result somebody else has made."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book, built in all forms; the secret lies beside it."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "secret.png").write_bytes(picture("PNG") + PRIVATE.encode())
    (folder / "secret.txt").write_text(PRIVATE)
    project = write_notebooks(folder / "project", CONFIG, dict.fromkeys((*PAGES, FORGED), ("", "print(1)")))
    for name, outputs in PAGES.items():
        cells = "\n".join(
            f"```{{code-cell}} ipython3\ndisplay({json.dumps({kind: content, **also(kind, reason)})}, raw=True)\n```\n"
            for kind, content, reason in outputs
        )
        page = project / f"book/{name}.md"
        page.write_text(page.read_text().partition("```")[0] + cells)
    run_toolchain("execute", project=project)
    forge(project / "_build/store", FORGED, with_broken_metadata)
    return project


def also(kind: str, reason: str) -> dict[str, str]:
    """Return the form of an output that the site shows if only print can show the other."""
    shown = kind == "application/pdf" and reason.startswith("shown")
    return {"image/png": base64(picture("PNG"))} if shown else {}


@pytest.fixture(scope="module")
def built(project: Path) -> Path:
    build = run_toolchain("build", project=project)
    assert build.code == 1, build.stdout + build.stderr
    return project


def with_broken_metadata(notebook: Any) -> None:
    notebook["metadata"]["widgets"] = "none"
    notebook["metadata"]["language_info"] = {"name": ["python"]}
    notebook["cells"][1]["source"] = "import harm"
    prefix = "x" * len("application/papermill.record/")
    notebook["cells"][1]["outputs"] = [
        {
            "output_type": "display_data",
            "data": {f"{prefix}image/png": "no picture"},
            "metadata": {"scrapbook": {"name": "a", "mime_prefix": prefix}},
        }
    ]


def forge(store: Path, page: str, change: Callable[[Any], None]) -> None:
    """Change the result of a page as somebody would who may write to the store."""
    for record in store.glob("keys/*/*/*.json"):
        entry = json.loads(record.read_text())
        if entry["notebook"] == page:
            blob = store / "blobs" / entry["blob"][:2] / entry["blob"]
            notebook = json.loads(blob.read_text())
            change(notebook)
            content = json.dumps(notebook).encode()
            entry["blob"] = hashlib.sha256(content).hexdigest()
            forged = store / "blobs" / entry["blob"][:2] / entry["blob"]
            forged.parent.mkdir(exist_ok=True)
            forged.write_bytes(content)
            record.write_text(json.dumps(entry))
            return
    raise AssertionError(page)


def findings(project: Path) -> list[tuple[str, int | None, str]]:
    """Return what was found: file, line and words."""
    found = report_of(project)["findings"]
    assert {finding["id"] for finding in found} == {"OUT001"}, found
    return [(finding["path"], finding.get("line"), finding["message"]) for finding in found]


def lines_of_cells(project: Path, name: str) -> list[int]:
    lines = (project / f"book/{name}.md").read_text().splitlines()
    return [number for number, line in enumerate(lines, start=1) if line.startswith("display(")]


def test_each_is_found_at_its_cell_and_nothing_else_is(built: Path) -> None:
    found = findings(built)

    expected = [
        (f"book/{name}.md", line, f"cell {number}, output 1, {kind}: {reason}")
        for name, outputs in PAGES.items()
        for number, ((kind, _, reason), line) in enumerate(
            zip(outputs, lines_of_cells(built, name), strict=True), start=1
        )
    ]
    of_pages = sorted(finding for finding in found if finding[0] != f"book/{FORGED}.md")
    assert [
        (path, line, message[: len(reason)])
        for (path, line, message), (_, _, reason) in zip(of_pages, sorted(expected), strict=True)
    ] == sorted(expected)
    forged = [(line, message) for path, line, message in found if path == f"book/{FORGED}.md"]
    assert forged == [
        (None, "its result: the language_info in its metadata names no language"),
        (None, "its result: the widgets in its metadata is no table of widgets"),
        (10, "cell 1, output 1: it is kept under no name"),
    ]


def test_site_has_nothing_that_acts_and_nothing_of_elsewhere(built: Path) -> None:
    site = built / "_build/html"
    pages = {path.stem: html.parse(str(path)).getroot() for path in site.glob("*.html")}

    assert {name: page.text_content().count("This output is not shown: ") for name, page in pages.items()} == {
        **dict.fromkeys(GENERATED, 0), "index": 0, "pictures": 4, "drawings": 2, "figures": 1, "words": 1, FORGED: 1,
    }  # fmt: skip
    words = " ".join(pages["words"].text_content().split())
    assert all(f"{which} words" in words for which in ("the", "other", "far"))
    drawings = sorted(site.glob("_images/*.svg"))
    assert len(drawings) == 2
    assert all(b"script" not in drawing.read_bytes() for drawing in drawings)
    assert all(
        PRIVATE.encode() not in path.read_bytes() for path in (built / "_build").rglob("*") if path.is_file()
    )


def test_pdf_and_notebooks_are_whole_and_show_the_words(built: Path) -> None:
    document = pypdfium2.PdfDocument(built / "_build/pdf/notebooks.pdf")
    text = " ".join("".join(page.get_textpage().get_text_range() for page in document).split())
    document.close()
    assert text.count("This output is not shown: ") == 9
    assert all(f"{which} words" in text for which in ("the", "other", "far"))
    with zipfile.ZipFile(built / "_build/notebooks/notebooks.zip") as archive:
        notebooks = {
            Path(name).stem: nbformat.reads(archive.read(name).decode(), as_version=4)
            for name in archive.namelist()
            if name.endswith(".ipynb")
        }
    for notebook in notebooks.values():
        nbformat.validate(notebook)
    (code,) = [cell for cell in notebooks[FORGED].cells if cell.cell_type == "code"]
    assert code.source == "print(1)"
    kinds = [list(output.data) for cell in notebooks["figures"].cells for output in cell.get("outputs", ())]
    assert kinds == [["application/pdf", "image/png"], ["text/plain"]]


def test_nothing_is_looked_at_twice_and_outputs_of_a_failed_notebook_pass_the_gate_too(
    built: Path, tmp_path: Path
) -> None:
    before = findings(built)
    project = tmp_path / "project"
    shutil.copytree(built, project)
    kept = project / "_build/outputs"
    for path in kept.glob("*.json"):
        # What is believed is what was said; so this shows that it is.
        path.write_bytes(path.read_bytes().replace(b"it is no base64", b"it is remembered"))
    views = {path: path.read_bytes() for path in kept.glob("*.ipynb")}
    damaged = next(path for path, content in views.items() if b"far words" in content)
    damaged.write_bytes(b"damaged")
    page = project / "book/drawings.md"
    page.write_text(page.read_text() + "```{code-cell} ipython3\n1 / 0\n```\n")

    build = run_toolchain("build", "html", "--keep-going", project=project)

    assert build.code == 4, build.stdout + build.stderr
    again = findings(project)
    assert [(*place, said.replace("remembered", "no base64")) for *place, said in again] == before
    assert sum("it is remembered" in said for *_, said in again) == 1
    assert damaged.read_bytes() == views[damaged]
    text = html.parse(str(project / "_build/html/drawings.html")).getroot().text_content()
    assert text.count("This output is not shown: ") == 2
    assert "ZeroDivisionError" in text
    assert "<script" in (project / "_build/failed/drawings.ipynb").read_text()
    assert run_toolchain("check", "OUT001", project=project).code == 1


def test_pulled_results_are_found_too(built: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(built, project, ignore=shutil.ignore_patterns("_build"))
    pushed = run_toolchain("store", "push", str(tmp_path / "remote"), project=built)
    assert pushed.code == 0, pushed.stderr
    toml = project / "_config/book.toml"
    toml.write_text(f'{toml.read_text()}\n[store]\nremote = "{tmp_path / "remote"}"\n')
    # What nbformat does not know is not even pulled.
    unknown = ("pictures", FORGED)
    index = project / "book/index.md"
    for name in unknown:
        index.write_text(index.read_text().replace(f"{name}\n", ""))
        (project / f"book/{name}.md").unlink()

    build: Run = run_toolchain("build", "html", project=project, env={"XDG_CACHE_HOME": os.devnull})

    assert build.code == 1, build.stdout + build.stderr
    assert findings(project) == [
        finding for finding in findings(built) if Path(finding[0]).stem not in unknown
    ]
