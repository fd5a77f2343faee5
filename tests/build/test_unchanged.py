"""A book in which nothing has changed is answered at once: nothing is read, started or imported that is not needed."""

import json
import pickletools
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from support.places import REPOSITORY

from toolchain.base.digests import SETTLED_NS

LIBRARIES = {
    *("cryptography", "difflib", "docutils", "filelock", "fsspec", "jupyter_cache", "jupyter_client", "lxml"),
    *("markdown_it", "myst_nb", "myst_parser", "nbformat", "packaging", "platformdirs", "pybtex", "requests"),
    *("rich", "sphinx", "sqlite3", "yaml"),
}
"""Slow to import, each of them."""
WORK = {"asyncio", "logging", "subprocess", "tempfile", "traceback"}
"""Of Python's own what is there to do something, or to say that something went wrong."""
NOT_FOR_A_PLAN = {"asyncio", "inotify_simple", "multiprocessing", "ssl", "uv"}
ROOMS = {
    "check",
    "cluster",
    "execute",
    "outputs",
    "plan",
    "processes.programs",
    "sharing",
    "sources",
    "sphinxext",
}
OF_OTHER_FORMS = {
    *(
        "cryptography",
        "dask",
        "distributed",
        "fsspec",
        "imagesize",
        "jinja2",
        "jupyter_client",
        "latexcodec",
        "pdfminer",
    ),
    *("pikepdf", "pybtex", "pypdfium2", "requests", "rich", "sphinx", "sqlalchemy", "urllib3"),
}
"""What a site is made without after an edit, in the process that has Sphinx make it."""
OTHER_CHECKS = {"external", "notebooks", "pdf", "preflight"}
WATCHED = """\
import json, os, sys
opened, started = [], []
def hear(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        opened.append(os.path.abspath(arguments[0]))
    elif event in ("os.fork", "os.posix_spawn", "subprocess.Popen", "_posixsubprocess.fork_exec"):
        started.append(event)
before = set(sys.modules)
sys.addaudithook(hear)
from toolchain.__main__ import main
try:
    main()
finally:
    with open(os.environ["WATCHED"], "w") as stream:
        json.dump({"opened": opened, "started": started, "imported": sorted(set(sys.modules) - before)}, stream)
"""


def watched(folder: Path, *arguments: str | Path) -> dict[str, Any]:
    """Run the toolchain as a whole, and return what it has opened, started and imported, with what it said."""
    result = folder / "watched.json"
    run = subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, arguments)],
        # What many people export of git's has no part in what it says of the history.
        env={"WATCHED": str(result), "PATH": "/usr/bin:/bin", "GIT_EDITOR": "vi", "GIT_AUTHOR_NAME": "Ada"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return {**json.loads(result.read_text()), "said": run.stderr}


def test_an_unchanged_book_is_answered_without_reading_starting_or_importing_anything(
    built: Path, tmp_path: Path
) -> None:
    time.sleep(SETTLED_NS / 1e9)
    watched(tmp_path, "build", "--project", built)  # remembers what the build has written

    seen = watched(tmp_path, "build", "--project", built)

    assert seen["said"] == "nothing changed since the last build\n"
    assert seen["started"] == []
    imported = set(seen["imported"])
    assert {name.partition(".")[0] for name in imported} & (LIBRARIES | WORK) == set()
    assert not {f"toolchain.{room}" for room in ROOMS} & imported
    opened = {
        Path(path).relative_to(built).as_posix() for path in seen["opened"] if path.startswith(str(built))
    }
    assert {path for path in opened if not path.startswith(".git/")} == {
        "_config/book.toml",
        *(f"_build/{name}" for name in ("report.json", "stat-cache.json", "date.json", "sphinx/programs")),
        *(path.relative_to(built).as_posix() for path in built.glob("_build/sphinx/*.made")),
    }
    code = [path for path in seen["opened"] if path.startswith(str(REPOSITORY / "toolchain"))]
    assert [path for path in code if not path.endswith((".pyc", ".py"))] == []

    # What nobody could see by size and time of a page of the site is seen by its inode.
    page = built / "_build/html/index.html"
    aside = shutil.copy2(page, tmp_path / "page")
    Path(aside).replace(page)
    opened = set(watched(tmp_path, "build", "--project", built)["opened"])
    assert {path for path in opened if path.startswith(str(built / "_build/html"))} == {str(page)}

    # An edited one is made into a site without what reads the other forms.
    source = built / "book/index.md"
    source.write_text(f"{source.read_text()}\nOne more sentence.\n")
    imported = set(watched(tmp_path, "build", "html", "--project", built)["imported"])
    assert {name.partition(".")[0] for name in imported} & OF_OTHER_FORMS == set()
    assert not {f"toolchain.check.{folder}" for folder in OTHER_CHECKS} & imported


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_plan_imports_what_decides_and_nothing_that_runs_or_draws(
    arguments: tuple[str, ...], built: Path, tmp_path: Path
) -> None:
    seen = watched(tmp_path, "plan", *arguments, "--project", built)
    imported = {name.partition(".")[0] for name in seen["imported"]}
    assert imported & (LIBRARIES | NOT_FOR_A_PLAN) <= {"difflib", "packaging", "platformdirs"}


def test_what_is_known_of_pages_is_encoded_in_what_every_process_holds(built: Path) -> None:
    content = (built / "_build/doctrees/environment.pickle").read_bytes()
    named = {said for _, said, _ in pickletools.genops(content) if isinstance(said, str)}
    assert "BuildEnvironment" in named
    assert named & {"PageFacts", "Passage", "Reference", "Skeleton"} == set()


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_help_is_there_before_anything_is_imported(arguments: tuple[str, ...], tmp_path: Path) -> None:
    seen = watched(tmp_path, *arguments)
    assert {name.partition(".")[0] for name in seen["imported"]} & (LIBRARIES | WORK) == set()
    assert not {f"toolchain.{room}" for room in (*ROOMS, "build", "forms")} & set(seen["imported"])
