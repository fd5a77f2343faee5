"""Looking after the store: whether all in it is whole, and what no plan reaches any more."""

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
from toolchain.project import git, lock
from toolchain.project import settings as toolchain_settings
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
    kept: int
    entries: tuple[KeyFile, ...]
    blobs: tuple[Path, ...]
    left: tuple[Path, ...]


def verify(settings: Settings, reporter: Reporter) -> Verified:
    """Read every object of the store and set aside what is not what was written, together with what needs it."""
    with lock.build(settings, reporter):
        found: list[Damage] = []
        names = _names(settings)
        store = Store(settings.store, found.append, mend=True)
        blobs, records, _ = store.files()
        step = _progress("Verifying the store", len(blobs) + len(records), reporter)
        entries: dict[str, list[KeyFile]] = {}
        for path in records:
            step()
            if entry := store.entry(path):
                entries.setdefault(entry.blob, []).append(entry)
        for path in blobs:
            step()
            if store.blob(path.name) != path or store.problem(path.name) == CHANGED:
                its = entries.pop(path.name, [])
                store.damaged((path, *(each.path for each in its)), CHANGED, _named(its))
        present = {path.name for path in blobs}
        for blob in sorted(entries.keys() - present):
            for entry in entries[blob]:
                store.damaged((entry.path,), NO_BLOB, entry.notebook)
        damaged = tuple(each if each.notebook else _with_name(each, names) for each in found)
        return Verified(notebooks=len(blobs), records=len(records), damaged=damaged)


def collect(settings: Settings, commits: tuple[str, ...], *, delete: bool, reporter: Reporter) -> Collection:
    """Find the results that neither the working tree's plan nor the commits' plans reach; delete them if told to.

    Without commits, HEAD is taken if there is one. Raises ToolchainError, and removes nothing, if a plan cannot be made.
    """
    with lock.build(settings, reporter):
        # What is damaged is never deleted, so it has to be out of the way before.
        store = open_store(settings, reporter, mend=delete)
        resolved = _resolve(settings.project, commits)
        reached = _reached(settings, store)
        for name, commit in resolved.items():
            reporter(StageStarted(title=f"Plan of {name}"))
            reached |= _reached_by_commit(settings, store, name, commit)
        garbage = _garbage(store, reached)
        plans = (WORKING_TREE, *(f"{name} ({commit[:12]})" for name, commit in resolved.items()))
        shares = _shares(store, garbage, _names(settings))
        files = [*(each.path for each in garbage.entries), *garbage.blobs, *garbage.left]
        size = sum(path.stat().st_size for path in files)
        if delete:
            _delete(store, garbage)
        return Collection(
            plans=plans,
            kept=garbage.kept,
            results=len(garbage.entries),
            files=len(files),
            bytes=size,
            shares=shares,
            deleted=delete,
        )


def _resolve(project: Path, names: tuple[str, ...]) -> dict[str, str]:
    """Return the commits by the names that they were given."""
    found = {name: git.resolve(project, name) for name in names or (HEAD,)}
    unknown = [name for name, commit in found.items() if not commit]
    if unknown and names:
        raise ConfigError(
            f"no commit {', '.join(unknown)} in the repository of {project}",
            remedy="`git log --oneline --all` and `git tag` list what there is; nothing was removed.",
        )
    return {name: commit for name, commit in found.items() if commit}


def _reached(settings: Settings, store: Store) -> set[Path]:
    """Return the records that the plan of a book reuses."""
    plan = plan_of_project(settings, store)
    return {store.path(each.key, each.record) for each in plan.notebooks if each.record}


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
    told = toolchain_settings.load(project)
    kernel = told.toml.kernel
    interpreter = settings.project / kernel.interpreter
    if kernel.interpreter and interpreter.exists() and not (project / kernel.interpreter).exists():
        kernel = msgspec.structs.replace(kernel, interpreter=str(interpreter))
    folder = (settings.config / kernel.folder).resolve()
    if not folder.is_relative_to(git.top(settings.project)):
        kernel = msgspec.structs.replace(kernel, folder=str(folder))
    return msgspec.structs.replace(told, toml=msgspec.structs.replace(told.toml, kernel=kernel))


def _garbage(store: Store, reached: set[Path]) -> _Garbage:
    """Find what is not reached. A damaged record is left for `verify`: what is damaged is never deleted."""
    blobs, records, left = store.files()
    entries = [entry for path in records if (entry := store.entry(path))]
    kept = [entry for entry in entries if entry.path in reached]
    needed = {entry.blob for entry in kept}
    signed = {(_key(store, entry.path), sha256_file(entry.path)) for entry in kept}
    left += [each for each in store.signature_files() if (each.parent.name, each.name[:64]) not in signed]
    return _Garbage(
        kept=len(kept),
        entries=tuple(entry for entry in entries if entry.path not in reached),
        blobs=tuple(path for path in blobs if path.name not in needed),
        left=tuple(left),
    )


def _delete(store: Store, garbage: _Garbage) -> None:
    """Remove all records before the first notebook.

    A kill in between leaves notebooks that no record names, which do no harm and which the next run removes. The other
    order would leave records whose notebooks are gone: results that look as if they were there.
    """
    for path in (*(each.path for each in garbage.entries), *garbage.blobs, *garbage.left):
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == store.folder or any(folder.iterdir()):
                break
            folder.rmdir()


def _shares(store: Store, garbage: _Garbage, names: dict[str, str]) -> tuple[Share, ...]:
    """Count results and bytes per page, the largest first; a notebook shared by two pages counts for the first."""
    sizes = {path.name: path.stat().st_size for path in (*garbage.blobs, *garbage.left)}
    results: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for entry in garbage.entries:
        name = entry.notebook or names.get(_key(store, entry.path)) or names.get(entry.blob, "")
        results[name] += 1
        total[name] += entry.path.stat().st_size + sizes.pop(entry.blob, 0)
    whose = {_key(store, entry.path): entry.notebook for entry in garbage.entries}
    folders = {path.name: path.parent.name for path in garbage.left}  # of a signature, its key
    for left, size in sizes.items():
        total[names.get(left) or whose.get(folders.get(left, ""), "")] += size
    return tuple(
        Share(notebook=name, results=results[name], bytes=size)
        for name, size in sorted(total.items(), key=lambda each: (-each[1], each[0]))
    )


def _key(store: Store, record: Path) -> str:
    return record.relative_to(store.folder).parent.name


def _names(settings: Settings) -> dict[str, str]:
    """Return the pages' names by the keys and the digests of their last results, for records that tell no name."""
    last = report.read(settings.report)
    notebooks = last.notebooks if last else ()
    return {each.blob: each.name for each in notebooks} | {each.key: each.name for each in notebooks}


def _named(entries: Iterable[KeyFile]) -> str:
    return ", ".join(sorted({each.notebook for each in entries if each.notebook}))


def _with_name(damage: Damage, names: dict[str, str]) -> Damage:
    found = [names[part] for path in damage.paths for part in Path(path).parts if part in names]
    return msgspec.structs.replace(damage, notebook=found[0]) if found else damage


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
