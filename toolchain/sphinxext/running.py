"""Runs Sphinx's builders one after the other, in the process that toolchain.forms.sphinx_process starts.

What is slow to import is imported once. Each builder then runs in a process of its own, as `sphinx-build` would run it:
Sphinx and its extensions change too much of their own modules for two runs in one. What happens is told in events, lines of
JSON on standard output among those that Sphinx prints.
"""

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec
import nbformat
import sphinx.builders.latex
import sphinx.writers.html5  # noqa: F401
from pygments.styles import get_all_styles
from sphinx.application import Sphinx, builtin_extensions
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError
from sphinx.highlighting import PygmentsBridge

from toolchain.base import refusals
from toolchain.base.aside import PREFIX, folder_for_now, put_in_place
from toolchain.base.decoding import read_whole
from toolchain.base.files import remember, write_atomically
from toolchain.base.later import imports_later
from toolchain.model.sphinx import (
    FACTS,
    UNFINISHED,
    VARIABLE,
    BuilderBegun,
    BuilderEnded,
    BuilderEvent,
    BuilderRead,
    BuilderStep,
    SphinxTask,
    encode_event,
    encode_facts,
    made_with,
    read_output,
)
from toolchain.processes.programs import how_it_ended
from toolchain.sphinxext import facts, noted_programs, parallel
from toolchain.sphinxext.application import PICTURES, Prepared, application
from toolchain.sphinxext.configuration import EXTENSIONS
from toolchain.sphinxext.kept import Kept

WITH_THEM = (
    "myst_nb.ext.execution_tables",
    "myst_nb.ext.glue.domain",
    "myst_parser.sphinx_ext.directives",
    "myst_parser.sphinx_ext.mathjax",
    "myst_parser.sphinx_ext.myst_refs",
    "sphinx_design.extension",
)
"""What extensions import as they are set up. All of this is imported while it is still planned what there is to do."""
LIKELY: tuple[Callable[[], object], ...] = (
    lambda: nbformat.v4.new_code_cell("1"),  # is validated: its schema is compiled
    partial(importlib.import_module, "jupyter_cache.cache.main"),
    partial(importlib.import_module, "toolchain.outputs.kinds"),
    lambda: PygmentsBridge().highlight_block("1", "ipython3"),
)
FAILED = 1
"""Exit code of a builder that has told what ended it."""


def import_all() -> None:
    """Import what is slow to import, and notice from then on which programs are looked for."""
    noted_programs.begin()
    with imports_later():
        for module in (*builtin_extensions, *EXTENSIONS, *WITH_THEM):
            with suppress(Exception):  # the builder will say so
                importlib.import_module(module)
        with suppress(Exception):  # as above
            tuple(get_all_styles())  # the theme asks for them, and for that all are imported


def import_likely(is_asked: Callable[[], bool]) -> None:
    """Import what pages with cells and pictures need as well, and make it ready, until something is asked."""
    with imports_later():
        for likely in LIKELY:
            if is_asked():
                return
            with suppress(Exception):  # whatever needs it will say so
                likely()


def run(task: SphinxTask, prepared: Prepared | None = None, *, alone: bool = False) -> None:
    """Run a task, with what was prepared for it if anything was.

    If it is `alone` in this process, the last builder runs here: to copy a process of so many pages takes longer than to write one.

    Raises NotForItError, before anything is made, if that is not what a new application would be.
    """
    work = Path(task.work)
    unfinished, made_by = work / UNFINISHED, work / "tools"
    kept = Kept(work / "kept", (Path(task.doctrees), Path(task.doctrees).with_name(PICTURES)))
    kept.drop_damaged()
    if prepared:
        prepared.require(task)
    sphinx_input = task.input
    last = next(reversed(task.builders))
    for builder, folder in task.builders.items():
        output = work / f"{builder}.json"
        # A run that was killed may have read pages and kept their doctrees without saying what was wrong with them.
        # Sphinx does not notice that what reads or writes pages has changed.
        fresh = unfinished.exists() or read_whole(made_by) != task.tools.encode()
        # Another builder may have read all pages anew since the site was written.
        site_by = made_with(work, builder)
        is_site = builder == StandaloneHTMLBuilder.name
        aside = is_site and (fresh or read_whole(site_by) != task.tools.encode())
        if fresh:
            kept.drop()
        noted_programs.keep_in(work, anew=fresh)
        if is_site or fresh:
            unfinished.touch()
        sphinx_input = msgspec.structs.replace(sphinx_input, output=str(output))
        remember(work / "input", msgspec.json.encode(sphinx_input))
        os.environ[VARIABLE] = str(work / "input")
        _tell(BuilderBegun(builder=builder), task)
        run_it = partial(
            _run_builder if alone and builder == last else _apart, builder, task=task, fresh=fresh
        )
        code = _aside(run_it, folder) if aside else run_it(folder, prepared=prepared)
        if code == 0 and aside:
            write_atomically(site_by, task.tools.encode())
        if code == 0 and read_output(output) is not None:
            kept.remember()
            write_atomically(made_by, task.tools.encode())
            unfinished.unlink(missing_ok=True)
            # The next one shares the doctrees.
            sphinx_input = msgspec.structs.replace(sphinx_input, reread=False)
        if code not in (0, FAILED):
            _tell(BuilderEnded(error=how_it_ended(code)), task)


