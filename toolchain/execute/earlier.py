"""What the page of a notebook shows that waits to be run: what an earlier run put out, where the code is still the same."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base.decoding import decode_json, read_whole
from toolchain.base.files import write_atomically
from toolchain.messages import report
from toolchain.model import Document
from toolchain.model.files import NOTEBOOK
from toolchain.project.settings import Settings
from toolchain.store.store import Store

CODE = "code"
"""Kind of nbformat's cells."""


class _Notebook(Struct, frozen=True):
    """Of nbformat's JSON what is put together anew; the rest stands in `document`."""

    cells: tuple[dict[str, Any], ...]
    metadata: dict[str, Any] = {}


def keep(document: Document, file: Path, settings: Settings, store: Store) -> None:
    """Write a notebook as it is now with what is known of its outputs; remove the file if there was no earlier run."""
    executed = _last(document.name, file, settings, store)
    content = with_outputs(document, executed) if executed else None
    if content is None:
        file.unlink(missing_ok=True)
    elif content != read_whole(file):
        write_atomically(file, content)


def keep_saved(document: Document, file: Path, settings: Settings) -> None:
    """Write a notebook with the outputs that its own file has; remove what was written if it has none."""
    content = None
    if document.path.endswith(NOTEBOOK):
        content = with_outputs(document, _as_written(settings.project / document.path))
    if content is None:
        file.unlink(missing_ok=True)
    elif content != read_whole(file):
        write_atomically(file, content)


def _as_written(path: Path) -> bytes:
    """Return an .ipynb of any version as the notebooks that were read from it are written; it could be read before."""
    import nbformat  # noqa: PLC0415 - slow to import

    notebook = nbformat.reads((read_whole(path) or b"").decode("utf-8-sig", errors="replace"), as_version=4)
    written: str = nbformat.writes(notebook)
    return written.encode()


def with_outputs(document: Document, executed: bytes) -> bytes | None:
    """Return a notebook with the outputs of those cells whose code an earlier run had, in that order; None if it had none."""
    before = decode_json(executed, _Notebook)
    now: dict[str, Any] = msgspec.json.decode(document.notebook)
    if before is None:
        return None
    old, new = _code(before.cells), _code(now["cells"])
    ran_from, now_from = ([str(cell.get("source")) for cell in cells] for cells in (old, new))
    blocks = SequenceMatcher(a=ran_from, b=now_from, autojunk=False).get_matching_blocks()
    same = [(old[block.a + at], new[block.b + at]) for block in blocks for at in range(block.size)]
    for ran, cell in same:
        cell |= {"outputs": ran.get("outputs", []), "execution_count": ran.get("execution_count")}
    if not any(cell["outputs"] for _, cell in same):
        return None
    now["metadata"] = before.metadata | now.get("metadata", {})
    return msgspec.json.encode(now)


def _code(cells: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [cell for cell in cells if cell.get("cell_type") == CODE]


def _last(name: str, file: Path, settings: Settings, store: Store) -> bytes | None:
    """Return what the last run of a notebook has left, if it is still there."""
    last = report.read_runs(settings.asked.runs).get(name)
    if last and last.blob:
        return store.read(last.blob)
    return read_whole(settings.asked.build / file.relative_to(settings.build))
