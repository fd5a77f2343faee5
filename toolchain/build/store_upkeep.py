"""Looking after the store: whether all in it is whole, and what no plan reaches any more."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.errors import ConfigError, ToolchainError
from toolchain.base.files import sha256_file
from toolchain.messages import report
from toolchain.messages.progress import Reporter, StageStarted, StageStep
from toolchain.plan.planning import plan_of_project
from toolchain.project import build_lock, git
from toolchain.project import settings as toolchain_settings
from toolchain.project.sections import SourcesSection
from toolchain.project.settings import Settings
from toolchain.store.opening import open_store
from toolchain.store.store import CHANGED, NO_BLOB, Damage, KeyFile, Store

HEAD = "HEAD"
WORKING_TREE = "the working tree"
SOON = 2.0
"""Seconds after which a long look at the store says how far it is."""


class Verified(Struct, frozen=True):
    """What a look at the whole store has found."""

    notebooks: int
    records: int
    damaged: tuple[Damage, ...]


class Share(Struct, frozen=True):
    """What one page has among the results to be removed."""

    notebook: str
    """Empty if nothing says whose they are."""
    results: int
    bytes: int


class Collection(Struct, frozen=True):
    """What the plans reach, and the rest."""

    plans: tuple[str, ...]
    """Whose results are kept: the working tree and commits."""
    kept: int
    """Results."""
    results: int
    """Results to be removed; two may share a notebook, and a notebook may have lost its record."""
    files: int
    bytes: int
    shares: tuple[Share, ...]
    deleted: bool


class _Garbage(Struct, frozen=True):
    """What no plan reaches."""

    kept: int
    """Results that are reached."""
    records: tuple[KeyFile, ...]
    blobs: tuple[Path, ...]
    remains: tuple[Path, ...]
    """What interrupted writes have left, and signatures of nothing."""
    marks: tuple[Path, ...]
    """Empty files that say of notebooks which are not kept where they were computed."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All of it that takes room, the records before the notebooks."""
        return (*(record.path for record in self.records), *self.blobs, *self.remains)


def verify(settings: Settings, reporter: Reporter) -> Verified:
    """Read every object of the store and set aside what is not what was written, together with what needs it."""
    with build_lock.hold(settings, reporter):
        damages: list[Damage] = []
        pages = _pages_by_digest(settings)
        store = Store(settings.store, damages.append, mend=True)
        blobs, paths, _ = store.files()
        step = _progress("Verifying the store", len(blobs) + len(paths), reporter)
        records_by_blob: dict[str, list[KeyFile]] = {}
        for path in paths:
            step()
            if record := store.entry(path):
                records_by_blob.setdefault(record.blob, []).append(record)
        for path in blobs:
            step()
            if store.blob(path.name) != path or store.problem(path.name) == CHANGED:
                records = records_by_blob.pop(path.name, [])
                store.report_damage((path, *(record.path for record in records)), CHANGED, _pages_of(records))
        present = {path.name for path in blobs}
        for blob in sorted(records_by_blob.keys() - present):
            for record in records_by_blob[blob]:
                store.report_damage((record.path,), NO_BLOB, record.notebook)
        damaged = tuple(damage if damage.notebook else _with_page(damage, pages) for damage in damages)
        return Verified(notebooks=len(blobs), records=len(paths), damaged=damaged)


def collect(settings: Settings, commits: tuple[str, ...], *, delete: bool, reporter: Reporter) -> Collection:
    """Find the results that neither the working tree's plan nor the commits' plans reach; delete them if told to.

    Without commits, HEAD is taken if there is one. Raises ToolchainError, and removes nothing, if a plan cannot be made.
    """
    with build_lock.hold(settings, reporter):
        # What is damaged is never deleted, so it has to be out of the way before.
        store = open_store(settings, reporter, mend=delete)
        resolved = _resolve(settings.project, commits)
        reached = _reached(settings, store)
        for name, commit in resolved.items():
            reporter(StageStarted(title=f"Plan of {name}"))
            reached |= _reached_by_commit(settings, store, name, commit)
        garbage = _garbage(store, reached)
        plans = (WORKING_TREE, *(f"{name} ({commit[:12]})" for name, commit in resolved.items()))
        shares = _shares(store, garbage, _pages_by_digest(settings))
        size = sum(path.stat().st_size for path in garbage.files)
        if delete:
            _delete(store, garbage)
        return Collection(
            plans=plans,
            kept=garbage.kept,
            results=len(garbage.records),
            files=len(garbage.files),
            bytes=size,
            shares=shares,
            deleted=delete,
        )


