"""Pages that several processes read and write are those of one process, byte for byte, and so is all that is said of them."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from support.built_sites import files_of
from support.many_pages import PAGES, write_many_pages
from support.places import TESTS
from support.running import Run, report_of, run_toolchain

from toolchain.model.sphinx import read_output

FORMS = ("html", "notebooks")
ORDER = re.compile("given twice|Duplicate")
"""What Sphinx says of a page only if it has read another one before."""
NOTE_FORKS = """
def noted(path={path!r}):
    with open(path, "a") as stream:
        stream.write(f"{{os.getpid()}}\\n")
os.register_at_fork(after_in_child=noted)
"""
COUNTING = """
counts = {"read": [], "resolved": []}
def read(app, tree):
    counts["read"].append(app.env.current_document.docname)
def resolved(app, tree, page):
    counts["resolved"].append(page)
    app.env.resolved_by_extension = sorted({*getattr(app.env, "resolved_by_extension", ()), page})
def finished(app, error):
    import json
    counts["env"] = app.env.resolved_by_extension
    open(app.outdir / "counts.json", "w").write(json.dumps(counts))
def setup(app):
    app.connect("doctree-read", read)
    app.connect("doctree-resolved", resolved)
    app.connect("build-finished", finished)
"""
COUNTING_DIRECTIVE = """
from docutils import nodes
from docutils.parsers.rst import Directive, directives
class Count(Directive):
    count = 0
    def run(self):
        Count.count += 1
        return [nodes.paragraph("", f"Count {Count.count}.")]
directives.register_directive("count", Count)
"""


def built(project: Path, jobs: int, *forms: str) -> Run:
    return run_toolchain("build", *(forms or FORMS), "--jobs", str(jobs), project=project)


def made(project: Path) -> dict[str, bytes]:
    """Return all that was made, but for what the report says of times."""
    notebooks = {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted((project / "_build/notebooks").rglob("*"))
        if path.is_file()
    }
    return {**files_of(project), **notebooks}


def said(project: Path) -> list[Any]:
    """Return what was found, in the order in which Sphinx came upon it, and what else it has left."""
    outputs = (read_output(project / f"_build/sphinx/{name}.json") for name in FORMS)
    return [msgspec.to_builtins(output) for output in outputs]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the book of many pages, made by one process."""
    project = write_many_pages(tmp_path_factory.mktemp("alone") / "book")
    assert built(project, 1).code == 1
    return project


def test_a_book_is_the_same_however_many_processes_make_it(alone: Path, tmp_path: Path) -> None:
    forks = tmp_path / "forks"
    project = write_many_pages(tmp_path / "book", NOTE_FORKS.format(path=str(forks)))

    build = built(project, 3)

    assert build.code == 1, build.stdout + build.stderr
    # Three workers read; three write the site, and three the notebooks.
    assert len(forks.read_text(encoding="utf-8").split()) == 9
    assert made(project) == made(alone)
    assert said(project) == said(alone)
    again = [finding for finding in report_of(project)["findings"] if ORDER.search(finding["message"])]
    assert {finding["path"] for finding in again} == {
        f"book/page-{number}.md" for number in (15, 17, 18, 19, 20, 21)
    }
    assert report_of(project)["findings"] == report_of(alone)["findings"]


def test_an_extension_that_nobody_has_examined_sees_every_page_in_one_process(tmp_path: Path) -> None:
    forks = tmp_path / "forks"
    more = NOTE_FORKS.format(path=str(forks)) + COUNTING
    project = write_many_pages(tmp_path / "book", more)

    assert built(project, 3, "html").code == 1

    pages = ["index", *(f"page-{number:02}" for number in range(PAGES))]
    counts = msgspec.json.decode((project / "_build/html/counts.json").read_bytes())
    assert counts == {"read": pages, "resolved": pages, "env": pages}
    assert not forks.exists()


