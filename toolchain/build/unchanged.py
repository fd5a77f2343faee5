"""Whether anything has changed since the last complete build: if not, nothing starts."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

import toolchain
from toolchain.base.code import ROOT
from toolchain.base.decoding import read_json
from toolchain.base.files import files_below, is_file, is_utf8, sha256_file, sha256_lines, write_atomically
from toolchain.environment import doctor
from toolchain.messages import report
from toolchain.model import Artifact, BuildReport, NotebookReport, Status
from toolchain.project import git
from toolchain.project.settings import Settings
from toolchain.store.store import Store

if TYPE_CHECKING:
    from toolchain.forms.form import Form

FOLDERS = ("book", "_config", "bib", "img")
VARIABLES = ("SOURCE_DATE_EPOCH", "TEXINPUTS", "TEXMFHOME", "BIBINPUTS")
CACHE = "stat-cache.json"
SETTLED_NS = 2_000_000_000


class _Digest(msgspec.Struct, frozen=True):
    """A file's digest and what the file looked like then."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    sha256: str


class FileDigests:
    """Digests of files, remembered from run to run by size, time and inode."""

    def __init__(self, path: Path) -> None:
        """Remember in a file."""
        self._path = path
        self._remembered = read_json(path, dict[str, _Digest]) or {}
        self._current: dict[str, _Digest] = {}

    def of(self, path: Path) -> str:
        """Return a file's digest; read it only if it looks different from last time."""
        stat, name = path.stat(), str(path)
        digest = self._remembered.get(name)
        looks = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        if digest is None or (digest.size, digest.mtime_ns, digest.ctime_ns, digest.inode) != looks:
            digest = _Digest(*looks, sha256=sha256_file(path))
        self._current[name] = digest
        return digest.sha256

    def of_folder(self, folder: Path) -> Iterator[str]:
        """Yield a line with digest and path for each file below a folder."""
        for path in files_below(folder):
            with suppress(FileNotFoundError):  # it was removed as we looked
                yield f"{self.of(path)} {path.relative_to(folder.parent)}"

    def seen(self) -> dict[str, _Digest]:
        """Return what was looked at until now, by path."""
        return dict(self._current)

    def save(self) -> None:
        """Write what was looked at; files younger than the clock can tell apart are not remembered."""
        settled = time.time_ns() - SETTLED_NS
        lasting = {name: digest for name, digest in self._current.items() if digest.mtime_ns < settled}
        remembered = {name: digest for name, digest in self._remembered.items() if os.path.exists(name)}  # noqa: PTH110 - any name may be remembered
        lasting = {name: digest for name, digest in (remembered | lasting).items() if is_utf8(name)}
        if lasting != self._remembered:
            with suppress(OSError):  # what cannot be remembered is read again
                write_atomically(self._path, msgspec.json.encode(lasting))


