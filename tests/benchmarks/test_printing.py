"""What the editions cost in LaTeX's passes and seconds: from nothing, after an edit, and beside `sphinx-build -M latexpdf`.

That would run the same latexmk on SLUG.tex, from the same state: nothing, the same text, a text with another word.
"""

import os
import re
import resource
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from toolchain.forms.pdf.typeset import Typesetter
from toolchain.messages.progress import Event, StageStep
from toolchain.model.sphinx import SphinxInput
from toolchain.processes import hardware
from toolchain.project import settings

LATEX_PASS = re.compile(r"Run number (?P<number>\d+) of rule '(?P<rule>[^']+)'")
AUXILIARY = {".tex", ".sty", ".xdy", ".cls"}
STATES = ("cold", "one word", "unchanged")


class Cost(NamedTuple):
    """Of one call of latexmk."""

    passes: Counter[str]
    """By the program."""
    seconds: float


def typeset(folder: Path, stem: str, epoch: int) -> Cost:
    """Call latexmk as Sphinx's Makefile does."""
    start = time.perf_counter()
    run = subprocess.run(
        ["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", f"{stem}.tex"],
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
        cwd=folder,
        env={
            **os.environ,
            "SOURCE_DATE_EPOCH": str(epoch),
            "FORCE_SOURCE_DATE": "1",
            "LATEXOPTS": "",
            "XINDYOPTS": "-L english -C utf8 -M sphinx.xdy",
        },
    )
    rules = Counter(match["rule"].partition(" ")[0] for match in LATEX_PASS.finditer(run.stdout))
    return Cost(rules, time.perf_counter() - start)


def change_a_word(text: Path, which: int) -> None:
    """Put another word of the same length into the middle of the book, each time in another line."""
    lines = text.read_text(encoding="utf-8").splitlines(keepends=True)
    plain = [number for number, line in enumerate(lines) if re.fullmatch(r"[A-Z][a-z ,]{40,}[a-z.,]\n", line)]
    number = plain[len(plain) // 2 + which]
    lines[number] = re.sub(r"[a-z]{3,}", lambda match: match[0][::-1], lines[number], count=1)
    text.write_text("".join(lines), encoding="utf-8")


@pytest.mark.bench
def test_no_edition_takes_more_passes_than_the_text_alone(book: Path, tmp_path: Path) -> None:
    book_settings = settings.load(book)
    epoch = msgspec.json.decode((book / "_build/sphinx/input").read_bytes(), type=SphinxInput).epoch
    slug = book_settings.book.slug
    folder = tmp_path / "latex"
    shutil.copytree(book / "_build/latex", folder)
    stems = [slug, *(edition.stem for edition in book_settings.all_editions)]
    for stem in stems:
        for path in folder.glob(f"{stem}.*"):
            if path.suffix not in AUXILIARY:
                path.unlink()
    costs: dict[tuple[str, str], Cost] = {}

    for state in STATES:
        if state == "one word":
            change_a_word(folder / f"{slug}.tex", 0)
        for stem in stems:
            costs[state, stem] = typeset(folder, stem, epoch)

    for state in STATES:
        plain = costs[state, slug]
        for stem in stems:
            cost = costs[state, stem]
            passes = ", ".join(f"{count} {rule}" for rule, count in sorted(cost.passes.items())) or "none"
            print(  # noqa: T201 - what a benchmark is for
                f"\n{state}: {stem}: {passes}; {cost.seconds:.1f} s, {cost.seconds / plain.seconds:.2f} of the text alone",
                end="",
            )
    print(f"\n{together(folder, stems[1:], slug, epoch)}")  # noqa: T201 - as above
    for (state, stem), cost in costs.items():
        assert cost.passes <= costs[state, slug].passes, (state, stem, cost, costs[state, slug])


def together(folder: Path, stems: list[str], slug: str, epoch: int) -> str:
    """Say what all editions cost side by side, beside the first alone, each after another change of a word."""
    change_a_word(folder / f"{slug}.tex", 1)
    for stem in stems[1:]:
        typeset(folder, stem, epoch)
    alone = typeset(folder, stems[0], epoch)
    change_a_word(folder / f"{slug}.tex", 2)
    start = time.perf_counter()
    with ThreadPoolExecutor(hardware.cores()) as pool:
        list(pool.map(lambda stem: typeset(folder, stem, epoch), stems))
    seconds = time.perf_counter() - start
    return f"{len(stems)} editions side by side {seconds:.1f} s, the first alone {alone.seconds:.1f} s, ratio {seconds / alone.seconds:.2f}"


def busy() -> float:
    """Return the seconds that all cores have worked for the programs that this process has started."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.bench
def test_an_edited_text_takes_the_passes_that_it_needs(book: Path, tmp_path: Path) -> None:
    project, logs = tmp_path / "book", tmp_path / "book/_build/sphinx"
    logs.mkdir(parents=True)
    shutil.copytree(book / "_config", project / "_config")
    shutil.copytree(book / "_build/latex", project / "_build/latex")
    (project / "_build/pdf").mkdir()
    book_settings = settings.load(project)
    latex = project / "_build/latex"
    text = latex / f"{book_settings.book.slug}.tex"
    passes: Counter[str] = Counter()

    def count(event: Event) -> None:
        if isinstance(event, StageStep) and ": pass " in event.what:
            passes[event.what.partition(":")[0]] += 1

    def add_a_page() -> None:
        content = text.read_text(encoding="utf-8")
        first, rest = content.split(r"\section", 1)
        text.write_text(rf"{first}\newpage Words.\section{rest}", encoding="utf-8")

    edits: dict[str, Callable[[], None]] = {
        "from nothing": lambda: None,
        "one word": lambda: change_a_word(text, 0),
        "one page": add_a_page,
        "unchanged": lambda: None,
    }
    costs: dict[str, tuple[float, set[int]]] = {}
    for what, edit in edits.items():
        edit()
        passes.clear()
        before = busy()
        Typesetter(book_settings, 1, logs, count).editions(latex, project / "_build/pdf")
        costs[what] = busy() - before, set(passes.values())
    for what, (seconds, counts) in costs.items():
        print(  # noqa: T201 - what a benchmark is for
            f"\nthe editions, {what}: {max(counts, default=0)} passes each; {seconds:.1f} s of all cores,"
            f" {seconds / costs['from nothing'][0]:.2f} of those from nothing",
            end="",
        )
    most = {"from nothing": 3, "one word": 1, "one page": 2, "unchanged": 0}
    assert all(max(counts, default=0) <= most[what] for what, (_, counts) in costs.items()), costs
