"""This build's jupyter-cache: a view of the store that MyST-NB reads and `jcache` opens. The one importer of it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from msgspec import Struct
from nbformat import NotebookNode

from toolchain.base.aside import folder_aside
from toolchain.base.decoding import read_json
from toolchain.base.errors import SourceError
from toolchain.base.files import sha256_bytes, sha256_file, sha256_lines
from toolchain.model import Document

MARKER = "toolchain-view"
SCHEMA = "3"
"""Raised when the view of the same results is built in another way."""


LINES = "source_map"
"""Key of a notebook's metadata under which MyST-NB notes where each of its cells begins."""


class CachedResult(Struct, frozen=True):
    """A result to show."""

    document: Document
    view: str
    """Digest of what is shown of it."""
    read: Callable[[], bytes]
    """Gives what is shown of it: a notebook, nbformat JSON, that has passed the gate of outputs."""


class _Marker(Struct, frozen=True):
    """What a cache was built from, and what was written."""

    digest: str
    notebooks: dict[str, str]
    """sha256 of each notebook by its jupyter-cache key."""


def build(folder: Path, results: Iterable[CachedResult], sha256: Callable[[Path], str] = sha256_file) -> None:
    """Make the cache hold exactly these results; `sha256` gives the digests of the files that are in it already.

    It is built aside and renamed, so that it is whole or absent; it is left alone if it holds them already.
    Raises SourceError if two pages have the same code and different results, which jupyter-cache cannot tell apart.
    """
    results = sorted(results, key=lambda result: result.document.name)
    lines = (f"{result.document.name} {_code_of(result.document)} {result.view}" for result in results)
    digest = sha256_lines((SCHEMA, *lines))
    if _holds(folder, digest, sha256):
        return
    with folder_aside(folder) as aside:
        _fill(aside, results)
        (aside / MARKER).write_bytes(msgspec.json.encode(_Marker(digest=digest, notebooks=_notebooks(aside))))


def _holds(folder: Path, digest: str, sha256: Callable[[Path], str] = sha256_file) -> bool:
    """Look whether the cache was built from these results and every notebook in it is still as it was written."""
    marker = read_json(folder / MARKER, _Marker)
    return marker is not None and marker.digest == digest and marker.notebooks == _notebooks(folder, sha256)


def _notebooks(folder: Path, sha256: Callable[[Path], str] = sha256_file) -> dict[str, str]:
    return {path.parent.name: sha256(path) for path in sorted(folder.glob("executed/*/base.ipynb"))}


def _fill(folder: Path, results: list[CachedResult]) -> None:
    # Slow to import, and mostly the cache holds what it should.
    from jupyter_cache import get_cache  # noqa: PLC0415
    from jupyter_cache.base import CachingError  # noqa: PLC0415
    from sqlalchemy import event  # noqa: PLC0415

    cache = get_cache(str(folder))
    # Nobody reads this folder before it is whole: no record has to be on the disk before the next is written.
    event.listen(
        cache.db, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF")
    )
    cache.db.dispose()  # the connection that it has was made before
    # Past its limit, 1000 by default, jupyter-cache drops the oldest results without a word.
    cache.change_cache_limit(max(len(results), 1))
    cached: dict[str, tuple[Document, str]] = {}
    """Pages and the digests of their outputs by jupyter-cache's keys."""
    for result in results:
        bundle = _bundle(result)
        outputs = _digest_of_outputs(bundle.nb)
        try:
            record = cache.cache_notebook_bundle(bundle, check_validity=False)
        except CachingError:  # it has one of the same code
            other, other_outputs = cached[cache.create_hashed_notebook(bundle.nb)[1]]
            if other_outputs != outputs:
                raise SourceError(
                    f"{result.document.path} and {other.path} have the same code cells and different results",
                    remedy="Let the code differ, by a comment say: jupyter-cache tells notebooks apart by their code.",
                ) from None
        else:
            cached[record.hashkey] = (result.document, outputs)
    cache.db.dispose()  # lets go of it before the rename


def _digest_of_outputs(notebook: NotebookNode) -> str:
    """Return what tells outputs apart: those of a large book would fill the memory."""
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    return sha256_bytes(msgspec.json.encode(outputs, order="sorted"))


def _code_of(document: Document) -> str:
    """Return what the cache has of a page, as a notebook: its code cells, and nothing that moves with the text between them."""
    notebook = msgspec.json.decode(document.notebook)
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["metadata"].pop(LINES, None)
    return msgspec.json.encode(notebook, order="sorted").decode()


def _bundle(result: CachedResult) -> Any:
    """Return what jupyter-cache takes: the code as Sphinx will read it, with the outputs of its result."""
    from jupyter_cache.base import CacheBundleIn  # noqa: PLC0415 - as above

    # Without validating: what was written was valid, and the digest of each says that it is what was written.
    notebook = nbformat.v4.reads(_code_of(result.document))
    executed = nbformat.v4.reads(result.read().decode())
    sources = [cell for cell in notebook.cells if cell.cell_type == "code"]
    executed_cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    for cell, executed_cell in zip(sources, executed_cells, strict=True):
        cell.outputs, cell.execution_count = executed_cell.outputs, executed_cell.execution_count
    for name in ("language_info", "widgets"):
        if name in executed.metadata:
            notebook.metadata[name] = executed.metadata[name]
    provenance = executed.metadata.get("toolchain", {})
    details = {"execution_seconds": provenance.get("seconds"), "toolchain": provenance}
    return CacheBundleIn(notebook, result.document.path, data=details)
