"""Sphinx's application as sphinx-build makes it: for a run, or ahead of one, with all but the pages that change until then."""

import gc
import locale
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import sphinx.locale
from bs4 import BeautifulSoup
from jinja2 import FileSystemBytecodeCache
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import ConfigError
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils

from toolchain.base.decoding import read_whole
from toolchain.base.files import sha256_file
from toolchain.base.later import imports_later
from toolchain.model.sphinx import UNFINISHED, VARIABLE, SphinxTask, made_with
from toolchain.sphinxext.kept import digests_in
from toolchain.sphinxext.looked_at import LookedAt

PICTURES = "jupyter_execute"
"""Folder in which MyST-NB keeps the pictures that outputs were; it is beside those of the builders."""


NOTHING_TAKEN = (
    "takes nothing of what the toolchain gives to Sphinx: begin it with "
    "`from toolchain.sphinxext import configuration` and `globals().update(configuration(__file__))`"
)
"""Of a conf.py: a run would leave nothing that the toolchain could go on with."""


class NotForItError(Exception):
    """What was prepared is not for this run."""


@contextmanager
def application(builder: str, folder: str, task: SphinxTask, *, fresh: bool) -> Iterator[Sphinx]:
    """Give an application that can build once.

    It works in the project's folder wherever it was called: what docutils says of files is relative to where it works.
    """
    locale.setlocale(locale.LC_ALL, "")
    sphinx.locale.init_console()
    nocolor()
    logging.disable(logging.DEBUG)  # Sphinx would make records by the thousand of what it says to nobody
    with chdir(task.input.project), patch_docutils(task.config), docutils_namespace():
        with imports_later():
            app = Sphinx(
                srcdir=task.sources,
                confdir=task.config,
                outdir=folder,
                doctreedir=task.doctrees,
                buildername=builder,
                status=sys.stdout,
                warning=sys.stderr,
                freshenv=fresh,
            )
        if __package__ not in app.extensions:
            raise ConfigError(NOTHING_TAKEN)
        yield app


class Prepared:
    """An application made ahead of its run: it is what a new one would be as long as nothing of what it has read changes.

    Its environment is the one that the last run has left. It is not for pages that are made anew.
    """

    def __init__(self, app: Sphinx, task: SphinxTask, kept: bytes, seen: LookedAt) -> None:
        """Take an application that was made for a task, and what was looked at meanwhile.

        `kept` is what was known then of the files that Sphinx reads back.
        """
        self.app = app
        self._task = task
        self._kept = kept
        self._seen = seen

    def is_as_made(self) -> bool:
        """Say whether everything that it has read is still the same."""
        return self._seen.is_same()

    def require(self, task: SphinxTask) -> None:
        """Raise NotForItError if a new application for a task would be another; what is damaged of what is kept is gone by now."""
        builder = self.app.builder.name
        if not (
            task.builders.keys() == {builder}
            and _foundation(task, builder) == _foundation(self._task, builder)
            and _goes_on(task, builder)
            and _environment(task).is_file()
            and self._kept == read_whole(_kept(task))
            and self.is_as_made()
        ):
            raise NotForItError


@contextmanager
def prepared(task: SphinxTask, builder: str) -> Iterator[Prepared | None]:
    """Give an application ready for the next run of a builder; None if that run will make everything anew."""
    work, kept = Path(task.work), read_whole(_kept(task))
    environment = _environment(task)
    digests = digests_in(kept or b"")
    name = environment.relative_to(environment.parents[1]).as_posix()
    if not _goes_on(task, builder) or not _is_as_left(environment, digests.get(name)):
        yield None
        return
    sphinx_input = Path(tempfile.gettempdir(), "input")
    output = str(work / f"{builder}.json")
    sphinx_input.write_bytes(msgspec.json.encode(msgspec.structs.replace(task.input, output=output)))
    os.environ[VARIABLE] = str(sphinx_input)
    seen = LookedAt(besides=work.parent)
    with seen, application(builder, task.builders[builder], task, fresh=False) as app:
        seen.stop()
        _rehearse(app)
        gc.collect()
        gc.freeze()
        yield Prepared(app, task, kept or b"", seen)


def _goes_on(task: SphinxTask, builder: str) -> bool:
    """Say whether a run goes on from what the last one has left, and makes nothing aside."""
    work = Path(task.work)
    files = (work / "tools", made_with(work, builder))
    return not (work / UNFINISHED).exists() and all(read_whole(file) == task.tools.encode() for file in files)


def _foundation(task: SphinxTask, builder: str) -> SphinxTask:
    """Return what an application is made with; what else there is in a task, its extensions ask for whenever they need it."""
    sphinx_input = msgspec.structs.replace(task.input, output="", results={}, buttons={}, library=None)
    folder = {builder: task.builders.get(builder, "")}
    return msgspec.structs.replace(task, input=sphinx_input, builders=folder, mark="")


def _environment(task: SphinxTask) -> Path:
    return Path(task.doctrees, ENV_PICKLE_FILENAME)


def _kept(task: SphinxTask) -> Path:
    return Path(task.work, "kept")


def _is_as_left(file: Path, digest: str | None) -> bool:
    return digest is not None and file.is_file() and sha256_file(file) == digest


def _rehearse(app: Sphinx) -> None:
    """Do what takes long the first time, and leaves nothing but that it is quick the next time: nothing of a page is in it."""
    if not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    templates: Any = app.builder.templates
    # Those that were compiled for the run before need not be compiled again.
    templates.environment.bytecode_cache = FileSystemBytecodeCache(tempfile.gettempdir())
    names = {name for loader in templates.loaders for name in loader.list_templates()}
    for name in sorted(name for name in names if name.endswith(".html")):
        with suppress(Exception):  # one that cannot be used ends the run that uses it
            templates.environment.get_template(name)
    templates.environment.bytecode_cache = None
    app.builder.highlighter.highlight_block("1", "ipython3")
    BeautifulSoup("<ul><li></li></ul>", "html.parser").select("ul > li.a:not(.b)[c='d'], ul li")
