"""Results that nobody has computed: for tests of what is shown of them, in which no kernel is to run."""

from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from toolchain.messages import progress
from toolchain.model import Record
from toolchain.plan import planning
from toolchain.project import settings
from toolchain.store.store import Store


def give(project: Path, page: str, outputs: Sequence[Sequence[NotebookNode]]) -> None:
    """Store outputs as those of a page as it is now, by its code cells."""
    found = settings.load(project)
    plan = planning.plan(found, progress.Plain(print, quiet=True))
    planned = next(planned for planned in plan.notebooks if planned.document.name == page)
    notebook = nbformat.reads(planned.document.notebook, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, shown in zip(code, outputs, strict=True):
        cell.outputs, cell.execution_count = list(shown), 1
    notebook.metadata["toolchain"] = {"start": "2026-01-02T03:04:05+00:00", "device": "cpu", "seconds": 1.0}
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    store = Store(found.store)
    blob = store.put(nbformat.writes(notebook).encode())
    store.mark_computed(blob)
    record = Record(
        blob=blob,
        inputs=(),
        seconds=1.0,
        device="cpu",
        toolchain="1",
        commit="",
        start="2026-01-02T03:04:05+00:00",
        versions={},
        components=planned.components,
        notebook=page,
    )
    store.record(planned.key, record)
