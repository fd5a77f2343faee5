"""Results taken over from another project, for copies of its notebooks: nobody has to compute them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import nbformat
from nbformat import NotebookNode

from toolchain.messages import progress
from toolchain.model import Planned, Record
from toolchain.plan import planning
from toolchain.project import settings
from toolchain.store.store import Store


class Copied(NamedTuple):
    """What a notebook is a copy of."""

    page: str
    """Name of the other project's page."""
    number: int
    """Of the copy."""


def put(project: Path, copies: Mapping[str, Copied], results: Path) -> None:
    """Give each notebook of a project the outputs of the page that it is a copy of, as if it had been run.

    Raises LookupError if `results`, the other project, has no result of such a page.
    """
    executed = dict(_results(results))
    project_settings = settings.load(project)
    store = Store(project_settings.store)
    for planned in _plan(project):
        name = planned.document.name
        copied = copies[name]
        record, notebook = executed[copied.page]
        blob = store.put(_executed(planned, notebook, copied.number).encode())
        store.mark_computed(blob)
        here, there = (f"book/{Path(name).parent}" for name in (name, copied.page))
        inputs = tuple(
            msgspec.structs.replace(file, path=file.path.replace(there, here)) for file in record.inputs
        )
        record = msgspec.structs.replace(
            record, blob=blob, inputs=inputs, components=planned.components, notebook=name
        )
        store.record(planned.key, record)


def _results(project: Path) -> Iterator[tuple[str, tuple[Record, NotebookNode]]]:
    """Yield the results of a project's notebooks. Raises LookupError if one has none."""
    store = Store(settings.load(project).store)
    for planned in _plan(project):
        content = store.read(planned.record.blob) if planned.record else None
        if planned.record is None or content is None:
            raise LookupError(
                f"{planned.document.name} has no result in {store.folder}: build {project} first"
            )
        yield planned.document.name, (planned.record, nbformat.reads(content.decode(), as_version=4))


def _plan(project: Path) -> tuple[Planned, ...]:
    return planning.plan(settings.load(project), progress.Plain(print, quiet=True)).notebooks


def _executed(planned: Planned, result: NotebookNode, number: int) -> str:
    """Return a notebook with the outputs of another, whose plots are drawn as another file."""
    notebook = nbformat.reads(planned.document.notebook, as_version=4)
    code, its_code = (
        [cell for cell in which.cells if cell.cell_type == "code"] for which in (notebook, result)
    )
    for cell, of in zip(code, its_code, strict=True):
        cell.outputs, cell.execution_count = of.outputs, of.execution_count
        for output in cell.outputs:
            if "image/svg+xml" in (data := output.get("data", {})):
                data["image/svg+xml"] = data["image/svg+xml"].replace(
                    'id="figure_1"', f'id="figure_1_{number}"'
                )
    for key in ("expressions", "language_info", "toolchain"):
        if key in result.metadata:
            notebook.metadata[key] = result.metadata[key]
    written: str = nbformat.writes(notebook)
    return written
