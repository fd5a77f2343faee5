"""Which notebooks run and which results are reused. Pure: it is told what exists."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import msgspec
from msgspec import Struct

from toolchain.model import (
    Book,
    DeviceClass,
    Document,
    KernelIdentity,
    KnownFailure,
    NotebookReport,
    Plan,
    Planned,
    Reason,
    Record,
    Status,
)
from toolchain.plan import changes, keys
from toolchain.plan.changes import gpus_in_words

WAITING = {
    Reason.NEW: "it has not been run yet",
    Reason.FAILED: "its last run failed",
    Reason.LOST: "its result is not in the store any more",
}
"""What is said of a notebook that would run for this reason, and waits to be asked for."""


class PlanInputs(Struct, frozen=True):
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
    failures: Mapping[str, KnownFailure] = {}
    """Of notebooks that would fail again as long as nothing changes, by the notebooks' names."""
    kernelspecs: Mapping[str, str] = {}
    """The project's own, by the names of the kernels."""
    library: Mapping[str, Mapping[str, str]] = {}
    """What the notebooks use of the book's library: digests by name, by the notebooks' names."""
    whole: Mapping[str, str] = {}
    """Which notebooks depend on all of the library, and why."""
    force: frozenset[str] = frozenset()
    """The notebooks that run whatever is known, if they can."""
    waits: bool = False
    """Whether whatever would run waits to be asked for."""
    gpus: Callable[[], int] = lambda: 0
    """Says how many GPUs a notebook can lease; asked only if that decides something, since it may take long."""


def make(book: Book, inputs: PlanInputs) -> Plan:
    """Decide for every notebook."""
    decided = (_decide(document, inputs) for document in book.notebooks)
    if inputs.waits:
        decided = (_waiting(planned) if planned.runs else planned for planned in decided)
    return Plan(tuple(decided), inputs.kernels)


def _waiting(planned: Planned) -> Planned:
    said = WAITING.get(planned.reason, "what it was computed from has changed since")
    return msgspec.structs.replace(planned, reason=Reason.WAITS, detail=said)


def _decide(document: Document, inputs: PlanInputs) -> Planned:
    """Decide for one notebook: a result of what it declares goes before all; what it falls back to comes after."""
    if document.off:
        return _not_run(document, inputs)
    wanted = document.declared.gpus
    best = _on(document, wanted, inputs)
    if not wanted or not best.runs or wanted <= inputs.gpus():
        return best
    if best.reason == Reason.FORCED:
        best = _on(document, wanted, msgspec.structs.replace(inputs, force=frozenset()))
        if not best.runs:
            return best
    lacks = f"no result for {gpus_in_words(wanted)}"
    if not document.declared.cpu_fallback:
        return msgspec.structs.replace(
            best, reason=Reason.MISSING, detail=f"{lacks}, and {gpus_in_words(inputs.gpus())} here"
        )
    fallback = _on(document, 0, inputs)
    detail = f"{lacks}; {'runs on the CPU' if fallback.runs else 'the result of the CPU is used'}"
    return msgspec.structs.replace(fallback, detail=detail, declared_key=best.key)


def _not_run(document: Document, inputs: PlanInputs) -> Planned:
    """Decide for a notebook that is not run: it is shown with a result that fits all the same, if there is one."""
    unforced = msgspec.structs.replace(inputs, force=frozenset())
    known = [device for device in document.declared.devices if device in inputs.kernels]
    gpus = (document.declared.gpus if device == DeviceClass.GPU else 0 for device in known)
    decided = [_on(document, count, unforced) for count in gpus]
    shown = next((planned for planned in decided if not planned.runs), None)
    key = decided[0].key if decided else ""
    return shown or Planned(document=document, key=key, reason=Reason.OFF, detail=document.off)


def _on(document: Document, gpus: int, inputs: PlanInputs) -> Planned:
    """Decide as if there were so many GPUs."""
    kernel = inputs.kernels[DeviceClass.GPU if gpus else DeviceClass.CPU]
    library = inputs.library.get(document.name)
    components = keys.components(
        document,
        kernel,
        inputs.injected,
        gpus=gpus,
        library=library,
        kernelspec=inputs.kernelspecs.get(document.kernel_name, ""),
    )
    key = keys.key(components)
    results = tuple(inputs.records(key))
    before = inputs.last.get(document.name)
    planned = Planned(
        document=document,
        key=key,
        reason=Reason.REUSED,
        components=components,
        expected_seconds=before.seconds if before else None,
        gpus=gpus,
        note=inputs.whole.get(document.name, ""),
    )
    differences = [changes.of_inputs(record.inputs, partial(inputs.state, document)) for record in results]
    hit = next((record for record, words in zip(results, differences, strict=True) if not words), None)
    if results:
        planned = msgspec.structs.replace(planned, expected_seconds=(hit or results[-1]).seconds)
    if document.name in inputs.force:
        return msgspec.structs.replace(planned, reason=Reason.FORCED)
    if hit:
        return msgspec.structs.replace(planned, record=hit)
    failed = inputs.failures.get(document.name)
    if failed and failed.key == key and not changes.of_inputs(failed.inputs, partial(inputs.state, document)):
        return msgspec.structs.replace(planned, reason=Reason.REMEMBERED)
    if results:
        return msgspec.structs.replace(planned, reason=Reason.INPUTS, detail=differences[-1])
    reason, detail = _why_without_result(planned, before, inputs.records, kernel.source)
    return msgspec.structs.replace(planned, reason=reason, detail=detail)


def _why_without_result(
    planned: Planned, before: NotebookReport | None, records: Callable[[str], Iterable[Record]], source: str
) -> tuple[Reason, str]:
    if before is None or before.status == Status.SAVED:
        return Reason.NEW, ""
    if before.status == Status.MISSING or before.declared_key == planned.key:
        return Reason.NEW, f"no result for {gpus_in_words(planned.gpus)} yet"
    if before.key != planned.key:
        earlier = tuple(records(before.key))
        components = earlier[-1].components if earlier else {}
        # A result of an older version of the toolchain does not say what its key was made of, a damaged one anything.
        known = bool(components) and keys.key(components) == before.key
        words = changes.of_key(components, planned.components, source) if known else ""
        return Reason.KEY, words
    return (Reason.FAILED if before.status == Status.FAILED else Reason.LOST), ""
