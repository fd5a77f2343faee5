"""What the site costs from nothing, after an edit and unchanged, on the same pages beside Jupyter Book 1 and plain Sphinx.

The tools build in turn, so that what else the machine does befalls all of them. Nothing is executed by any of them.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest
from lxml import html
from support import other_tools
from support.measuring import Cost, cost, machine, median, table
from support.places import REPOSITORY

JUPYTER_BOOK = os.environ.get("JUPYTER_BOOK", "")
"""Its program, in an environment of its own that `nox -s bench` makes."""
BESIDE = "Jupyter Book 1"
SHOWN = (
    "//div[contains(@class, 'cell_output')]",
    "//figure",
    "//table",
    "//div[contains(@class, 'math')]",
    "//a[contains(@href, 'references')]",
)
TIMES = {56: 3, 434: 3, 1000: 1}
EDITED = "chapter_000/results.md"
NOTHING = "nothing changed"


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


EDITS = {
    "one sentence": Edit(f"book/{EDITED}", "The outputs in this book"),
    "one heading": Edit(f"book/{EDITED}", "## Input files"),
    "one entry cited": Edit("bib/copy-0.bib", "Array Programming"),
}


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

    def build(self) -> Cost:
        return cost(self.command, cwd=self.folder)

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
    return Tool("toolchain", project, command, made, "_build/html")


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


def measure(tool: Tool, number: int) -> Iterator[tuple[str, Cost]]:
    """Yield what each state of the book costs a tool."""
    tool.forget()
    yield "from nothing", tool.build()
    for state, edit in EDITS.items():
        edit.make(tool.folder, number)
        yield state, tool.build()
    yield NOTHING, tool.build()


def interleaved(found: list[Tool], times: int) -> dict[tuple[str, str], Cost]:
    """Return the median costs of every state for every tool; in each state they build one after the other."""
    costs: dict[tuple[str, str], list[Cost]] = {}
    for number in range(1, times + 1):
        for together in zip(*(measure(tool, number) for tool in found), strict=True):
            for tool, (state, its_cost) in zip(found, together, strict=True):
                costs.setdefault((state, tool.name), []).append(its_cost)
    return {at: median(several) for at, several in costs.items()}


@pytest.fixture(scope="module")
def per_page() -> dict[str, dict[int, Cost]]:
    """Give what is known of larger and larger books: by what was made, and by their pages."""
    return {}


@pytest.mark.bench
@pytest.mark.parametrize("pages", [56, 434, pytest.param(1000, marks=pytest.mark.slow)])
def test_site_beside_other_tools(
    large_book: Callable[[Path, int], Path], tmp_path: Path, pages: int, per_page: dict[str, dict[int, Cost]]
) -> None:
    project = large_book(tmp_path / "project", pages)
    found = tools(project, tmp_path)
    costs = interleaved(found, TIMES[pages])
    ours_shown, *others_shown = (tool.shown() for tool in found)
    assert all(shown == ours_shown for shown in others_shown)
    show(pages, found, costs, alone(project, TIMES[pages]))
    for what, its_cost in {"site": costs["from nothing", found[0].name], **further_forms(project)}.items():
        per_page.setdefault(what, {})[pages] = its_cost
    show_growth(per_page)


def alone(project: Path, times: int) -> dict[str, Cost]:
    """Return what is measured of ours only: the least that a command in Python costs, and what contributors type."""
    commands: dict[str, tuple[str | Path, ...]] = {
        "a command that imports click and msgspec": (sys.executable, "-c", "import click, msgspec")
    }
    if nox := shutil.which("nox"):
        for name in ("noxfile.py", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(REPOSITORY / name, project)
        for name in ("toolchain", ".ci"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(REPOSITORY / name, project / name, ignore=ignored)
        commands[f"{NOTHING}, nox -s build"] = (nox, "-s", "build", "--", "html")
        cost((nox, "-s", "build", "--", "html"), cwd=project)  # makes the session's environment
    return {
        what: median(cost(command, cwd=project) for _ in range(times)) for what, command in commands.items()
    }


def further_forms(project: Path) -> dict[str, Cost]:
    """Return what the notebooks cost from nothing, the checks of them and of the site, and the plan."""
    notebooks = ours(project, "notebooks")
    notebooks.forget()
    costs = {"notebooks": notebooks.build()}
    ours(project, "html", "notebooks").build()
    for command in ("check", "plan"):
        costs[command] = cost((sys.executable, "-m", "toolchain", command, "--project", project), cwd=project)
    return costs


def show(
    pages: int, found: list[Tool], costs: Mapping[tuple[str, str], Cost], others: Mapping[str, Cost]
) -> None:
    """Print the medians as a table that can be pasted into the book's appendix."""
    *_, last = found
    beside = next((tool for tool in found if tool.name == BESIDE), last)
    rows = [[f"{pages} pages", *(tool.name for tool in found), f"ratio to {beside.name}"]]
    for state in dict.fromkeys(state for state, _ in costs):
        ratio = costs[state, found[0].name].seconds / costs[state, beside.name].seconds
        rows.append([state, *(said(costs[state, tool.name]) for tool in found), f"{ratio:.2f}"])
    memory = [max(one.memory for (_, name), one in costs.items() if name == tool.name) for tool in found]
    rows += [[what, said(one), *("" for _ in found)] for what, one in others.items()]
    rows.append(["most memory of a process", *(f"{size / 1e6:.0f} MB" for size in memory)])
    rows[-1].append(f"{memory[0] / memory[found.index(beside)]:.2f}")
    without = "" if JUPYTER_BOOK else "\nwithout Jupyter Book 1, which `nox -s bench` could not install"
    print(  # noqa: T201 - what a benchmark is for
        f"\n{machine()}; seconds, and in brackets those of all cores; medians of {TIMES[pages]}{without}\n{table(rows)}"
    )


def show_growth(per_page: Mapping[str, Mapping[int, Cost]]) -> None:
    """Print what a page costs in books of more and more pages."""
    sizes = sorted({pages for by_pages in per_page.values() for pages in by_pages})
    rows = [["ms for each page", *map(str, sizes), "growth"]]
    for what, by_pages in per_page.items():
        each = [1000 * by_pages[pages].seconds / pages for pages in sizes]
        rows.append([what, *(f"{one:.0f}" for one in each), f"{each[-1] / each[0]:.2f}"])
    print(f"\n{table(rows)}")  # noqa: T201 - as above


def said(one: Cost) -> str:
    return f"{one.seconds:.2f} ({one.busy:.2f})"
