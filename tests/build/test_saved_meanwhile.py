"""Sources that are saved while the book is built: the build says so and ends, and the next one is right."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import killing
from support.failing_projects import DEADLINE
from support.killing import Killed, differing, from_nothing
from support.running import Run, report_of, wait_for

WAITS = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# Waits

```{{code-cell}} ipython3
import os, time

while not os.path.exists({release!r}):  # {seed}
    time.sleep(0.05)
```
"""
FIGURE = "![A dot.](../img/dot.svg)\n"
DOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="9"><circle cx="4" cy="4" r="3"/></svg>\n'
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    return killing.make(tmp_path_factory.mktemp("saved") / "base")


@pytest.fixture
def book(made: Killed, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """Give the book, with a page of which a build runs the cell until the test lets it go; the path is short for sockets."""
    book = made.copy(tmp_path_factory.mktemp("b") / "b")
    (book.project / "_build/report.json").unlink()  # as in a first build
    (book.project / "img").mkdir()
    (book.project / "img/dot.svg").write_text(DOT.format(size=9))
    (book.project / "book/index.md").write_text(
        f"# Killed\n\n{FIGURE}\n```{{toctree}}\na\nb\nwaits\n```\n", encoding="utf-8"
    )
    return book


def build(book: Killed, seed: int, edit: Callable[[Path], object]) -> Run:
    """Build, and edit the project's files between the moments when they are read and when Sphinx reads them."""
    release = book.root / f"release-{seed}"
    text = WAITS.format(release=str(release), seed=seed)
    (book.project / "book/waits.md").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "toolchain", "build", "html", "--project", str(book.project)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **book.env},
    )
    wait_for(process, "run     waits")
    edit(book.project)
    release.touch()
    stdout, stderr = process.communicate(timeout=5 * DEADLINE)
    return Run(process.returncode, stdout, stderr)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def assert_next_is_right(book: Killed, tmp_path: Path) -> None:
    again = book.run("build", "html")
    assert again.code == 0, again.stdout + again.stderr
    assert differing(book.made("html"), from_nothing(book, tmp_path / "want", "html")) == []
    assert book.run("build", "html").stderr == "nothing changed since the last build\n"


def test_code_edited_meanwhile_is_named_and_built_next_time(book: Killed, tmp_path: Path) -> None:
    run = build(book, 1, lambda project: replace(project / "book/b.md", "range(5)", "range(6)"))

    assert run.code == 1, run.stdout + run.stderr
    assert run.stderr.splitlines()[-2:] == [
        "error: book/b.md was saved while the book was built",
        "Build again; results that were finished are kept.",
    ]
    report = report_of(book.project)
    assert (report["exit_code"], report["stopped"], report["state"]) == (1, True, "")
    assert_next_is_right(book, tmp_path)
    assert b"[2, 3, 4, 5, 6, 7]" in b"".join(book.made("html").values())


def test_whatever_else_is_saved_meanwhile_is_in_the_next_build(book: Killed, tmp_path: Path) -> None:
    """A page is added and one removed, with their lines in the toctree; a picture and the settings are others."""

    def edit(project: Path) -> None:
        (project / "book/new.md").write_text("# New\n\nA page.\n", encoding="utf-8")
        (project / "book/a.md").unlink()
        replace(project / "book/b.md", "as on {doc}`a`", "alone")
        replace(project / "book/index.md", "\na\n", "\nnew\n")
        (project / "img/dot.svg").write_text(DOT.format(size=20))
        replace(project / "_config/book.toml", '"Killed"', '"Saved"')

    run = build(book, 2, edit)

    assert run.code in (0, 1), run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert (
        "_config/book.toml, book/a.md, book/b.md, book/index.md, book/new.md and 1 more were saved while the book was built"
        in run.stderr
    )
    assert_next_is_right(book, tmp_path)


def test_what_is_changed_and_changed_back_is_built_again(book: Killed, tmp_path: Path) -> None:
    """What was read between is in no digest: the picture shown is the one that the other one was for a while."""
    picture = book.project / "img/dot.svg"
    before = picture.stat()
    conf = "import pathlib\n\nfrom toolchain.sphinxext.configuration import configuration\n\nglobals().update(configuration(__file__))\n"
    back = (
        "def back(app, error):\n"
        "    import os\n"
        f"    picture = pathlib.Path({str(picture)!r})\n"
        f"    picture.write_text({DOT.format(size=9)!r})\n"
        f"    os.utime(picture, ns=({before.st_atime_ns}, {before.st_mtime_ns}))\n\n\n"
        "def setup(app):\n    app.connect('build-finished', back)\n"
    )
    (book.project / "_config/conf.py").write_text(f"{conf}\n\n{back}", encoding="utf-8")

    run = build(book, 3, lambda project: (project / "img/dot.svg").write_text(DOT.format(size=20)))

    assert run.code == 0, run.stdout + run.stderr
    assert "img/dot.svg was saved while the book was built: build again" in run.stderr
    assert picture.read_text() == DOT.format(size=9)
    (book.project / "_config/conf.py").write_text(conf, encoding="utf-8")
    again = book.run("build", "html")
    assert again.code == 0, again.stdout + again.stderr
    assert differing(book.made("html"), from_nothing(book, tmp_path / "want", "html")) == []