class Snapshot:
    """All that a build depends on, as it is at one moment: each part is looked at once, when it is first asked for.

    The store and the artefacts are apart.
    """

    def __init__(self, settings: Settings, forms: "tuple[Form[Any], ...]") -> None:
        """Look at nothing yet."""
        self._settings = settings
        self._forms = forms
        self._digests = FileDigests(settings.build / CACHE)
        self.begun_ns = time.time_ns()

    @cached_property
    def commit(self) -> str:
        """The project's, with `+` after it if files differ from it; empty outside git."""
        return git.commit(self._settings.project)

    @cached_property
    def epoch(self) -> int:
        """The date that artefacts carry, in seconds since 1970."""
        return git.epoch(self._settings.project, FOLDERS)

    def require_date(self) -> None:
        """Raise ConfigError if what is exported as the date is none: before hours are spent on results."""
        _ = self.epoch

    @cached_property
    def tools(self) -> str:
        """The digest of what makes pages out of sources: configuration, our code, what is installed, variables."""
        lines = [
            toolchain.__version__,
            sys.version,
            *(f"{name}={os.environ.get(name, '')}" for name in VARIABLES),
            *self._digests.of_folder(self._settings.config),
            *self._digests.of_folder(ROOT),
            *sorted(_distributions()),
        ]
        return sha256_lines(lines)

    @cached_property
    def digest(self) -> str:
        """The digest of everything but the files that only a build finds out to depend on."""
        settings, editions = self._settings, self._settings.editions
        lines = [
            " ".join(form.name for form in self._forms),
            str(self.epoch),
            str(settings.options.keep_going),
            str(settings.options.allow_missing),
            # A draft says of which commit it is.
            *(f"{edition.name} {self.commit}" for edition in editions if edition.kind == "draft"),
            " ".join(edition.name for edition in editions),
            self.tools,
        ]
        for folder in (*(settings.project / name for name in FOLDERS), settings.kernel_folder):
            lines += self._digests.of_folder(folder)
        for form in self._forms:
            lines += form.machine()
        lines += _distributions_of_interpreter(settings)
        self._digests.save()
        return sha256_lines(lines)

    def look(self) -> None:
        """Look at everything now: what is saved later is to be noticed."""
        _ = self.digest

    @property
    def sources(self) -> dict[str, _Digest]:
        """What the sources looked like, by path."""
        self.look()
        folders = (*(self._settings.project / folder for folder in FOLDERS), self._settings.kernel_folder)
        return {
            name: seen
            for name, seen in self._digests.seen().items()
            if any(folder in Path(name).parents for folder in folders)
        }

    def again(self) -> "Snapshot":
        """Return a snapshot of the same as it is now."""
        return Snapshot(self._settings, self._forms)

    def saved_since(self, earlier: "Snapshot", dependencies: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the files saved, added or removed since an earlier snapshot: sources, and dependencies outside of them.

        One that was changed and changed back counts: what was read between is in no digest.
        """
        before, after, project = earlier.sources, self.sources, self._settings.project
        saved = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        for name in dependencies:
            with suppress(OSError):
                if (project / name).stat().st_ctime_ns > earlier.begun_ns:
                    saved.add(str(project / name))
        paths = (Path(name) for name in sorted(saved))
        return tuple(
            path.relative_to(project).as_posix() if path.is_relative_to(project) else str(path)
            for path in paths
        )

    def with_dependencies(self, dependencies: Iterable[str]) -> str:
        """Return the digest of everything, with files and folders outside those that are always looked at."""
        lines = [self.digest]
        for name in sorted(dependencies):
            path = self._settings.project / name
            files = [path] if is_file(path) else files_below(path)
            lines += [
                f"{self._digests.of(file)} {os.path.relpath(file, self._settings.project)}" for file in files
            ] or [f"{name} is gone"]
        self._digests.save()
        return sha256_lines(lines)


def results_digest(store: Store, notebooks: Iterable[NotebookReport]) -> str:
    """Return the digest of all that the store knows of these notebooks: what it has now is what a page has to show.

    Who answers for a result is part of that.
    """
    notebooks = tuple(notebooks)
    keys = (key for notebook in notebooks for key in (notebook.key, notebook.declared_key) if key)
    folders = (folder for key in keys for folder in (store.key_folder(key), store.signatures_folder(key)))
    paths = [path for folder in folders for path in files_below(folder)]
    paths += [path for notebook in notebooks if (path := store.computed(notebook.blob)).is_file()]
    return sha256_lines(f"{path.name} {sha256_file(path)}" for path in paths)


def last_report(settings: Settings, snapshot: Snapshot) -> BuildReport | None:
    """Return the last build's report if it still describes what is there; None if anything has to be done.

    The sources' and settings' state is the same, every artefact is whole and every result is in the store.
    """
    last = report.read(settings.report)
    if (
        last is None
        or not last.state
        or settings.options.force
        or last.state != snapshot.with_dependencies(last.dependencies)
    ):
        return None
    digests, store = FileDigests(settings.build / CACHE), Store(settings.store)
    if (
        not all(_is_whole(artefact, settings, digests) for artefact in last.artefacts)
        or last.results != results_digest(store, last.notebooks)
        or not all(_is_stored(notebook, store, digests) for notebook in last.notebooks)
        or _could_be_computed(last, settings)
        or _could_be_pulled(last, settings)
    ):
        return None
    digests.save()
    return msgspec.structs.replace(last, notebooks=tuple(_reused(notebook) for notebook in last.notebooks))


def _is_stored(notebook: NotebookReport, store: Store, digests: FileDigests) -> bool:
    """Say whether a notebook's result is in the store and whole, or there was none to begin with."""
    if notebook.status == Status.MISSING:
        return True
    path = store.blob(notebook.blob)
    return path.is_file() and digests.of(path) == notebook.blob


def _could_be_computed(last: BuildReport, settings: Settings) -> bool:
    """Say whether this machine has by now the GPUs that a notebook did without; a cluster may have them, too."""
    without = [
        notebook.gpus
        for notebook in last.notebooks
        if notebook.declared_key or notebook.status == Status.MISSING
    ]
    return bool(without) and (settings.cluster is not None or len(doctor.gpus(settings)) >= min(without))


def _could_be_pulled(last: BuildReport, settings: Settings) -> bool:
    """Say whether somebody may have by now what the book lacks; only of a book that is complete nobody is asked."""
    asks = bool(settings.remote) and not settings.options.offline
    return asks and any(notebook.status == Status.MISSING for notebook in last.notebooks)


def _is_whole(artefact: Artifact, settings: Settings, digests: FileDigests) -> bool:
    path = settings.project / artefact.path
    if path.is_dir():
        files = (f"{digests.of(file)} {file.relative_to(path).as_posix()}" for file in files_below(path))
        return sha256_lines(files) == artefact.sha256
    return path.is_file() and digests.of(path) == artefact.sha256


def _reused(notebook: NotebookReport) -> NotebookReport:
    if notebook.status == Status.MISSING:
        return notebook
    return msgspec.structs.replace(notebook, status=Status.REUSED, reason="nothing changed", attempts=1)


def _distributions_of_interpreter(settings: Settings) -> tuple[str, ...]:
    """Return what the interpreter has installed that a project without a lock names."""
    if not settings.toml.kernel.interpreter:
        return ()
    from toolchain.environment import kernel  # noqa: PLC0415 - slow to import, and most projects have a lock

    return kernel.identity(settings).distributions


def _distributions() -> set[str]:
    """Return the names of what is installed beside us; the folders' names carry the versions."""
    folders = [Path(folder) for folder in sys.path if folder and Path(folder).is_dir()]
    return {path.name for folder in folders for path in folder.glob("*.dist-info")}
