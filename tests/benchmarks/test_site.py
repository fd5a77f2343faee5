"""What the site costs from nothing, after an edit and unchanged, on the same pages beside Jupyter Book 1 and plain Sphinx.

The tools build in turn, so that what else the machine does befalls all of them. Nothing is executed by any of them.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import html
from support import other_tools
from support.measuring import Cost, cost, machine, median, table
from support.places import GENERATED, REPOSITORY

JUPYTER_BOOK = os.environ.get("JUPYTER_BOOK", "")
"""Its program, in an environment of its own that `nox -s bench` makes."""
OURS = "toolchain"
BESIDE = "Jupyter Book 1"
SHOWN = (
    "//article//div[contains(@class, 'cell_output')]",
    "//article//figure",
    "//article//table",
    "//article//div[contains(concat(@class, ' '), 'math ')]",
    "//article//a[contains(@href, 'references')]",
)
"""Of the text itself: themes repeat its headings as they like."""
TIMES = {56: 3, 434: 3, 1000: 1}
"""How often everything is measured, by the pages, if nobody says otherwise."""
EDITED = "chapter_000/results.md"
COLD = "from nothing"
NOTHING = "nothing changed"
LEAST = "`python -c 'import click, msgspec'`"
IMAGE = "img/000/added.svg"


@dataclass(frozen=True)
class Edit:
    """A change of a file: some words get a number, or another one."""

    file: str
    words: str

    def make(self, folder: Path, number: int) -> None:
        path = folder / self.file
        text = path.read_text(encoding="utf-8")
        changed, count = re.subn(
            rf"{re.escape(self.words)}(, number \d+)?", f"{self.words}, number {number}", text, count=1
        )
        assert count == 1, (path, self.words)
        path.write_text(changed, encoding="utf-8")


class Picture(NamedTuple):
    """A change of a page: it shows a picture that there was not."""

    file: str
    before: str
    """The line that it is put before."""

    def make(self, folder: Path, number: int) -> None:
        image = (folder / IMAGE).with_stem(f"added-{number}")
        shutil.copy(next(image.parent.glob("*.svg")), image)
        page = folder / self.file
        shown = os.path.relpath(image, page.parent)
        text = page.read_text(encoding="utf-8")
        assert text.count(f"\n{self.before}") == 1, page
        path = f"```{{figure}} {shown}\n:alt: A picture\n\nPicture {number}.\n```\n\n{self.before}"
        page.write_text(text.replace(self.before, path, 1), encoding="utf-8")


EDITS: dict[str, Edit | Picture] = {
    "one sentence": Edit(f"book/{EDITED}", "The outputs in this book"),
    "one heading": Edit(f"book/{EDITED}", "## Input files"),
    "one entry cited": Edit("bib/copy-0.bib", "Array Programming"),
    "a new image": Picture(f"book/{EDITED}", "## Input files"),
}


class Page(NamedTuple):
    """What tells whether a page was written, and whether it is another one since."""

    looks: tuple[int, int]
    digest: bytes

    @classmethod
    def of(cls, path: Path) -> "Page":
        stat = path.stat()
        return cls((stat.st_mtime_ns, stat.st_ino), sha256(path.read_bytes()).digest())


NO_PAGE = Page((0, 0), b"")


class Built(NamedTuple):
    """What has become of a build."""

    cost: Cost
    written: set[str]
    """Pages."""
    other: set[str]
    """Pages whose bytes are others than before."""


class Measured(NamedTuple):
    """The medians of several builds."""

    cost: Cost
    written: int
    """Pages."""


@dataclass(frozen=True)
class Tool:
    """A way to make the site of a project."""

    name: str
    folder: Path
    """That has `book` and `bib`."""
    command: tuple[str | Path, ...]
    made: tuple[str, ...]
    """What goes before a build from nothing: paths below the folder."""
    site: str
    """Where its pages are, below the folder."""

    def forget(self) -> None:
        for pattern in self.made:
            for path in self.folder.glob(pattern):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    def build(self) -> "Built":
        before = self._pages()
        its_cost = cost(self.command, cwd=self.folder)
        after = self._pages()
        written = {name for name in after if after[name].looks != before.get(name, NO_PAGE).looks}
        other = {name for name in after if after[name].digest != before.get(name, NO_PAGE).digest}
        return Built(its_cost, written, other)

    def _pages(self) -> dict[str, "Page"]:
        site = self.folder / self.site
        return {
            path.relative_to(site).as_posix(): Page.of(path)
            for path in site.rglob("*.html")
            if path.stem not in GENERATED
        }

    def shown(self) -> dict[str, list[int]]:
        """Return how many of the things that take time the sections have: no tool may be quick by leaving them out."""
        site = self.folder / self.site
        pages = {
            path.relative_to(site).as_posix(): html.parse(str(path))
            for path in site.glob("chapter_[0-9]*/*.html")
        }
        return {name: [len(page.xpath(path)) for path in SHOWN] for name, page in pages.items()}


def ours(project: Path, *forms: str) -> Tool:
    """Return our way: all below `_build` is made anew but the results."""
    command: tuple[str | Path, ...] = (
        sys.executable,
        "-m",
        "toolchain",
        "build",
        *forms,
        "--project",
        project,
    )
    made = ("_build/[!s]*", "_build/s[!t]*", "_build/stat-cache.json")
    return Tool(OURS, project, command, made, "_build/html")


def tools(project: Path, folder: Path) -> list[Tool]:
    """Write the book for every tool that is there."""
    plain = folder / "plain"
    other_tools.write_for_sphinx(project, plain)
    command = (sys.executable, "-m", "sphinx", "-q", "-d", "doctrees", "book", "html")
    found = [
        ours(project, "html"),
        Tool(f"Sphinx {metadata.version('sphinx')}", plain, command, ("doctrees", "html"), "html"),
    ]
    if JUPYTER_BOOK:
        jupyter_book = folder / "jupyter-book"
        other_tools.write_for_jupyter_book(project, jupyter_book)
        build = (JUPYTER_BOOK, "build", "book")
        found.insert(1, Tool(BESIDE, jupyter_book, build, ("book/_build",), "book/_build/html"))
    return found


def measure(tool: Tool, number: int) -> Iterator[tuple[str, Built]]:
    """Yield what comes of each state of the book."""
    tool.forget()
    yield COLD, tool.build()
    for state, edit in EDITS.items():
        edit.make(tool.folder, number)
        yield state, tool.build()
    yield NOTHING, tool.build()


def interleaved(found: list[Tool], times: int) -> dict[tuple[str, str], Measured]:
    """Return what came of every state for every tool, by both; in each state they build one after the other."""
    builds: dict[tuple[str, str], list[Built]] = {}
    for number in range(1, times + 1):
        for together in zip(*(measure(tool, number) for tool in found), strict=True):
            for tool, (state, built) in zip(found, together, strict=True):
                builds.setdefault((state, tool.name), []).append(built)
    for (state, name), several in builds.items():
        if name == OURS and state in EDITS:
            assert all(built.written == built.other for built in several), (state, several)
    return {
        at: Measured(median(built.cost for built in several), len(several[-1].written))
        for at, several in builds.items()
    }


@pytest.fixture(scope="module")
def per_page() -> dict[str, dict[int, Cost]]:
    """Give what is known of larger and larger books: by what was made, and by their pages."""
    return {}


@pytest.mark.bench
@pytest.mark.parametrize("pages", [56, 434, pytest.param(1000, marks=pytest.mark.slow)])
def test_site_beside_other_tools(
    large_book: Callable[[Path, int], Path],
    tmp_path: Path,
    pages: int,
    per_page: dict[str, dict[int, Cost]],
    pytestconfig: pytest.Config,
) -> None:
    times = pytestconfig.getoption("times") or TIMES[pages]
    project = large_book(tmp_path / "project", pages)
    found = tools(project, tmp_path)
    measured = interleaved(found, times)
    show(pages, [tool.name for tool in found], measured, alone(project, times), times)
    for what, its_cost in {"site": measured[COLD, OURS].cost, **further_forms(project)}.items():
        per_page.setdefault(what, {})[pages] = its_cost
    show_growth(per_page)
    ours_shown, *others_shown = (tool.shown() for tool in found)
    assert all(shown == ours_shown for shown in others_shown)


def alone(project: Path, times: int) -> dict[str, Cost]:
    """Return what is measured of ours only: the least that a command in Python costs, and what contributors type."""
    commands: dict[str, tuple[str | Path, ...]] = {LEAST: (sys.executable, "-c", "import click, msgspec")}
    if nox := shutil.which("nox"):
        for name in ("noxfile.py", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(REPOSITORY / name, project)
        for name in ("toolchain", ".ci"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(REPOSITORY / name, project / name, ignore=ignored)
        commands[f"{NOTHING}, `nox -s build`"] = (nox, "-s", "build", "--", "html")
        cost((nox, "-s", "build", "--", "html"), cwd=project)  # makes the session's environment
    return {
        what: median(cost(command, cwd=project) for _ in range(times)) for what, command in commands.items()
    }


def further_forms(project: Path) -> dict[str, Cost]:
    """Return what the notebooks cost from nothing, the checks of them and of the site, and the plan."""
    notebooks = ours(project, "notebooks")
    notebooks.forget()
    costs = {"notebooks": notebooks.build().cost}
    ours(project, "html", "notebooks").build()
    for command in ("check", "plan"):
        costs[command] = cost((sys.executable, "-m", "toolchain", command, "--project", project), cwd=project)
    return costs


def show(
    pages: int,
    names: list[str],
    measured: Mapping[tuple[str, str], Measured],
    others: Mapping[str, Cost],
    times: int,
) -> None:
    """Print the medians: first as rows of the table in the book's appendix, then what else is known."""
    beside = BESIDE if BESIDE in names else names[-1]
    rest = [name for name in names if name not in {OURS, beside}]
    book = f"{pages} pages"
    rows = [["book", "what", OURS, beside, "ratio"]]
    more = [["book", "what", *rest, "pages written by each"]]
    for state in dict.fromkeys(state for state, _ in measured):
        of = {name: measured[state, name] for name in (OURS, beside, *rest)}
        rows.append([book, state, *table_cells(of[OURS].cost, of[beside].cost)])
        written = " / ".join(str(one.written) for one in of.values())
        more.append([book, state, *(said(of[name].cost) for name in rest), written])
    for what, one in others.items():
        unchanged = measured[NOTHING, beside].cost if what != LEAST else None
        rows.append([book, what, *table_cells(one, unchanged)])
    memory = {
        name: max(one.cost.memory for (_, its_tool), one in measured.items() if its_tool == name) / 1e6
        for name in names
    }
    ratio = f"{memory[OURS] / memory[beside]:.2f}"
    rows.append([book, "memory", *(f"{memory[name]:.0f} MB" for name in (OURS, beside)), ratio])
    more.append([book, "memory", *(f"{memory[name]:.0f} MB" for name in rest), ""])
    nothing, least = measured[NOTHING, OURS].cost, others[LEAST]
    times_least = f"{nothing.seconds / least.seconds:.1f} ({nothing.busy / least.busy:.1f}) times {LEAST}"
    without = "" if JUPYTER_BOOK else "\nwithout Jupyter Book 1, which `nox -s bench` could not install"
    print(  # noqa: T201 - what a benchmark is for
        f"\n{machine()}; seconds, and in brackets those of all cores together;"
        f" medians of {times}{without}\n\n{table(rows, words=2)}\n\n{table(more, words=2)}"
        f"\n\n{NOTHING}: {times_least}"
    )


def show_growth(per_page: Mapping[str, Mapping[int, Cost]]) -> None:
    """Print what a page costs in books of more and more pages, in seconds of all cores."""
    sizes = sorted({pages for by_pages in per_page.values() for pages in by_pages})
    rows = [["ms of all cores for each page", *(f"{pages} pages" for pages in sizes), "growth", "seconds"]]
    for what, by_pages in per_page.items():
        each = [1000 * by_pages[pages].busy / pages for pages in sizes]
        seconds = " / ".join(f"{by_pages[pages].seconds:.2f}" for pages in sizes)
        rows.append([what, *(f"{one:.0f}" for one in each), f"{each[-1] / each[0]:.2f}", seconds])
    print(f"\n{table(rows)}")  # noqa: T201 - as above


def said(one: Cost) -> str:
    return f"{one.seconds:.2f} ({one.busy:.2f})"


def table_cells(one: Cost, other: Cost | None) -> tuple[str, str, str]:
    """Return what something cost, what it cost another tool, and the ratio of both."""
    if other is None:
        return said(one), "", ""
    ratio = f"{one.seconds / other.seconds:.2f} ({one.busy / other.busy:.2f})"
    return said(one), said(other), ratio