def test_a_directive_of_conf_py_that_counts_itself_counts_in_one_process(tmp_path: Path) -> None:
    forks = tmp_path / "forks"
    project = write_many_pages(tmp_path / "book", NOTE_FORKS.format(path=str(forks)) + COUNTING_DIRECTIVE)
    for page in sorted((project / "book").glob("page-*.md")):
        page.write_text(page.read_text(encoding="utf-8") + "\n```{count}\n```\n", encoding="utf-8")

    assert built(project, 3, "html").code == 1

    for number in range(PAGES):
        page = project / f"_build/html/page-{number:02}.html"
        assert f"Count {number + 1}." in page.read_text(encoding="utf-8")
    assert not forks.exists()


DEATHS = {
    "after some pages": (
        # When it has used so many seconds of a core.
        "import signal\n"
        "os.register_at_fork(after_in_child=lambda: signal.setitimer(signal.ITIMER_PROF, 0.1))\n"
    ),
    "within a file": (
        "import signal\nfrom pathlib import Path\nbuilder, replace = os.getpid(), Path.replace\n"
        "def die(self, target):\n"
        "    if os.getpid() != builder and self.name.startswith('.aside-') and 'search' in Path(target).parts:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return replace(self, target)\n"
        "Path.replace = die\n"
    ),
}


@pytest.mark.parametrize("more", DEATHS.values(), ids=DEATHS)
def test_what_workers_have_not_done_when_they_are_killed_is_done_all_the_same(
    alone: Path, tmp_path: Path, more: str
) -> None:
    project = write_many_pages(tmp_path / "book", more)

    build = built(project, 3)

    assert build.code == 1, build.stdout + build.stderr
    assert made(project) == made(alone)
    assert said(project) == said(alone)


def test_an_error_that_a_worker_meets_is_the_builders(tmp_path: Path) -> None:
    project = write_many_pages(tmp_path / "book", 'templates_path = ["templates"]\n')
    templates = project / "_config/templates"
    templates.mkdir()
    (templates / "layout.html").write_text(
        '{% extends "!layout.html" %}{% block extrahead %}'
        '{{ super() }}{% if pagename in ("page-13", "page-21") %}{{ nothing.of_it }}{% endif %}{% endblock %}',
        encoding="utf-8",
    )

    build = built(project, 3, "html")

    assert build.code == 5, build.stdout + build.stderr
    log = (project / "_build/sphinx/html.log").read_text(encoding="utf-8")
    assert (
        log.count("Traceback (most recent call last)") == 2
    )  # of Jinja's error, and of Sphinx' that it becomes
    assert "An error happened in rendering the page page-13.\nReason: UndefinedError(" in log
    assert not (project / "_build/html").exists()


@pytest.mark.parametrize("file", ["doctrees/page-13.doctree", "html/page-13.html"])
def test_what_the_system_refuses_a_worker_is_told_as_refused(file: str, tmp_path: Path) -> None:
    project = write_many_pages(tmp_path / "book")
    refused = project / "_build" / file
    env = {
        "REFUSED": f"{errno.ENOSPC}:0:{refused}:{tmp_path / 'writes'}",
        "PYTHONPATH": str(TESTS / "refuse"),
    }

    build = run_toolchain("build", "html", "--jobs", "3", project=project, env=env)

    assert build.code == 2, build.stdout + build.stderr
    assert build.stderr.startswith(f"error: {refused}") or f"\nerror: {refused}" in build.stderr


def test_no_worker_outlives_its_builder(tmp_path: Path) -> None:
    forks = tmp_path / "forks"
    wait = f"__import__('time').sleep(open({str(forks)!r}, 'a').write(f'{{os.getpid()}} {{os.getppid()}}\\n') * 60)"
    project = write_many_pages(tmp_path / "book", f"os.register_at_fork(after_in_child=lambda: {wait})\n")
    command = [sys.executable, "-m", "toolchain", "build", "html", "--jobs", "3", "--project", str(project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        while not forks.exists() or forks.read_text(encoding="utf-8").count("\n") < 3:
            assert process.poll() is None
            time.sleep(0.05)
        lines = [line.split() for line in forks.read_text(encoding="utf-8").splitlines()]
        (builder,) = {int(parent) for _, parent in lines}
        os.kill(builder, signal.SIGKILL)
        told = process.communicate()[0]

    assert process.returncode == 5, told
    assert "it was ended by signal 9 (SIGKILL)" in told
    assert not [worker for worker, _ in lines if psutil.pid_exists(int(worker))]
