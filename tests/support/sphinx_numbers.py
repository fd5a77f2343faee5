"""The numbers that Sphinx gives the sections of books: `python sphinx_numbers.py` with a line of JSON for each on its input."""

import io
import json
import logging
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from subprocess import PIPE, run
from typing import Any, NamedTuple

Numbers = dict[str, list[str]]
"""Of the headings of each page, in their order."""


class SphinxNumbers(NamedTuple):
    """What Sphinx says of a book."""

    own: Numbers
    """Its own numbers, for pages that have some."""
    ours: Numbers
    """With our part of it."""


def read_books(books: Mapping[Path, Sequence[str]]) -> list[SphinxNumbers]:
    """Read folders of pages, each with the headings of its sections that recur, in one process: starting is what takes long."""
    tasks = "\n".join(json.dumps([str(folder), list(recurring)]) for folder, recurring in books.items())
    process = run([sys.executable, __file__], input=tasks, stdout=PIPE, text=True, check=True)
    return [SphinxNumbers(*json.loads(line)) for line in process.stdout.splitlines()]


def main(tasks: Iterable[str]) -> None:
    """Read each book with no more of Sphinx than numbers need."""
    from sphinx.application import Sphinx  # noqa: PLC0415 - here and below: only this process is to have them
    from sphinx.environment import BuildEnvironment  # noqa: PLC0415
    from sphinx.environment.collectors.toctree import TocTreeCollector  # noqa: PLC0415
    from sphinx.util.docutils import docutils_namespace  # noqa: PLC0415

    from toolchain.project.settings import MYST_EXTENSIONS  # noqa: PLC0415

    logging.disable()  # what it says in passing would be a third of the time
    own: Numbers = {}
    assign = TocTreeCollector.assign_section_numbers

    def note(self: TocTreeCollector, env: BuildEnvironment) -> list[str]:
        changed = assign(self, env)
        own.update(_numbers(env))
        return changed

    TocTreeCollector.assign_section_numbers = note  # type: ignore[method-assign]
    for task in tasks:
        folder, recurring = json.loads(task)
        own.clear()
        with tempfile.TemporaryDirectory() as made, docutils_namespace():
            app = Sphinx(
                srcdir=folder,
                confdir=None,
                outdir=made,
                doctreedir=made,
                buildername="dummy",
                confoverrides={
                    "extensions": [
                        "myst_nb",
                        "sphinx_design",
                        "toolchain.sphinxext.failing",
                        "toolchain.sphinxext.numbering",
                    ],
                    "exclude_patterns": ["data/**", "**/.*"],
                    "myst_enable_extensions": list(MYST_EXTENSIONS),
                    "nb_execution_mode": "off",
                    "toolchain_recurring": recurring,
                },
                status=None,
                warning=io.StringIO(),
            )
            app.builder.read()
            app.emit("env-get-updated", app.env)
            print(json.dumps([own, _numbers(app.env)]), flush=True)  # noqa: T201 - the answer


def _numbers(env: Any) -> Numbers:
    return {
        page: [".".join(map(str, number)) for number in numbers.values()]
        for page, numbers in env.toc_secnumbers.items()
    }


if __name__ == "__main__":
    main(sys.stdin)
