"""What a book's conf.py may do, or not: what it is warned of, what it changes, and what Sphinx says without the toolchain."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.places import REPOSITORY
from support.running import report_of, run_toolchain

CONF = """\
from toolchain.sphinxext import configuration
globals().update(configuration(__file__))
"""
WARNS = """\
from sphinx.util import logging
html_title = 3
def warn(app, env):
    for location in (None, "nowhere:2", "/nowhere/else:3", f"{app.confdir}/notes.txt:4"):
        logging.getLogger(__name__).warning("odd", location=location)
def setup(app):
    app.connect("env-updated", warn)
"""
CHANGES = """\
def change(app, page, texts):
    texts[0] = texts[0].replace(*{change})
def setup(app):
    app.connect("source-read", change)
"""


def configure(project: Path, text: str) -> None:
    (project / "_config/conf.py").write_text(CONF + text, encoding="utf-8")


def test_warnings_are_findings_wherever_they_come_from(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / "book/section.md").write_text("# A section\n\nText.\n", encoding="utf-8")
    (project / "_config/notes.txt").write_text("Notes.\n", encoding="utf-8")
    configure(project, WARNS)
    of_the_title = "The config value `html_title' has type `int'; expected `str'."
    of_notes = ("_config/notes.txt", 4, "odd")

    def findings() -> list[tuple[Any, ...]]:
        build = run_toolchain("build", "html", project=project)
        assert build.code == 1, build.stdout + build.stderr
        reported = report_of(project)["findings"]
        return [(finding.get("path"), finding.get("line"), finding["message"]) for finding in reported]

    assert findings() == [
        (None, None, of_the_title),
        (None, None, "odd"),
        ("/nowhere/else", 3, "odd"),
        of_notes,
        ("book/nowhere", 2, "odd"),
    ]

    # Nothing is said of a file that is no page when it is not looked at again; it stays until the file is another.
    configure(project, WARNS.replace(' "nowhere:2", "/nowhere/else:3", f"{app.confdir}/notes.txt:4"', ""))
    assert findings() == [(None, None, of_the_title), (None, None, "odd"), of_notes]
    (project / "_config/notes.txt").write_text("Other notes.\n", encoding="utf-8")
    assert findings() == [(None, None, of_the_title), (None, None, "odd")]


@pytest.mark.parametrize(
    ("change", "page", "problem"),
    [
        (
            ("heights", "depths"),
            "chapter_waves/index.md",
            "the notebook that Sphinx reads differs from the one that ran (jupyter-cache key ",
        ),
        (
            (
                "# Two pages",
                "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n# A\n\n```{code-cell}\n1\n```\n",
            ),
            "index.md",
            "had no cells when notebooks were run. ",
        ),
    ],
)
def test_code_that_is_changed_as_it_is_read_ends_the_build(
    change: tuple[str, str], page: str, problem: str, copied: Path
) -> None:
    configure(copied, CHANGES.format(change=change))

    build = run_toolchain("build", "html", project=copied)

    assert build.code == 5
    assert f"{copied}/book/{page}: {problem}" in build.stdout
    assert (
        "An extension changes sources while they are read, or another MyST setting is in force."
        in build.stdout
    )


def sphinx_alone(project: Path) -> "subprocess.CompletedProcess[str]":
    """Build the site as an editor or a person may, by Sphinx itself."""
    conf = REPOSITORY / "toolchain/sphinxext/default"
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-c", conf, project / "book", project / "site"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TOOLCHAIN_PROJECT": str(project)},
    )


def test_sphinx_alone_takes_the_project_that_a_variable_names_and_says_where_results_come_from(
    copy: Callable[[str], Path],
) -> None:
    project = copy("reference-to-nothing")
    (project / "book/section.md").write_text("## A section\n\nText.\n", encoding="utf-8")

    without = sphinx_alone(project)

    assert without.returncode == 0, without.stderr
    assert "Document headings start at H2, not H1" in without.stderr
    notebooks = sphinx_alone(copy("minimal"))
    assert notebooks.returncode == 0, notebooks.stderr
    assert "without outputs, as no stored result fits the code:" in notebooks.stderr
