"""What a project has to do with stores elsewhere: asks for what its plan lacks, sends what it made."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec

from toolchain.base.errors import ConfigError, RemoteError
from toolchain.base.files import sha256_file
from toolchain.messages.progress import Note, Reporter
from toolchain.model import Book, NotebookReport, Plan, Planned, Reason, Record
from toolchain.plan import changes, make
from toolchain.project import lock
from toolchain.project.settings import Settings
from toolchain.sharing import inspection, pull, push
from toolchain.sharing.file_system import FileSystem
from toolchain.sharing.inspection import Inspected
from toolchain.sharing.pull import Pulled, WantedResult
from toolchain.sharing.push import Pushed, PushTarget
from toolchain.sharing.remote import Remote
from toolchain.sharing.source import Refused, Source
from toolchain.sharing.trust import Signer, Trusted
from toolchain.sharing.web import ADDRESS, Web
from toolchain.sources.notebook_files import NotebookFiles
from toolchain.store.store import Store

MOST_TOLD = 20
"""Of what a build is refused, so many are named."""
REFUSED = (
    "What was refused is not used: it is computed here if it is needed. Whoever keeps that store finds all of it with "
    "`toolchain store verify URL`; who signs results, and how, the appendix says."
)


def plan(
    book: Book,
    settings: Settings,
    store: Store,
    reporter: Reporter,
    names: tuple[str, ...] = (),
    *,
    gpus: Callable[[], int],
) -> Plan:
    """Decide what is done for the notebooks named, or all, with the results that others have computed.

    They are asked for only if something is to run, or is missing. If they cannot be had, the plan is as without them.
    `gpus` says how many a notebook can have; it is asked only about what nobody has computed.
    """

    def decide() -> Plan:
        return make.only(make.plan_of(book, settings, store, gpus), names)

    if not settings.remote or settings.options.offline:
        return decide()
    before = make.only(make.plan_of(book, settings, store), names)
    wanted = wanted_of(before, settings)
    if not wanted:
        return before
    try:
        pulled = pull.lacking(wanted, _source(settings, settings.remote), store, reporter)
    except RemoteError as error:
        reporter(Note(text=f"  goes on without the results of others: {error.message}", problem=True))
        return decide()
    tell(pulled.refused, pulled.remote, reporter)
    return Plan(tuple(_from_elsewhere(each, pulled) for each in decide().notebooks))


def wanted_of(plan: Plan, settings: Settings) -> list[WantedResult]:
    """Return what a plan lacks: of what is to run or is missing any result, and of a fallback the declared GPU's."""
    digest = cache(sha256_file)
    return [
        WantedResult(
            keys=(each.declared_key, each.key)
            if each.declared_key and each.record is None
            else (each.declared_key or each.key,),
            fits=partial(_fits, around=NotebookFiles(each.document, settings.project, digest)),
        )
        for each in plan.notebooks
        if (each.record is None or each.declared_key) and each.reason != Reason.FORCED
    ]


def pull_all(settings: Settings, url: str, reporter: Reporter) -> Pulled:
    """Fetch every result of a store elsewhere. Raises RemoteError or StoreError."""
    source = _source(settings, url or _configured(settings.remote, "remote", "pull"))
    with lock.build(settings, reporter):
        return pull.everything(source, make.mended_store(settings, reporter), reporter)


def target(
    settings: Settings, *, url: str = "", sign: Path | None = None, replace: bool = False
) -> PushTarget:
    """Return where results are sent to; nothing is asked of it yet.

    Raises ConfigError or RemoteError if that can never be: before hours are spent on what is to be sent.
    """
    told = settings.toml.store
    options = told.options if told.push_options is None else told.push_options
    remote = _connect(url or _configured(settings.push_remote, "push", "push"), options, settings)
    if not remote.writable:
        raise ConfigError(
            f"{remote.url}: nothing can be written through a web server",
            remedy="Push to the folder or bucket that it serves: `push` in [store] of book.toml.",
        )
    return PushTarget(remote, Signer(sign) if sign else None, Trusted(told.trusted), replace=replace)


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
        store.path(each.key, record)
        for each in notebooks
        for record in (store.records(each.key) if each.blob else ())
        if record.blob == each.blob
    ]
    return push.push(records, target, store, reporter, mend=False)


def verify(settings: Settings, url: str, reporter: Reporter) -> Inspected:
    """Read all of a store elsewhere. Raises RemoteError."""
    return inspection.inspect(_source(settings, url), reporter)


def tell(refused: Iterable[Refused], url: str, reporter: Reporter) -> None:
    """Name what was refused, and say what becomes of it."""
    sentences = [each.sentence(url) for each in refused]
    if len(sentences) > MOST_TOLD:
        sentences[MOST_TOLD:] = [f"refused {len(sentences) - MOST_TOLD} more"]
    for sentence in sentences:
        reporter(Note(text=f"  {sentence}", problem=True))
    if sentences:
        reporter(Note(text=f"  {REFUSED}", problem=True))


def _source(settings: Settings, url: str) -> Source:
    return Source(_connect(url, settings.toml.store.options, settings), Trusted(settings.toml.store.trusted))


def _connect(url: str, options: Mapping[str, Any], settings: Settings) -> Remote:
    """Return the place at an address; nothing is asked of it yet. Raises RemoteError if it can be none."""
    scheme, separator, rest = url.partition("://")
    url = f"{scheme.lower()}://{rest}" if separator else url
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
    if not url:
        raise ConfigError(
            f"_config/book.toml: [store] has no {key}",
            remedy=f"Set it to the address of a store, or name one: toolchain store {command} URL.",
        )
    return url


def _fits(record: Record, around: NotebookFiles) -> bool:
    return not changes.of_inputs(record.inputs, around.state)


def _from_elsewhere(planned: Planned, pulled: Pulled) -> Planned:
    if planned.record is None or planned.key not in pulled.keys or planned.detail:
        return planned
    return msgspec.structs.replace(planned, detail=f"pulled from {pulled.remote}")
