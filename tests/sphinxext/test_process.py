"""The process that runs Sphinx is the same for everybody: of the toolchain that started it, and of one language."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.projects import copy_project
from support.running import ANOTHER_SEED, report_of, run_toolchain

from toolchain.model.sphinx import (
    BuilderBegun,
    BuilderEnded,
    BuilderStep,
    decode_event,
    encode_event,
)

# With a seed of its own the toolchain is started as people start it, and starts a Python of its own for Sphinx.


def test_files_of_the_project_are_no_modules_of_the_process(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    (project / "toolchain").mkdir()
    for name in ("toolchain/__init__.py", "sphinx.py", "random.py"):
        (project / name).write_text('raise ImportError("a file of the project was imported")\n')

    build = run_toolchain("build", "html", project=project, env=ANOTHER_SEED)

    assert build.code == 0, build.stdout + build.stderr
    assert (project / "_build/html/index.html").is_file()


def test_a_locale_that_is_not_installed_does_no_harm(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    lacking = {"LANG": "en_XX.UTF-8", "LC_ALL": "", "LC_TIME": "tlh_QX.UTF-8"}

    build = run_toolchain("build", "html", "pdf", project=project, env={**ANOTHER_SEED, **lacking})

    assert build.code == 0, build.stdout + build.stderr
    logs = [
        path.read_text(encoding="utf-8")
        for path in (project / "_build/sphinx").glob("two-pages-screen.*.log")
    ]
    assert len(logs) > 1
    assert not any("locale" in log for log in logs)  # Perl's complaint


def test_findings_are_the_same_whatever_language_a_person_speaks(tmp_path: Path) -> None:
    locales = tmp_path / "locales"
    locales.mkdir()
    subprocess.run(["localedef", "-i", "fr_FR", "-f", "UTF-8", locales / "fr_FR.UTF-8"], check=True)
    french = {"LOCPATH": str(locales), "LC_ALL": "fr_FR.UTF-8", "LANGUAGE": "fr"}
    findings = []
    for folder, language in ((tmp_path / "english", {}), (tmp_path / "french", french)):
        project = copy_project("toctree-of-nothing", folder)
        run = run_toolchain("build", "html", project=project, env={**ANOTHER_SEED, **language})
        assert run.code == 1, run.stdout + run.stderr
        findings.append(report_of(project)["findings"])

    assert findings[0] == findings[1] != []


def test_what_later_versions_of_myst_nb_hand_to_their_client_is_taken(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    # MyST-NB's development version calls create_client with one more keyword.
    (project / "_config/conf.py").write_text(
        "from myst_nb import sphinx_\n"
        "from toolchain.sphinxext import configuration\n"
        "globals().update(configuration(__file__))\n"
        "def setup(app):\n"
        "    create_client = sphinx_.create_client\n"
        "    def as_later_versions_do(*arguments, **options):\n"
        "        return create_client(*arguments, **options, kernel_manager_class=None)\n"
        "    sphinx_.create_client = as_later_versions_do\n",
        encoding="utf-8",
    )

    build = run_toolchain("build", "html", project=project)

    assert build.code == 0, build.stdout + build.stderr
    assert 'class="cell_output' in (project / "_build/html/chapter_waves/index.html").read_text(
        encoding="utf-8"
    )


CONF = """\
import os
from toolchain.sphinxext import configuration
globals().update(configuration(__file__))
def fail(app, *_):
    if app.builder.name == "{builder}":
        {what}
def setup(app):
    app.connect("env-updated", fail)
"""


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ('raise ValueError("seven is no colour")', "(exception: seven is no colour)"),
        ("os.kill(os.getpid(), 9)", "it was ended by signal 9 (SIGKILL)"),
        ("os._exit(3)", "it exited with code 3"),
    ],
)
@pytest.mark.parametrize(
    ("builder", "other"),
    # The last one runs in the process that the others were started by.
    [("html", "_build/notebooks/chapter_waves.zip"), ("notebooks", "_build/html/chapter_waves/index.html")],
)
def test_what_ends_sphinx_is_told_and_spoils_its_own_form_only(
    builder: str, other: str, what: str, told: str, copy: Callable[[str], Path]
) -> None:
    project = copy("minimal")
    (project / "_config/conf.py").write_text(CONF.format(builder=builder, what=what), encoding="utf-8")

    build = run_toolchain("build", "html", "notebooks", project=project)

    assert build.code == 5
    line, again = (line for line in build.stdout.splitlines() if "crashed" in line)
    assert line.startswith(f"Sphinx ({builder}) crashed: ")
    assert line.endswith(told)
    assert again == f"not made: {builder}: {line}"
    assert f"The whole log: _build/sphinx/{builder}.log" in build.stdout
    log = (project / f"_build/sphinx/{builder}.log").read_text(encoding="utf-8")
    assert "\x1e" not in log
    assert ("Traceback" in log) == ("raise" in what)
    assert (project / other).exists()


def test_pages_are_counted_as_they_are_read_and_written(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    assert run_toolchain("build", "html", project=project, env={"CI": "true", "FORCE_COLOR": "1"}).code == 0
    log = (project / "_build/sphinx/sphinx.log").read_text(encoding="utf-8")
    assert r"\u001b" not in log  # nor the colours that a CI service gets elsewhere
    lines = log.replace(r"\u001e", "\x1e").split("\n")  # a log has no control characters

    mark = log.partition(r"\u001e")[2].partition("{")[0]
    events = [event for line in lines if (event := decode_event(line, mark)[1])]

    assert events[0] == BuilderBegun(builder="html")
    assert events[-1] == BuilderEnded()
    assert [event.total for event in events[1:-1] if isinstance(event, BuilderStep)] == [2, 2, 2, 2]
    assert {event.what for event in events[1:-1] if isinstance(event, BuilderStep)} == {
        f"{what} {page}" for what in ("reading", "writing") for page in ("index", "chapter_waves/index")
    }


def test_an_event_that_a_kill_has_cut_off_is_shown_as_it_came() -> None:
    line = encode_event(BuilderBegun(builder="html"), "mark")[:-4]

    assert decode_event(line, "mark") == (line, None)


def test_what_is_printed_and_looks_like_an_event_is_none(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    # As an extension may print that quotes a page, or what a cell has put out.
    printed = """print('\\x1e{"type":"BuilderEnded","error":"said by an output"}', flush=True)"""
    (project / "_config/conf.py").write_text(CONF.format(builder="html", what=printed), encoding="utf-8")

    build = run_toolchain("build", "html", project=project)

    assert "said by an output" in (project / "_build/sphinx/html.log").read_text(encoding="utf-8")
    assert build.code == 0, build.stdout
