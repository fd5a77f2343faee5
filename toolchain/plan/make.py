"""What would run and why: the book, the locks, the store and the machine as they are, put before `planning`.

Nothing here runs a notebook or imports what could: `toolchain plan` is to answer at once.
"""

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

from msgspec import Struct

from toolchain.base.errors import ConfigError, SourceError
from toolchain.base.files import sha256_file
from toolchain.environment import doctor, kernel
from toolchain.execute.start import injected
from toolchain.messages import report
from toolchain.messages.progress import Note, Reporter
from toolchain.model import Book, DeviceClass, KernelIdentity, Library, Plan
from toolchain.plan import decide
from toolchain.plan.library import saved, use
from toolchain.project.settings import Settings
from toolchain.sources import reading
from toolchain.sources.notebook_files import NotebookFiles
from toolchain.store.store import Store


def plan(settings: Settings, reporter: Reporter) -> Plan:
    """Decide what would run; run nothing and change nothing."""
    return plan_of(reading.read(settings, remember=False), settings, store_of(settings, reporter))


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
    (planned,) = only(plan_of(reading.read(settings, remember=False), settings, store), (name,)).notebooks
    records = (planned.record,) if planned.record else store.records(planned.key)
    around = NotebookFiles(planned.document, settings.project)
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


def plan_of(book: Book, settings: Settings, store: Store, gpus: Callable[[], int] | None = None) -> Plan:
    """Decide for every notebook of a book, whatever store its results are in.

    `gpus` says how many a notebook can have; without it those of this machine count, or of a cluster, which is not
    asked, as many as anybody wants.

    Raises SourceError if the book's library cannot be made, or a notebook uses what is not in it yet.
    """
    digest = cache(sha256_file)
    around = {each.name: NotebookFiles(each, settings.project, digest) for each in book.notebooks}
    library = saved.collect(book, settings.toml.library)
    uses = uses_of(book, library, settings) if library else {}
    known = decide.PlanInputs(
        kernels=kernels_of(book, settings),
        injected=injected(settings.toml.execution.env),
        library={name: use.components(its, library.before(name)) for name, its in uses.items() if library},
        whole={
            name: f"it may use all of {library.name}: {its.whole}"
            for name, its in uses.items()
            if library and its.whole
        },
        records=store.records,
        state=lambda document, path: around[document.name].state(path),
        last=report.read_runs(settings.runs),
        force=frozenset(each.name for each in book.notebooks if settings.options.force),
        gpus=cache(gpus or (lambda: sys.maxsize if settings.cluster else len(doctor.gpus(settings)))),
    )
    return decide.make(book, known)


def uses_of(book: Book, library: Library, settings: Settings) -> dict[str, use.Use]:
    """Return what each notebook uses of the library.

    Raises SourceError if one uses what is defined after it, or nowhere.
    """
    found = {}
    problems = []
    for each in book.notebooks:
        helpers = (
            path.read_text(encoding="utf-8", errors="replace")
            for name, path in NotebookFiles(each, settings.project).files.items()
            if name.endswith(".py")
        )
        found[each.name] = use.find(each, library, helpers)
        problems += use.problems(each, found[each.name], library)
    if problems:
        raise SourceError("\n".join(problems), remedy="Correct the places named; nothing was run.")
    return found


def kernels_of(
    book: Book, settings: Settings, *, all_locks: bool = False
) -> dict[DeviceClass, KernelIdentity]:
    """Return what the results of this book's notebooks depend on, for what they can be computed on; or for each lock."""
    declared = [each.declared for each in book.notebooks]
    needed = {DeviceClass.GPU for each in declared if each.gpus}
    needed |= {DeviceClass.CPU for each in declared if each.cpu_fallback or not each.gpus}
    if all_locks and declared:
        needed |= {device for device in DeviceClass if (settings.kernel_folder / f"{device}.lock").is_file()}
    return {device: kernel.identity(settings, device) for device in sorted(needed)}


def only(whole: Plan, names: tuple[str, ...]) -> Plan:
    """Return the part of a plan that is named: by page, by file, or all if nothing is."""
    wanted = {name.removeprefix("book/").removesuffix(".md").removesuffix(".ipynb") for name in names}
    unknown = wanted - {each.document.name for each in whole.notebooks}
    if unknown:
        known = ", ".join(each.document.name for each in whole.notebooks) or "none"
        raise ConfigError(f"no notebook {', '.join(sorted(unknown))}", remedy=f"The notebooks: {known}")
    return Plan(tuple(each for each in whole.notebooks if not wanted or each.document.name in wanted))