def _tell(event: BuilderEvent, task: SphinxTask) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    sys.stdout.write(encode_event(event, task.mark))
    sys.stdout.flush()


class _RunBuilder(Protocol):
    """Runs a builder, which writes to its folder, or to another one that is to take its place; returns its exit code."""

    def __call__(self, folder: str, *, written: str = "", prepared: Prepared | None = None) -> int: ...


def _aside(run_it: _RunBuilder, folder: str) -> int:
    """Run a builder that makes all anew; what an earlier one has left in its folder, nobody else would remove."""
    Path(folder).parent.mkdir(parents=True, exist_ok=True)
    with folder_for_now(Path(folder).parent, PREFIX) as written:
        code = run_it(folder, written=str(written))
        if code == 0:
            put_in_place(written, Path(folder))
        return code


def _apart(
    builder: str,
    folder: str,
    *,
    task: SphinxTask,
    fresh: bool,
    written: str = "",
    prepared: Prepared | None = None,
) -> int:
    """Run a builder in a process of its own, which has imported already what this one has; return its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = FAILED
    try:
        code = _run_builder(builder, folder, task=task, fresh=fresh, written=written, prepared=prepared)
    finally:
        os._exit(code)


def _run_builder(
    builder: str,
    folder: str,
    *,
    task: SphinxTask,
    fresh: bool,
    written: str = "",
    prepared: Prepared | None = None,
) -> int:
    """Run a builder, the only one in this process; return its exit code, whatever happens."""
    written = written or folder
    code = FAILED
    try:
        if prepared:
            _build(prepared.app, task)
        else:
            with application(builder, written, task, fresh=fresh) as app:
                _build(app, task)
        _tell(BuilderEnded(), task)
        code = 0
    except BaseException as error:  # noqa: BLE001 - it is told, and this process ends
        traceback.print_exc()
        refused = refusals.refusal(error)
        file = str((refused and refused.filename) or "").replace(written, folder)
        of_system = (refused.errno or 0, file) if refused else None
        _tell(BuilderEnded(error=_in_words(error), configuration=_about_conf(error), refused=of_system), task)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return code


def _build(app: Sphinx, task: SphinxTask) -> None:
    """Build as sphinx-build does."""
    step = _tell_progress(app, task)
    parallel.install(app, task.jobs, step)
    told: list[bytes] = []

    def tell_facts(*_: object) -> None:
        """Write what the pages say, once: nothing of that changes as they are written."""
        if not told:
            told.append(encode_facts(facts.collect(app.env)))
            write_atomically(Path(task.work, FACTS), told[0])
            _tell(BuilderRead(), task)

    # Before the first page is written; where there is none to write, no event tells of that.
    app.connect("write-started", tell_facts)
    app.connect("build-finished", lambda _app, error: None if error else tell_facts())
    app.build()


def _tell_progress(app: Sphinx, task: SphinxTask) -> Callable[[str, str], None]:
    """Tell of each page that is read or written; return what tells of one that a worker reads or writes."""
    totals = {"reading": 0, "writing": 0}
    done = dict.fromkeys(totals, 0)

    def step(what: str, page: str) -> None:
        if parallel.tell_builder(what, page):
            return
        done[what] = min(done[what] + 1, totals[what])
        _tell(BuilderStep(what=f"{what} {page}", done=done[what], total=totals[what]), task)

    def before_reading(_app: Sphinx, _env: BuildEnvironment, pages: list[str]) -> None:
        totals["reading"] = len(pages)
        if pages:  # one that only writes leaves what was read as it is, even if it is killed
            Path(task.work, UNFINISHED).touch()

    write_documents = app.builder.write_documents

    def write(docnames: AbstractSet[str]) -> None:
        totals["writing"] = len(docnames)
        write_documents(docnames)

    app.builder.write_documents = write  # type: ignore[method-assign] # no event tells how many pages are written
    app.connect("env-before-read-docs", before_reading)
    app.connect("source-read", lambda _app, page, _source: step("reading", page))
    app.connect("doctree-resolved", lambda _app, _tree, page: step("writing", page))
    return step


def _in_words(error: BaseException) -> str:
    """Return the exception as Python prints it: its class, and what it says, the last line of it if there are several."""
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__


def _about_conf(error: BaseException) -> str:
    """Return in a line what Sphinx says of a conf.py that it cannot use; empty if that is not the matter."""
    if not isinstance(error, ConfigError):
        return ""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:1] + lines[1:][-1:])