def _resolve(project: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Return the commits by the names that they were given."""
    commits = {name: git.resolve(project, name) for name in names or (HEAD,)}
    unknown = [name for name, commit in commits.items() if not commit]
    if unknown and names:
        raise ConfigError(
            f"no commit {', '.join(unknown)} in the repository of {project}",
            remedy="`git log --oneline --all` and `git tag` list what there is; nothing was removed.",
        )
    return {name: commit for name, commit in commits.items() if commit}


def _reached(settings: Settings, store: Store) -> set[Path]:
    """Return the records that the plan of a book reuses."""
    plan = plan_of_project(settings, store)
    return {store.path(planned.key, planned.record) for planned in plan.notebooks if planned.record}


def _reached_by_commit(settings: Settings, store: Store, name: str, commit: str) -> set[Path]:
    with git.checkout(settings.project, commit) as project:
        try:
            return _reached(_settings_of_commit(settings, project), store)
        except ToolchainError as error:
            message = error.message.replace(f"{project}/", "").replace(str(project), "its files")
            raise ConfigError(
                f"the book of commit {name} cannot be planned: {message}",
                remedy="Name commits whose book this version of the toolchain can read; nothing was removed.",
            ) from error


def _settings_of_commit(settings: Settings, project: Path) -> Settings:
    """Load the settings of a commit; what they name that no commit has, outside the repository say, is the present one."""
    of_commit = toolchain_settings.load(project)
    kernel = of_commit.toml.kernel
    interpreter = settings.project / kernel.interpreter
    if kernel.interpreter and interpreter.exists() and not (project / kernel.interpreter).exists():
        kernel = msgspec.structs.replace(kernel, interpreter=str(interpreter))
    folder = (settings.config / kernel.folder).resolve()
    top = git.top(settings.project)
    if not folder.is_relative_to(top):
        kernel = msgspec.structs.replace(kernel, folder=str(folder))
    folders = (settings.project / Path(added).expanduser() for added in of_commit.toml.sources.folders)
    tree = project / os.path.relpath(top, settings.project)
    sources = SourcesSection(folders=tuple(map(str, (tree, *folders))))
    toml = msgspec.structs.replace(of_commit.toml, kernel=kernel, sources=sources)
    return msgspec.structs.replace(of_commit, toml=toml)


def _garbage(store: Store, reached: set[Path]) -> _Garbage:
    """Find what is not reached. A damaged record is left for `verify`: what is damaged is never deleted."""
    blobs, paths, remains = store.files()
    records = [record for path in paths if (record := store.entry(path))]
    reused = [record for record in records if record.path in reached]
    needed = {record.blob for record in reused}
    signed = {(_key(store, record.path), sha256_file(record.path)) for record in reused}
    remains += [path for path in store.signature_files() if (path.parent.name, path.name[:64]) not in signed]
    return _Garbage(
        kept=len(reused),
        records=tuple(record for record in records if record.path not in reached),
        blobs=tuple(path for path in blobs if path.name not in needed),
        remains=tuple(remains),
        marks=tuple(path for path in store.computed_files() if path.name not in needed),
    )


def _delete(store: Store, garbage: _Garbage) -> None:
    """Remove all records before the first notebook.

    A kill in between leaves notebooks that no record names, which do no harm and which the next run removes. The other
    order would leave records whose notebooks are gone: results that look as if they were there.
    """
    for path in (*garbage.files, *garbage.marks):
        path.unlink(missing_ok=True)
        folder = path.parent
        while folder != store.folder and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent


def _shares(store: Store, garbage: _Garbage, pages: dict[str, str]) -> tuple[Share, ...]:
    """Count results and bytes per page, the largest first; a notebook shared by two pages counts for the first."""
    sizes = {path.name: path.stat().st_size for path in (*garbage.blobs, *garbage.remains)}
    results: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for record in garbage.records:
        page = record.notebook or pages.get(_key(store, record.path)) or pages.get(record.blob, "")
        results[page] += 1
        total[page] += record.path.stat().st_size + sizes.pop(record.blob, 0)
    pages_by_key = {_key(store, record.path): record.notebook for record in garbage.records}
    keys = {path.name: path.parent.name for path in garbage.remains}  # of signatures
    for name, size in sizes.items():
        total[pages.get(name) or pages_by_key.get(keys.get(name, ""), "")] += size
    return tuple(
        Share(notebook=page, results=results[page], bytes=size)
        for page, size in sorted(total.items(), key=lambda share: (-share[1], share[0]))
    )


def _key(store: Store, record: Path) -> str:
    return record.relative_to(store.folder).parent.name


def _pages_by_digest(settings: Settings) -> dict[str, str]:
    """Return the pages by the keys and the digests of their last results, for records that name none."""
    last = report.read(settings.report)
    notebooks = last.notebooks if last else ()
    by_blob = {notebook.blob: notebook.name for notebook in notebooks}
    return by_blob | {notebook.key: notebook.name for notebook in notebooks}


def _pages_of(records: Iterable[KeyFile]) -> str:
    return ", ".join(sorted({record.notebook for record in records if record.notebook}))


def _with_page(damage: Damage, pages: dict[str, str]) -> Damage:
    parts = (part for path in damage.paths for part in Path(path).parts)
    page = next((pages[part] for part in parts if part in pages), "")
    return msgspec.structs.replace(damage, notebook=page) if page else damage


def _progress(title: str, total: int, reporter: Reporter) -> Callable[[], None]:
    """Return what is to be called at each object: it says nothing of a short look, and how far a long one is."""
    start, done, started = time.monotonic(), 0, False

    def step() -> None:
        nonlocal done, started
        done += 1
        if time.monotonic() - start < SOON:
            return
        if not started:
            started = True
            reporter(StageStarted(title=title, total=total))
        reporter(StageStep(done=done, total=total))

    return step
