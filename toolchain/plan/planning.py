"""The plan of a book: what its notebooks declare, the locks, the store and the machine as they are, put before `decide`.

Nothing here runs a notebook or imports what could: `toolchain plan` is to answer at once.
"""

import sys
from functools import cache, partial
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base.errors import ConfigError
from toolchain.environment import kernel, kernelspecs
from toolchain.execute import failures
from toolchain.execute.kernel_start import injected
from toolchain.messages import report
from toolchain.messages.progress import Reporter
from toolchain.model import Book, DeviceClass, KernelIdentity, Plan
from toolchain.plan import decide
from toolchain.plan.library.book import BookLibrary, gather
from toolchain.project.settings import Settings
from toolchain.sources import reading
from toolchain.sources.notebook_files import NotebookFiles, Surroundings
from toolchain.store.opening import open_store
from toolchain.store.store import Store


def plan(settings: Settings, reporter: Reporter) -> Plan:
    """Decide what would run; run nothing and change nothing."""
    return plan_of_project(settings, open_store(settings, reporter))


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
    stored: bool
    """Whether there is a result with this key."""
    inputs: tuple[Input, ...]
    """Of the result that is reused, or else of the last one with this key."""


def explain(settings: Settings, name: str, reporter: Reporter) -> Explanation:
    """Say what the key of a notebook is made of, and which files its result depends on."""
    store = open_store(settings, reporter)
    (planned,) = only(plan_of_project(settings, store), (name,), settings).notebooks
    records = (planned.record,) if planned.record else store.records(planned.key)
    files = NotebookFiles(planned.document, settings.project)
    inputs = (
        Input(path=file.path, recorded=file.sha256, now=files.state(file.path))
        for record in records[-1:]
        for file in record.inputs
    )
    return Explanation(
        name=planned.document.name,
        run=planned.runs,
        reason=planned.because,
        key=planned.key,
        components=planned.components,
        stored=bool(records),
        inputs=tuple(inputs),
    )


def plan_of_project(settings: Settings, store: Store) -> Plan:
    """Decide for every notebook of a project as it is on the disk, whatever store its results are in."""
    book = reading.read(settings, remember=False)
    return decide.make(book, inputs_of(book, gather(book, settings), settings, store))


def inputs_of(book: Book, library: BookLibrary, settings: Settings, store: Store) -> decide.PlanInputs:
    """Return what a plan of a book is made from.

    The GPUs of this machine count, or of a cluster, which is not asked, as many as anybody wants.
    """
    around = Surroundings(settings.project)
    files = {page.name: around.of(page) for page in book.notebooks}
    return decide.PlanInputs(
        kernels=kernels_of(book, settings),
        injected=injected(settings.toml.execution.env),
        kernelspecs=kernelspecs.of_project(settings),
        library=library.components,
        whole=library.whole,
        records=store.records,
        state=lambda document, path: files[document.name].state(path),
        last=report.read_runs(settings.asked.runs),
        # While notebooks wait, one that failed waits, too.
        failures={} if settings.options.retry or settings.options.waits else failures.known(settings),
        force=frozenset(page.name for page in book.notebooks if settings.options.force),
        waits=settings.options.waits,
        gpus=cache(partial(_gpus, settings)),
    )


def _gpus(settings: Settings) -> int:
    """Return how many GPUs a notebook can have."""
    if settings.cluster:
        return sys.maxsize
    from toolchain.environment import doctor  # noqa: PLC0415 - slow to import, and mostly nobody wants any

    return len(doctor.gpus(settings))


def kernels_of(book: Book, settings: Settings) -> dict[DeviceClass, KernelIdentity]:
    """Return what the results of this book's notebooks depend on, for each device class that they can be computed on.

    Where all such notebooks are not run, it is there if it is known.
    """
    needed = {device for page in book.notebooks if not page.off for device in page.declared.devices}
    besides = {device for page in book.notebooks for device in page.declared.devices} - needed
    identities = {device: kernel.identity(settings, device) for device in sorted(needed)}
    known = {device: kernel.known_identity(settings, device) for device in sorted(besides)}
    return identities | {device: identity for device, identity in known.items() if identity}


def only(plan: Plan, names: tuple[str, ...], settings: Settings) -> Plan:
    """Return the part of a plan that is named: by page, by file, or all if nothing is.

    Raises ConfigError if a name is none of a notebook.
    """
    pages = _pages(names, settings)
    unknown = pages - {planned.document.name for planned in plan.notebooks}
    if unknown:
        notebooks = ", ".join(planned.document.name for planned in plan.notebooks) or "none"
        raise ConfigError(f"no notebook {', '.join(sorted(unknown))}", remedy=f"The notebooks: {notebooks}")
    kept = (planned for planned in plan.notebooks if not pages or planned.document.name in pages)
    return Plan(tuple(kept), plan.kernels)


def asked_for(book: Book, names: tuple[str, ...], settings: Settings) -> Book:
    """Return a book in which those notebooks are run that are named, even if they are run only for who asks for them."""
    pages = _pages(names, settings)
    documents = (
        msgspec.structs.replace(page, off="") if page.off and page.name in pages else page
        for page in book.documents
    )
    return Book(tuple(documents))


def _pages(names: tuple[str, ...], settings: Settings) -> set[str]:
    """Return the pages that are named, by page or by file."""
    before = f"{settings.layout.sources}/"
    return {name.removeprefix(before).removesuffix(".md").removesuffix(".ipynb") for name in names}
