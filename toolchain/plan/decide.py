"""Which notebooks run and which results are reused. Pure: it is told what exists."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base.files import sha256_bytes
from toolchain.model import (
    ABSENT,
    Book,
    DeviceClass,
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
    document: Document,
    kernel: KernelIdentity,
    injected: Mapping[str, str],
    *,
    gpus: int = 0,
    library: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the parts of a notebook's key by name.

    `kernel` is that of the device class that it is computed on, with so many `gpus`; `injected` is what the executor
    itself brings: environment variables and start-up files by name. `library` has the digests of what it uses of the
    book's library.
    """
    return {
        "schema": SCHEMA,
        "cells": [[cell.source, sorted(EXECUTION_TAGS.intersection(cell.tags))] for cell in document.cells],
        "allow_errors": document.allow_errors,
        # What relative paths in the code mean.
        "folder": document.chapter,
        "kernel": [document.kernel_name, document.language],
        "python": kernel.python,
        "lock": list(kernel.distributions),
        "gpus": gpus,
        "env": document.declared.env,
        "data": sorted(document.declared.data),
        "library": dict(library or {}),
        "injected": dict(injected),
    }


class Known(Struct, frozen=True):
    """What a plan is made from, besides the book."""

    kernels: Mapping[DeviceClass, KernelIdentity]
    """For every device class that the book's notebooks can be computed on."""
    injected: Mapping[str, str]
    records: Callable[[str], Iterable[Record]]
    """Gives the stored results of a key, oldest first."""
    state: Callable[[Document, str], str]
    """Says what stands now at a path that a notebook may read."""
    last: Mapping[str, NotebookReport]
    """What the last build reported, by the notebooks' names."""
    library: Mapping[str, Mapping[str, str]] = {}
    """What the notebooks use of the book's library: digests by name, by the notebooks' names."""
    whole: Mapping[str, str] = {}
    """Which notebooks depend on all of the library, and why."""
    force: frozenset[str] = frozenset()
    """The notebooks that run whatever is known, if they can."""
    gpus: Callable[[], int] = lambda: 0
    """Says how many GPUs a notebook can lease; asked only if that decides something, since it may take long."""


def make(book: Book, known: Known) -> Plan:
    """Decide for every notebook."""
    return Plan(tuple(_decide(document, known) for document in book.notebooks))


def _decide(document: Document, known: Known) -> Planned:
    """Decide for one notebook: a result of what it declares goes before all; what it falls back to comes after."""
    wanted = document.declared.gpus
    best = _on(document, wanted, known)
    if not wanted or not best.runs or wanted <= known.gpus():
        return best
    if best.reason == Reason.FORCED:
        best = _on(document, wanted, msgspec.structs.replace(known, force=frozenset()))
        if not best.runs:
            return best
    lacks = f"no result for {_gpus(wanted)}"
    if not document.declared.cpu_fallback:
        return msgspec.structs.replace(
            best, reason=Reason.MISSING, detail=f"{lacks}, and {_gpus(known.gpus())} here"
        )
    fallback = _on(document, 0, known)
    detail = f"{lacks}; {'runs on the CPU' if fallback.runs else 'the result of the CPU is used'}"
    return msgspec.structs.replace(fallback, detail=detail, declared_key=best.key)


def _on(document: Document, gpus: int, known: Known) -> Planned:
    """Decide as if there were so many GPUs."""
    kernel = known.kernels[DeviceClass.GPU if gpus else DeviceClass.CPU]
    its = known.library.get(document.name)
    parts = components(document, kernel, known.injected, gpus=gpus, library=its)
    k = key(parts)
    results = tuple(known.records(k))
    before = known.last.get(document.name)
    planned = Planned(
        document=document,
        key=k,
        reason=Reason.REUSED,
        components=parts,
        expected_seconds=before.seconds if before else None,
        gpus=gpus,
        note=known.whole.get(document.name, ""),
    )
    differences = [difference(record.inputs, partial(known.state, document)) for record in results]
    hit = next((record for record, words in zip(results, differences, strict=True) if not words), None)
    if results:
        planned = msgspec.structs.replace(planned, expected_seconds=(hit or results[-1]).seconds)
    if document.name in known.force:
        return msgspec.structs.replace(planned, reason=Reason.FORCED)
    if hit:
        return msgspec.structs.replace(planned, record=hit)
    if results:
        return msgspec.structs.replace(planned, reason=Reason.INPUTS, detail=differences[-1])
    reason, detail = _why_without_result(planned, before, known.records, kernel.source)
    return msgspec.structs.replace(planned, reason=reason, detail=detail)


