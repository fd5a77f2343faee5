"""A new form is one module and one entry: here is one, in one file, that the toolchain has never heard of."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from support.running import report_of

PROGRAM = '''\
"""The book as plain text in a zip: a form of its own, and the program with it."""

import sys
import zipfile

from toolchain import forms
from toolchain.base.files import files_below
from toolchain.environment.requirements import Requirement
from toolchain.forms.artefacts import file_artifact
from toolchain.forms.form import Form


REQUIREMENT = Requirement(sys.argv.pop(1), "toy-maker")


def make(making):
    seconds, _ = making.runs.of("text")
    target = making.settings.build / "toy" / "book.zip"
    target.parent.mkdir(exist_ok=True)
    folder = making.settings.build / "toy-text"
    with zipfile.ZipFile(target, "w") as archive:
        for path in files_below(folder):
            archive.write(path, path.relative_to(folder).as_posix())
    return [file_artifact("toy", target, making.settings, seconds)]


def read(opening):
    (path,) = opening.paths
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


forms.FORMS["toy"] = Form(
    name="toy",
    title="plain text",
    builder="text",
    folder="toy-text",
    make=make,
    open=read,
    requirements=lambda _: (REQUIREMENT,),
    downloads=lambda settings: {"_toys/book.zip": settings.build / "toy" / "book.zip"},
    notes=lambda _: ("a toy is no book",),
)

from toolchain.commands.cli import main

main()
'''


def run(program: Path, requirement: str, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(program), requirement, "build", *arguments, "--project", str(project)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_a_form_in_one_file_is_made_offered_opened_and_reported(
    copy: Callable[[str], Path], tmp_path: Path
) -> None:
    project, program = copy("minimal"), tmp_path / "toy.py"
    program.write_text(PROGRAM, encoding="utf-8")

    build = run(program, "python3", project, "html", "toy")

    assert build.returncode == 0, build.stdout + build.stderr
    report = report_of(project)
    assert report["forms"] == ["html", "toy"]
    (toy,) = (artefact for artefact in report["artefacts"] if artefact["form"] == "toy")
    assert toy["path"] == "_build/toy/book.zip"
    with zipfile.ZipFile(project / toy["path"]) as archive:
        assert "sin" in archive.read("chapter_waves/index.txt").decode()
    # The site, which is made after it, offers it as it is.
    offered = project / "_build/html/_toys/book.zip"
    assert offered.read_bytes() == (project / toy["path"]).read_bytes()
    assert "note: a toy is no book" in build.stdout

    again = run(program, "python3", project, "html", "toy", "--json")
    assert json.loads(again.stdout)["artefacts"] == report["artefacts"]


def test_what_a_form_requires_is_missed(copy: Callable[[str], Path], tmp_path: Path) -> None:
    project, program = copy("minimal"), tmp_path / "toy.py"
    program.write_text(PROGRAM, encoding="utf-8")

    build = run(program, "no-such-toy-maker", project, "html", "toy")

    assert build.returncode == 2
    assert "for toy this machine lacks no-such-toy-maker" in build.stderr
    assert "toolchain build html" in build.stderr
