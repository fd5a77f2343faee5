"""Sphinx alone made to build a book, as the toolchain has it built: for tests that build often, and look at what Sphinx makes.

No notebook has a result here; the site is as Sphinx leaves it, notebooks are parts that are not put together, print is LaTeX.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import msgspec
from support.places import GENERATED
from support.running import quick_python

from toolchain.base.files import files_below, sha256_file, sha256_lines
from toolchain.forms.sphinx_runs import merge
from toolchain.model import Finding
from toolchain.model.notebook_text import PARTS
from toolchain.model.sphinx import PageResult, Run, SphinxInput, SphinxTask, read_output
from toolchain.processes.programs import environment
from toolchain.project import settings
from toolchain.sources import prerequisites, reading

CELL = re.compile(r"^```{code-cell}|\"cell_type\": \"code\"", re.MULTILINE)
MISSING = PageResult(blob="none", missing="nobody has run it")


@dataclass(frozen=True)
class Built:
    """What Sphinx has made of a book."""

    files: dict[str, bytes]
    """By their paths below `_build`."""
    findings: tuple[Finding, ...]
    read: set[str]
    """The pages that were read in this run."""
    written: set[str]
    """The pages of the site that were written in this run."""
    differing: set[str]
    """The pages of the site that are not what they were before it."""


def build(project: Path, *builders: str) -> Built:
    """Build a book with some of Sphinx's builders."""
    made = project / "_build"
    work = made / "sphinx"
    work.mkdir(parents=True, exist_ok=True)
    before = _pages(made / "html")
    earlier = {builder: read_output(work / f"{builder}.json") for builder in builders}
    task = SphinxTask(
        input=SphinxInput(
            project=str(project),
            view=str(made / "view"),
            results=_results(project),
            epoch=1_500_000_000,
            prerequisites=_prerequisites(project),
        ),
        builders={builder: str(made / builder) for builder in builders},
        config=str(project / "_config"),
        sources=str(project / "book"),
        doctrees=str(made / "doctrees"),
        work=str(work),
        tools=_digest(project / "_config"),
        mark="mark",
    )
    variables = environment(
        TOOLCHAIN_PROJECT=str(project), SOURCE_DATE_EPOCH="1500000000", PYTHONHASHSEED="0"
    )
    run = subprocess.run(
        [quick_python().executable, "-P", "-m", "toolchain.sphinxext", "0"],
        input=msgspec.json.encode(Run(task)).decode() + "\n",
        capture_output=True,
        text=True,
        check=False,
        env=variables,
    )
    assert not (work / "unfinished").exists(), run.stdout + run.stderr
    findings: tuple[Finding, ...] = ()
    for builder in builders:
        output = read_output(work / f"{builder}.json")
        assert output is not None, run.stdout + run.stderr
        findings = merge(findings, output.findings)
        # As the forms do: Sphinx leaves the pages that are gone.
        last = earlier[builder]
        known = (*last.documents, *last.generated) if last else ()
        for page in {*known} - {*output.documents, *output.generated}:
            for suffix in (".html", PARTS):
                (made / builder / f"{page}{suffix}").unlink(missing_ok=True)
    after = _pages(made / "html")
    return Built(
        files={
            path.relative_to(made).as_posix(): path.read_bytes()
            for builder in builders
            for path in sorted((made / builder).rglob("*"))
            if path.is_file()
            and path.suffix not in (".woff2", ".ttf")
            and not path.name.startswith(".buildinfo")
        },
        findings=findings,
        read=set(re.findall(r"\"reading ([^\"]+)\"", run.stdout)),
        written={name for name, (_, look) in after.items() if look != before.get(name, ("", 0))[1]},
        differing={name for name, (text, _) in after.items() if text != before.get(name, ("", 0))[0]},
    )


def _results(project: Path) -> dict[str, PageResult]:
    folder = project / "book"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): MISSING
        for suffix in ("md", "ipynb")
        for path in sorted(folder.rglob(f"*.{suffix}"))
        if CELL.search(path.read_text(encoding="utf-8"))
    }


def _prerequisites(project: Path) -> dict[str, tuple[str, ...]]:
    """Return what pages build on, as a build finds it."""
    pages = (project / "book").rglob("*.md")
    if not any("prerequisites:" in path.read_text(encoding="utf-8") for path in pages):
        return {}
    return dict(prerequisites.of_book(reading.read(settings.load(project), remember=False)))


def _pages(site: Path) -> dict[str, tuple[str, int]]:
    """Return the pages of a site that somebody wrote: what is in them, and when they were written."""
    return {
        path.relative_to(site).with_suffix("").as_posix(): (
            path.read_text(encoding="utf-8"),
            path.stat().st_mtime_ns,
        )
        for path in sorted(site.rglob("*.html"))
        if not path.name.startswith(GENERATED) and "_static" not in path.parts
    }


def _digest(folder: Path) -> str:
    return sha256_lines(f"{path.relative_to(folder)} {sha256_file(path)}" for path in files_below(folder))