def _why_without_result(
    planned: Planned, before: NotebookReport | None, records: Callable[[str], Iterable[Record]], source: str
) -> tuple[Reason, str]:
    if before is None:
        return Reason.NEW, ""
    if before.status == Status.MISSING or before.declared_key == planned.key:
        return Reason.NEW, f"no result for {_gpus(planned.gpus)} yet"
    if before.key != planned.key:
        earlier = tuple(records(before.key))
        # A result of an older version of the toolchain does not say what its key was made of.
        said = earlier[-1].components if earlier else {}
        return Reason.KEY, changes(said, planned.components, source) if said else ""
    return (Reason.FAILED if before.status == Status.FAILED else Reason.LOST), ""


def _gpus(number: int) -> str:
    return f"{number or 'no'} GPU" if number <= 1 else f"{number} GPUs"


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


def changes(before: Mapping[str, Any], now: Mapping[str, Any], source: str) -> str:
    """Say in words how the parts of a key differ from those of an earlier result; empty if nothing can be said.

    `source` is what says which packages there are: a lock's name.
    """
    words = []
    old, new = before.get("cells", []), now["cells"]
    if old != new:
        words += _changed_cells(old, new)
    if before.get("gpus", 0) != now["gpus"]:
        words.append(f"{_gpus(before.get('gpus', 0))} → {_gpus(now['gpus'])}")
    words += _changed_versions(before.get("lock", []), now["lock"], source)
    if before.get("python") != now["python"]:
        words.append(f"Python {before.get('python')} → {now['python']}")
    if before.get("kernel") != now["kernel"]:
        words.append(f"kernel {before.get('kernel', ['unknown'])[0]} → {now['kernel'][0]}")
    for part, name in (
        ("folder", "the notebook's folder"),
        ("allow_errors", "execution_allow_errors"),
        ("data", "execution.data"),
    ):
        if before.get(part) != now[part]:
            words.append(f"{name} changed")
    words += _changed_library(before.get("library", {}), now["library"])
    words += _changed_variables(before.get("env", {}), now["env"])
    words += _changed_variables(before.get("injected", {}), now["injected"])
    return ", ".join(words)


def _changed_cells(old: list[Any], new: list[Any]) -> list[str]:
    if len(old) != len(new):
        return [f"{len(old)} → {len(new)} code cells"]
    numbers = [str(number) for number, pair in enumerate(zip(old, new, strict=True), 1) if pair[0] != pair[1]]
    return [f"{'cell' if len(numbers) == 1 else 'cells'} {', '.join(numbers)} changed"]


def _changed_versions(old: list[str], new: list[str], source: str) -> list[str]:
    before, now = (dict(pin.split("==", 1) for pin in pins) for pins in (old, new))
    return [
        f"{name} {before.get(name, 'not there')} → {now.get(name, 'removed')} in {source}"
        for name in _differing(before, now)
    ]


def _changed_library(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    changed = [name for name in _differing(old, new) if name in old and name in new]
    if changed or old.keys() == new.keys():
        return [f"{name} changed" for name in changed]
    used = [f"{name} is used" for name in sorted(new.keys() - old.keys())]
    return used + [f"{name} is not used any more" for name in sorted(old.keys() - new.keys())]


def _changed_variables(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [
        f"the toolchain's {name} changed"
        if "/" in name  # a start-up file
        else f"variable {name}: {old.get(name, 'not there')} → {new.get(name, 'removed')}"
        for name in _differing(old, new)
    ]


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
