"""What would run and why: the book, the locks, the store and the machine as they are, put before `planning`.

Nothing here runs a notebook or imports what could: `toolchain plan` is to answer at once.
"""

from functools import cache
from typing import Any

from msgspec import Struct

from toolchain import kernel, planning, report, sources, system
from toolchain.errors import ConfigError
from toolchain.execute.scratch import Surroundings
from toolchain.execute.start import injected
from toolchain.files import sha256_file
from toolchain.model import Book, DeviceClass, KernelIdentity, Plan
from toolchain.progress import Note, Reporter
from toolchain.settings import Settings
from toolchain.store import Store


def plan(settings: Settings, reporter: Reporter) -> Plan:
    """Decide what would run; run nothing and change nothing."""
    return plan_of(sources.read(settings, remember=False), settings, store_of(settings, reporter))


class Input(Struct, frozen=True):
    """A file that a result depends on, or a folder's names."""

    path: str
    recorded: str
    """What was there when it was computed: a digest, or `absent`."""
    now: str
    """What is there now."""


class Explanation(Struct, frozen=True):
    """Everything that decides about a notebook."""

    name: str
    run: bool
    reason: str
    key: str
    components: dict[str, Any]
    """What the key is made of."""
    inputs: tuple[Input, ...]
    """Of the result that is reused, or else of the last one with this key."""


def explain(settings: Settings, name: str, reporter: Reporter) -> Explanation:
    """Say what the key of a notebook is made of, and which files its result depends on."""
    store = store_of(settings, reporter)
    (planned,) = only(plan_of(sources.read(settings, remember=False), settings, store), (name,)).notebooks
    records = (planned.record,) if planned.record else store.records(planned.key)
    around = Surroundings(planned.document, settings)
    inputs = (
        Input(path=each.path, recorded=each.sha256, now=around.state(each.path))
        for record in records[-1:]
        for each in record.inputs
    )
    return Explanation(
        name=planned.document.name,
        run=planned.runs,
        reason=planned.because,
        key=planned.key,
        components=planned.components,
        inputs=tuple(inputs),
    )


def store_of(settings: Settings, reporter: Reporter) -> Store:
    """Return the store as it is; what is damaged in it is named."""
    return Store(settings.store, lambda damage: reporter(Note(text=f"  {damage.sentence}", problem=True)))


def mended_store(settings: Settings, reporter: Reporter) -> Store:
    """Return the store for a run that has the folder's lock: what is damaged is named and set aside."""
    return Store(
        settings.store, lambda damage: reporter(Note(text=f"  {damage.sentence}", problem=True)), mend=True
    )


def plan_of(book: Book, settings: Settings, store: Store) -> Plan:
    """Decide for every notebook of a book, whatever store its results are in."""
    digest = cache(sha256_file)
    around = {each.name: Surroundings(each, settings, digest) for each in book.notebooks}
    known = planning.Known(
        kernels=_kernels(book, settings),
        injected=injected(settings),
        records=store.records,
        state=lambda document, path: around[document.name].state(path),
        last=report.read_runs(settings.runs),
        force=frozenset(each.name for each in book.notebooks if settings.options.force),
        gpus=len(system.gpus(settings)) if any(each.declared.gpus for each in book.notebooks) else 0,
    )
    return planning.make(book, known)


def _kernels(book: Book, settings: Settings) -> dict[DeviceClass, KernelIdentity]:
    """Return what the results of this book's notebooks depend on, for what they can be computed on."""
    declared = [each.declared for each in book.notebooks]
    needed = {DeviceClass.GPU for each in declared if each.gpus}
    needed |= {DeviceClass.CPU for each in declared if each.cpu_fallback or not each.gpus}
    return {device: kernel.identity(settings, device) for device in sorted(needed)}


def only(whole: Plan, names: tuple[str, ...]) -> Plan:
    """Return the part of a plan that is named: by page, by file, or all if nothing is."""
    wanted = {name.removeprefix("book/").removesuffix(".md").removesuffix(".ipynb") for name in names}
    unknown = wanted - {each.document.name for each in whole.notebooks}
    if unknown:
        known = ", ".join(each.document.name for each in whole.notebooks) or "none"
        raise ConfigError(f"no notebook {', '.join(sorted(unknown))}", remedy=f"The notebooks: {known}")
    return Plan(tuple(each for each in whole.notebooks if not wanted or each.document.name in wanted))
