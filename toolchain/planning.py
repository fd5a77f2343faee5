"""Which notebooks run and which results are reused. Pure: it is told what exists."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec

from toolchain.files import sha256_bytes
from toolchain.model import (
    ABSENT,
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


def key(components: Mapping[str, Any]) -> str:
    """Return the digest of all that can change a notebook's result, its input files apart."""
    return sha256_bytes(msgspec.json.encode(components, order="sorted"))


def components(
    document: Document, kernel: KernelIdentity | None, injected: Mapping[str, str]
) -> dict[str, Any]:
    """Return the parts of a notebook's key by name.

    `injected` is what the executor itself brings: environment variables and start-up files by name.
    """
    return {
        "schema": SCHEMA,
        "cells": [[cell.source, sorted(EXECUTION_TAGS.intersection(cell.tags))] for cell in document.cells],
        # What relative paths in the code mean.
        "folder": document.chapter,
        "kernel": [document.kernel_name, document.language],
        "python": kernel.python if kernel else "",
        "lock": list(kernel.distributions) if kernel else [],
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
    state: Callable[[Document, str], str],
    last: Mapping[str, NotebookReport],
    force: frozenset[str] = frozenset(),
) -> Plan:
    """Decide for every notebook.

    `records` gives the stored results of a key, oldest first; `state` what stands now at a path that a notebook may
    read; `last` is what the last build reported. The notebooks named in `force` run whatever is known.
    """
    decisions = []
    for document in book.notebooks:
        parts = components(document, kernel, injected)
        k = key(parts)
        known = tuple(records(k))
        before = last.get(document.name)
        planned = Planned(
            document=document,
            key=k,
            reason=Reason.REUSED,
            components=parts,
            expected_seconds=before.seconds if before else None,
        )
        differences = [difference(record.inputs, partial(state, document)) for record in known]
        hit = next((record for record, words in zip(known, differences, strict=True) if not words), None)
        if document.name in force:
            planned = msgspec.structs.replace(planned, reason=Reason.FORCED)
        elif hit:
            planned = msgspec.structs.replace(planned, record=hit, expected_seconds=hit.seconds)
        elif known:
            planned = msgspec.structs.replace(planned, reason=Reason.INPUTS, detail=differences[-1])
        else:
            reason, detail = _why_without_result(planned, before, records)
            planned = msgspec.structs.replace(planned, reason=reason, detail=detail)
        decisions.append(planned)
    return Plan(tuple(decisions))


def _why_without_result(
    planned: Planned, before: NotebookReport | None, records: Callable[[str], Iterable[Record]]
) -> tuple[Reason, str]:
    if before is None:
        return Reason.NEW, ""
    if before.key != planned.key:
        earlier = tuple(records(before.key))
        return Reason.KEY, changes(earlier[-1].components, planned.components) if earlier and earlier[
            -1
        ].components else ""
    return (Reason.FAILED if before.status == Status.FAILED else Reason.LOST), ""


def difference(inputs: Iterable[FileRecord], state: Callable[[str], str]) -> str:
    """Say in words which inputs of a result are not what they were; empty if all are."""
    words = []
    for each in inputs:
        now = state(each.path)
        if now == each.sha256:
            continue
        if each.path.endswith(("/", "/*.py")):
            words.append(f"files added to or removed from {each.path}")
        elif each.sha256 == ABSENT:
            words.append(f"{each.path} added")
        else:
            words.append(f"{each.path} {'removed' if now == ABSENT else 'changed'}")
    return ", ".join(words)


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Say in words how the parts of a key differ from those of an earlier result; empty if nothing can be said."""
    words = []
    old, new = before.get("cells", []), now["cells"]
    if old != new:
        words += _changed_cells(old, new)
    words += _changed_versions(before.get("lock", []), now["lock"])
    if before.get("python") != now["python"]:
        words.append(f"Python {before.get('python')} → {now['python']}")
    for part, name in (("kernel", "kernel"), ("folder", "the notebook's folder"), ("data", "execution.data")):
        if before.get(part) != now[part]:
            words.append(f"{name} changed")
    words += [f"variable {name}" for name in _differing(before.get("env", {}), now["env"])]
    words += [f"the toolchain's {name}" for name in _differing(before.get("injected", {}), now["injected"])]
    return ", ".join(words)


def _changed_cells(old: list[Any], new: list[Any]) -> list[str]:
    if len(old) != len(new):
        return [f"{len(old)} → {len(new)} code cells"]
    numbers = [str(number) for number, pair in enumerate(zip(old, new, strict=True), 1) if pair[0] != pair[1]]
    return [f"{'cell' if len(numbers) == 1 else 'cells'} {', '.join(numbers)} changed"]


def _changed_versions(old: list[str], new: list[str]) -> list[str]:
    before, now = (dict(pin.split("==", 1) for pin in pins) for pins in (old, new))
    return [
        f"{name} {before.get(name, 'not there')} → {now.get(name, 'removed')} in the lock"
        for name in _differing(before, now)
    ]


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
