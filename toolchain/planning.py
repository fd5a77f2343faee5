"""Which notebooks run and which results are reused. Pure: it is told what exists."""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from toolchain.files import sha256_bytes
from toolchain.model import (
    Book,
    Document,
    FileRecord,
    KernelIdentity,
    NotebookReport,
    Plan,
    Planned,
    Reason,
    Record,
    Status,
)

SCHEMA = 1
"""Part of every key; raised when what a key covers changes."""
EXECUTION_TAGS = frozenset({"raises-exception", "skip-execution"})
"""The tags that change what running a cell means; all others are for the eye."""


def key(document: Document, kernel: KernelIdentity | None, injected: Mapping[str, str]) -> str:
    """Return the digest of all that can change a notebook's result, its input files apart.

    `injected` is what the executor itself brings: environment variables and start-up files by name.
    """
    return sha256_bytes(msgspec.json.encode(components(document, kernel, injected), order="sorted"))


def components(
    document: Document, kernel: KernelIdentity | None, injected: Mapping[str, str]
) -> dict[str, object]:
    """Return the parts of a notebook's key by name."""
    return {
        "schema": SCHEMA,
        "cells": [[cell.source, sorted(EXECUTION_TAGS.intersection(cell.tags))] for cell in document.cells],
        # What relative paths in the code mean.
        "folder": document.chapter,
        "kernel": [document.kernel_name, document.language],
        "python": kernel.python if kernel else "",
        "lock": kernel.distributions if kernel else (),
        "env": document.declared.env,
        "data": sorted(document.declared.data),
        "injected": dict(injected),
    }


def make(
    book: Book,
    kernel: KernelIdentity | None,
    injected: Mapping[str, str],
    *,
    records: Callable[[str], Iterable[Record]],
    inputs: Callable[[Document], tuple[FileRecord, ...]],
    last: Mapping[str, NotebookReport],
    force: frozenset[str] = frozenset(),
) -> Plan:
    """Decide for every notebook.

    `records` gives the stored results of a key, `inputs` the files that a notebook can read now, `last` what the last
    build reported. The notebooks named in `force` run whatever is known.
    """
    decisions = []
    for document in book.notebooks:
        k = key(document, kernel, injected)
        known, now = tuple(records(k)), inputs(document)
        hit = next((record for record in known if record.inputs == now), None)
        before = last.get(document.name)
        seconds = before.seconds if before else None
        planned = Planned(
            document=document, key=k, reason=Reason.REUSED, inputs=now, expected_seconds=seconds
        )
        if document.name in force:
            planned = msgspec.structs.replace(planned, reason=Reason.FORCED)
        elif hit:
            planned = msgspec.structs.replace(planned, record=hit, expected_seconds=hit.seconds)
        elif known:
            detail = difference(known[-1].inputs, now)
            planned = msgspec.structs.replace(planned, reason=Reason.INPUTS, detail=detail)
        else:
            planned = msgspec.structs.replace(planned, reason=_why_without_result(k, before))
        decisions.append(planned)
    return Plan(tuple(decisions))


def _why_without_result(key: str, before: NotebookReport | None) -> Reason:
    if before is None:
        return Reason.NEW
    if before.key != key:
        return Reason.CODE
    return Reason.FAILED if before.status == Status.FAILED else Reason.LOST


def difference(before: Iterable[FileRecord], now: Iterable[FileRecord]) -> str:
    """Say in words how two sets of inputs differ."""
    old, new = ({each.path: each.sha256 for each in files} for files in (before, now))
    words = [f"{path} removed" for path in sorted(old.keys() - new.keys())]
    words += [f"{path} added" for path in sorted(new.keys() - old.keys())]
    words += [f"{path} changed" for path in sorted(old.keys() & new.keys()) if old[path] != new[path]]
    return ", ".join(words)
