"""How a project uses stores elsewhere: it fetches the results that its plan lacks, and sends the results that it has."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec

from toolchain.base.errors import ConfigError, RemoteError
from toolchain.messages.progress import Note, Reporter
from toolchain.model import Book, NotebookReport, Plan, Planned, Reason, Record
from toolchain.plan import changes, decide, planning
from toolchain.plan.decide import PlanInputs
from toolchain.plan.library.book import BookLibrary
from toolchain.project import build_lock
from toolchain.project.settings import Settings
from toolchain.sharing import inspection, pull, push
from toolchain.sharing.file_system import FileSystem
from toolchain.sharing.inspection import Inspected
from toolchain.sharing.pull import Pulled, WantedResult
from toolchain.sharing.push import Pushed, PushTarget
from toolchain.sharing.remote import require_address
from toolchain.sharing.source import Refused, Source
from toolchain.sharing.trust import Signer, Trusted
from toolchain.sharing.web import Web
from toolchain.sharing.web_session import ADDRESS
from toolchain.sources.notebook_files import NotebookFiles, Surroundings
from toolchain.store.opening import open_store
from toolchain.store.store import Store

MOST_NAMED = 20
"""So many of the objects that were refused are named."""
REFUSED = (
    "What was refused is not used: it is computed here if it is needed. Whoever keeps that store finds all of it with "
    "`toolchain store verify URL`; who signs results, and how, the appendix says."
)


def plan(
    book: Book,
    library: BookLibrary,
    settings: Settings,
    store: Store,
    reporter: Reporter,
    *,
    names: tuple[str, ...] = (),
    gpus: Callable[[], int],
) -> Plan:
    """Decide what is done for the notebooks named, or all, with the results that others have computed.

    They are asked for only if something is to run, or is missing. If they cannot be had, the plan is as without them.
    `gpus` says how many a notebook can have; it is asked only about what nobody has computed.
    """
    inputs = planning.inputs_of(book, library, settings, store)
    if names:  # who names a notebook wants to see it run
        inputs = msgspec.structs.replace(inputs, failures={})
    with_gpus = msgspec.structs.replace(inputs, gpus=cache(gpus))

    def plan_with(inputs: PlanInputs) -> Plan:
        return planning.only(decide.make(book, inputs), names, settings)

    if not settings.remote or settings.options.offline:
        return plan_with(with_gpus)
    local_plan = plan_with(inputs)
    lacking = wanted_results(local_plan, settings)
    if not lacking:
        return local_plan
    try:
        pulled = pull.lacking(lacking, _source(settings, settings.remote), store, reporter)
    except RemoteError as error:
        reporter(Note(text=f"  goes on without the results of others: {error.message}", problem=True))
        return plan_with(with_gpus)
    report_refused(pulled.refused, pulled.remote, reporter)
    plan = plan_with(with_gpus)
    notebooks = tuple(_with_origin(planned, pulled) for planned in plan.notebooks)
    return msgspec.structs.replace(plan, notebooks=notebooks)


def wanted_results(plan: Plan, settings: Settings) -> list[WantedResult]:
    """Return the results that a plan lacks.

    For a notebook that is to run or is missing any result will do; for one that is shown with a fallback's result only
    that of the declared GPU. A notebook that is run by force wants none.
    """
    around = Surroundings(settings.project)
    return [
        WantedResult(
            keys=(planned.declared_key, planned.key)
            if planned.declared_key and planned.record is None
            else (planned.declared_key or planned.key,),
            fits=partial(_has_same_inputs, files=around.of(planned.document)),
        )
        for planned in plan.notebooks
        if (planned.record is None or planned.declared_key)
        and planned.key
        and planned.reason != Reason.FORCED
    ]


def pull_all(settings: Settings, url: str, reporter: Reporter) -> Pulled:
    """Fetch every result of a store elsewhere. Raises RemoteError or StoreError."""
    source = _source(settings, url or _configured(settings.remote, "remote", "pull"))
    with build_lock.hold(settings, reporter):
        return pull.everything(source, open_store(settings, reporter, mend=True), reporter)


def target(
    settings: Settings, *, url: str = "", sign: Path | None = None, replace: bool = False
) -> PushTarget:
    """Return where results are sent to; it is not contacted yet.

    Raises ConfigError or RemoteError if nothing can ever be sent there: before hours are spent on the results.
    """
    section = settings.toml.store
    options = section.options if section.push_options is None else section.push_options
    remote = _connect(url or _configured(settings.push_remote, "push", "push"), options, settings)
    if isinstance(remote, Web):
        raise ConfigError(
            f"{remote.url}: nothing can be written through a web server",
            remedy="Push to the folder or bucket that it serves: `push` in [store] of book.toml.",
        )
    return PushTarget(remote, Signer(sign) if sign else None, Trusted(section.trusted), replace=replace)


def push_all(settings: Settings, target: PushTarget, reporter: Reporter) -> Pushed:
    """Send every result to a store elsewhere. Raises RemoteError or StoreError."""
    store = Store(settings.store)
    return push.push(store.files()[1], target, store, reporter, mend=True)


def push_made(
    settings: Settings, notebooks: Iterable[NotebookReport], target: PushTarget, reporter: Reporter
) -> Pushed:
    """Send the results that a build shows. Raises RemoteError or StoreError."""
    store = Store(settings.store)
    records = [
        store.path(notebook.key, record)
        for notebook in notebooks
        for record in (store.records(notebook.key) if notebook.blob else ())
        if record.blob == notebook.blob
    ]
    return push.push(records, target, store, reporter, mend=False)


def verify(settings: Settings, url: str, reporter: Reporter) -> Inspected:
    """Read all of a store elsewhere, and return what is wrong with it. Raises RemoteError."""
    return inspection.inspect(_source(settings, url), reporter)


def report_refused(refused: Iterable[Refused], url: str, reporter: Reporter) -> None:
    """Report the objects that were refused, of many only the first, and what becomes of them."""
    sentences = [refusal.sentence(url) for refusal in refused]
    if len(sentences) > MOST_NAMED:
        sentences[MOST_NAMED:] = [f"refused {len(sentences) - MOST_NAMED} more"]
    for sentence in sentences:
        reporter(Note(text=f"  {sentence}", problem=True))
    if sentences:
        reporter(Note(text=f"  {REFUSED}", problem=True))


def _source(settings: Settings, url: str) -> Source:
    return Source(_connect(url, settings.toml.store.options, settings), Trusted(settings.toml.store.trusted))


def _connect(url: str, options: Mapping[str, Any], settings: Settings) -> Web | FileSystem:
    """Return the place at an address; it is not contacted yet. Raises RemoteError if it can be no store."""
    scheme, separator, location = url.partition("://")
    url = f"{scheme.lower()}://{location}" if separator else url
    require_address(url)
    if url.startswith(ADDRESS):
        return Web(url, options)
    place = FileSystem(url, options)
    if place.folder and place.folder.resolve().is_relative_to(settings.build):
        raise RemoteError(
            f"{place.url}: is in {settings.build}, where only this project's own things are",
            remedy="Name a folder elsewhere: `toolchain clean` would remove what is shared there.",
        )
    return place


def _configured(url: str, key: str, command: str) -> str:
    """Return an address that book.toml has under a key. Raises ConfigError if it is empty."""
    if not url:
        raise ConfigError(
            f"_config/book.toml: [store] has no {key}",
            remedy=f"Set it to the address of a store, or name one: toolchain store {command} URL.",
        )
    return url


def _has_same_inputs(record: Record, files: NotebookFiles) -> bool:
    """Tell whether the inputs of a result are the same as the notebook's here."""
    return not changes.of_inputs(record.inputs, files.state)


def _with_origin(planned: Planned, pulled: Pulled) -> Planned:
    """Return a planned notebook with the address in its details that its result was pulled from, if it was."""
    if planned.record is None or planned.key not in pulled.keys or planned.detail:
        return planned
    return msgspec.structs.replace(planned, detail=f"pulled from {pulled.remote}")
