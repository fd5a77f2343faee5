"""Whether anything has changed since the last complete build: if not, nothing starts."""

import os
import re
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
from toolchain.base.digests import Digest, FileDigests
from toolchain.base.files import is_file, sha256_lines
from toolchain.base.refusals import BUILD
from toolchain.messages import report
from toolchain.model.reports import Artifact, BuildReport, NotebookReport, Status
from toolchain.processes import looked_up
from toolchain.project import git
from toolchain.project.settings import Settings
from toolchain.store.store import SIGNATURES, Store

# What is slow to import stands where it is needed: an unchanged book is answered without it.

if TYPE_CHECKING:
    from toolchain.forms.form import Form

VARIABLES = ("SOURCE_DATE_EPOCH", "TEXINPUTS", "TEXMFHOME", "BIBINPUTS")
WITHOUT = {Status.MISSING, Status.WAITING, Status.SAVED}
"""What became of notebooks that have no result."""
DATE = "date.json"
HISTORY = "history.json"
"""What git has told of the date that artefacts carry."""


UNREAD = re.compile(r"failed to reach any of the inventories .*://", re.DOTALL)
"""What Sphinx says of an inventory that could not be fetched, and perhaps can be by now."""


class Snapshot:
    """All that a build depends on, as it is at one moment: each part is looked at once, when it is first asked for.

    The store and the artefacts are apart.
    """

    def __init__(self, settings: Settings, forms: "tuple[Form[Any], ...]") -> None:
        """Look at nothing yet."""
        self._settings = settings
        self._forms = forms
        self.digests = FileDigests(settings.digests)
        self.begun_ns = time.time_ns()

    @cached_property
    def commit(self) -> str:
        """The project's, with `+` after it if files differ from it; empty outside git."""
        return git.commit(self._settings.project)

    @cached_property
    def epoch(self) -> int:
        """The date that artefacts carry, in seconds since 1970."""
        return git.epoch(self._settings.project, self._settings.layout.folders, self._settings.build / DATE)

    @cached_property
    def history(self) -> git.History:
        """What git tells of the pages."""
        settings = self._settings
        return git.history(settings.project, settings.layout.sources, settings.build / HISTORY)

    def _of_settings(self) -> Iterator[str]:
        """Yield a line for each file that says how pages are made."""
        settings = self._settings
        for path in (settings.project / name for name in settings.layout.settings):
            if is_file(path):
                yield f"{self.digests.of(path)} {path.name}"
            else:
                # Read the Docs builds where conf.py is, and there Sphinx keeps what it has made.
                yield from self.digests.of_folder(path, written=True)
        for folder in settings.module_folders:
            yield from self.digests.of_folder(settings.project / folder, written=True)

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
            *self._of_settings(),
            *self.digests.of_folder(ROOT),
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
            str(settings.options.no_execute),
            # A draft says of which commit it is.
            *(f"{edition.name} {self.commit}" for edition in editions if edition.kind == "draft"),
            " ".join(edition.name for edition in editions),
            self.tools,
        ]
        if (people := git.mailmap(settings.project)) and is_file(people):
            lines.append(self.digests.of(people))
        for folder in settings.folders:
            lines += self.digests.lines(folder, settings.project, written=settings.layout.whole)
        if not settings.layout.requirements:  # else a build may make what is there
            lines += self.digests.of_folder(settings.kernel_folder)
        lines += (f"{self.digests.of(path)} {path.name}" for path in settings.requirements)
        for form in self._forms:
            lines += form.machine()
        lines += _distributions_of_interpreter(settings)
        self.digests.save()
        return sha256_lines(lines)

    @property
    def stands(self) -> bool:
        """Whether this machine still is what the forms were last made with, as far as only making them has told that."""
        noted = looked_up.stand(self._settings.build / looked_up.WORK)
        return noted and all(form.stands(self._settings) for form in self._forms)

    def look(self) -> None:
        """Look at everything now: what is saved later is to be noticed."""
        _ = self.digest

    @property
    def sources(self) -> dict[str, Digest]:
        """What the sources looked like, by path."""
        self.look()
        settings = self._settings
        folders = (*settings.folders, *(() if settings.layout.requirements else (settings.kernel_folder,)))
        within = tuple(f"{folder}{os.sep}" for folder in folders)
        made = f"{settings.project / BUILD}{os.sep}"
        return {
            name: seen
            for name, seen in self.digests.seen().items()
            if name.startswith(within) and not (settings.layout.whole and name.startswith(made))
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
        if self._settings.layout.requirements:
            lines += self.digests.of_folder(self._settings.kernel_folder)
        for name in sorted(dependencies):
            path = self._settings.project / name
            files = [self.digests.of(path)] if is_file(path) else self.digests.lines(path, path)
            lines += [f"{file} of {name}" for file in files] or [f"{name} is gone"]
        self.digests.save()
        return sha256_lines(lines)


def results_digest(store: Store, notebooks: Iterable[NotebookReport], digests: FileDigests) -> str:
    """Return the digest of all that the store knows of these notebooks: what it has now is what a page has to show.

    Who answers for a result is part of that.
    """
    notebooks = tuple(notebooks)
    keys = (key for notebook in notebooks for key in (notebook.key, notebook.declared_key) if key)
    # Mostly nobody has signed anything.
    signed = (store.signatures_folder,) if (store.folder / SIGNATURES).is_dir() else ()
    folders = (of_key(key) for key in keys for of_key in (store.key_folder, *signed))
    lines = [line for folder in folders for line in digests.lines(folder, folder)]
    lines += [notebook.blob for notebook in notebooks if is_file(store.computed(notebook.blob))]
    return sha256_lines(lines)


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
    digests, store = snapshot.digests, Store(settings.store)
    if (
        not snapshot.stands
        or not all(_is_whole(artefact, settings, digests) for artefact in last.artefacts)
        or last.results != results_digest(store, last.notebooks, digests)
        or not all(_is_stored(notebook, store, digests) for notebook in last.notebooks)
        or _could_be_computed(last, settings)
        or _could_be_pulled(last, settings)
        or any(UNREAD.match(warning.message) for warning in last.warnings)
    ):
        return None
    digests.save()
    return msgspec.structs.replace(last, notebooks=tuple(_reused(notebook) for notebook in last.notebooks))


def _is_stored(notebook: NotebookReport, store: Store, digests: FileDigests) -> bool:
    """Say whether a notebook's result is in the store and whole, or there was none to begin with."""
    if notebook.status in WITHOUT:
        return True
    path = store.blob(notebook.blob)
    return is_file(path) and digests.of(path) == notebook.blob


def _could_be_computed(last: BuildReport, settings: Settings) -> bool:
    """Say whether this machine has by now the GPUs that a notebook did without; a cluster may have them, too."""
    without = [
        notebook.gpus
        for notebook in last.notebooks
        if notebook.declared_key or notebook.status == Status.MISSING
    ]
    if not without or settings.cluster is not None:
        return bool(without)
    from toolchain.environment import doctor  # noqa: PLC0415 - slow to import

    return len(doctor.gpus(settings)) >= min(without)


def _could_be_pulled(last: BuildReport, settings: Settings) -> bool:
    """Say whether somebody may have by now what the book lacks; only of a book that is complete nobody is asked."""
    asks = bool(settings.remote) and not settings.options.offline
    lacking = (notebook for notebook in last.notebooks if notebook.status in WITHOUT)
    return asks and any(notebook.status == Status.MISSING or notebook.key for notebook in lacking)


def _is_whole(artefact: Artifact, settings: Settings, digests: FileDigests) -> bool:
    path = settings.project / artefact.path
    if path.is_dir():
        return digests.whole(path)[0] == artefact.sha256
    return path.is_file() and digests.of(path) == artefact.sha256


def _reused(notebook: NotebookReport) -> NotebookReport:
    if notebook.status in WITHOUT:
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
    folders = [folder for folder in sys.path if folder and os.path.isdir(folder)]  # noqa: PTH112 - many and often
    return {name for folder in folders for name in os.listdir(folder) if name.endswith(".dist-info")}  # noqa: PTH208
