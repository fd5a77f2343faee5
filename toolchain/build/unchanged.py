"""Whether anything has changed since the last complete build: if not, nothing starts."""

import os
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

import toolchain
from toolchain.base.files import files_below, sha256_file, sha256_lines, write_atomically
from toolchain.environment import doctor, kernel
from toolchain.messages import report
from toolchain.model import Artifact, BuildReport, NotebookReport, Status
from toolchain.project import git
from toolchain.project.settings import Settings
from toolchain.store.store import Store

FOLDERS = ("book", "_config", "bib", "img")
PROGRAMS = ("latexmk", "xelatex", "xindy", "rsvg-convert", "gs")
VARIABLES = ("SOURCE_DATE_EPOCH", "TEXINPUTS", "TEXMFHOME", "BIBINPUTS")
# Debian's list of installed packages changes whenever one is installed: TeX's packages and fonts among them.
PACKAGES = Path("/var/lib/dpkg/status")
CACHE = "stat-cache.json"
SETTLED_NS = 2_000_000_000


class _Known(msgspec.Struct, frozen=True):
    """A file's digest and what it looked like then."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    sha256: str


class Digests:
    """Digests of files, remembered from run to run by size, time and inode."""

    def __init__(self, path: Path) -> None:
        """Remember in a file."""
        self._path = path
        try:
            self._known = msgspec.json.decode(path.read_bytes(), type=dict[str, _Known])
        except (OSError, msgspec.DecodeError):
            self._known = {}
        self._seen: dict[str, _Known] = {}

    def of(self, path: Path) -> str:
        """Return a file's digest; read it only if it looks different from last time."""
        stat, name = path.stat(), str(path)
        known = self._known.get(name)
        looks = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        if known is None or (known.size, known.mtime_ns, known.ctime_ns, known.inode) != looks:
            known = _Known(*looks, sha256=sha256_file(path))
        self._seen[name] = known
        return known.sha256

    def save(self) -> None:
        """Write what was seen; files younger than the clock can tell apart are not remembered."""
        settled = time.time_ns() - SETTLED_NS
        lasting = {name: known for name, known in self._seen.items() if known.mtime_ns < settled}
        lasting = {name: known for name, known in self._known.items() if Path(name).exists()} | lasting
        if lasting != self._known:
            write_atomically(self._path, msgspec.json.encode(lasting))


def epoch(settings: Settings) -> int:
    """Return the date that artefacts carry, in seconds since 1970."""
    return git.epoch(settings.project, FOLDERS)


def current(settings: Settings, dependencies: Iterable[str] = ()) -> str:
    """Return the digest of all that a build depends on, the store and the artefacts apart.

    `dependencies` are files and folders of the project outside the folders that are always part of it.
    """
    digests = Digests(settings.build / CACHE)
    lines = [
        " ".join(settings.forms),
        str(epoch(settings)),
        str(settings.options.keep_going),
        str(settings.options.allow_missing),
        # A draft says of which commit it is.
        *(
            f"{each.name} {git.commit(settings.project)}"
            for each in settings.editions
            if each.kind == "draft"
        ),
        " ".join(each.name for each in settings.editions),
        tools(settings),
    ]
    for folder in (*(settings.project / each for each in FOLDERS), settings.kernel_folder):
        lines += [f"{digests.of(path)} {path.relative_to(folder.parent)}" for path in files_below(folder)]
    for each in sorted(dependencies):
        path = settings.project / each
        files = files_below(path) if path.is_dir() else [path] if path.is_file() else []
        lines += [f"{digests.of(file)} {file.relative_to(settings.project)}" for file in files] or [
            f"{each} is gone"
        ]
    lines += [_program(name) for name in PROGRAMS] if "pdf" in settings.forms else []
    lines += [str(PACKAGES.stat().st_mtime_ns)] if "pdf" in settings.forms and PACKAGES.is_file() else []
    lines += kernel.identity(settings).distributions if settings.toml.kernel.interpreter else ()
    digests.save()
    return sha256_lines(lines)


def tools(settings: Settings) -> str:
    """Return the digest of what makes pages out of sources: configuration, our code, what is installed, variables."""
    digests = Digests(settings.build / CACHE)
    lines = [
        toolchain.__version__,
        sys.version,
        *(f"{name}={os.environ.get(name, '')}" for name in VARIABLES),
    ]
    for folder in (settings.config, _code()):
        lines += [f"{digests.of(path)} {path.relative_to(folder.parent)}" for path in files_below(folder)]
    digests.save()
    return sha256_lines([*lines, *sorted(_distributions())])


def chosen(settings: Settings, notebooks: Iterable[NotebookReport]) -> str:
    """Return the digest of all that the store knows of these notebooks: what it has now is what a page has to show."""
    keys = (key for each in notebooks for key in (each.key, each.declared_key) if key)
    folders = (Store(settings.store).folder / "keys" / key[:2] / key for key in keys)
    return sha256_lines(
        f"{path.name} {sha256_file(path)}" for folder in folders for path in files_below(folder)
    )


def unchanged(settings: Settings) -> BuildReport | None:
    """Return the last build's report if it still describes what is there; None if anything has to be done.

    The sources' and settings' state is the same, every artefact is whole and every result is in the store.
    """
    known = report.read(settings.report)
    if (
        known is None
        or not known.state
        or settings.options.force
        or known.state != current(settings, known.dependencies)
    ):
        return None
    digests = Digests(settings.build / CACHE)
    store = Store(settings.store)
    whole = all(_whole(each, settings, digests) for each in known.artefacts)
    if (
        not whole
        or known.results != chosen(settings, known.notebooks)
        or any(store.read(each.blob) is None for each in known.notebooks if each.status != Status.MISSING)
        or _could_be_computed(known, settings)
        or _could_be_pulled(known, settings)
    ):
        return None
    digests.save()
    return msgspec.structs.replace(known, notebooks=tuple(_reused(each) for each in known.notebooks))


def _could_be_computed(known: BuildReport, settings: Settings) -> bool:
    """Say whether this machine has by now the GPUs that a notebook did without; a cluster may have them, too."""
    without = [each.gpus for each in known.notebooks if each.declared_key or each.status == Status.MISSING]
    return bool(without) and (settings.cluster is not None or len(doctor.gpus(settings)) >= min(without))


def _could_be_pulled(known: BuildReport, settings: Settings) -> bool:
    """Say whether somebody may have by now what the book lacks; only of a book that is complete nobody is asked."""
    asks = bool(settings.remote) and not settings.options.offline
    return asks and any(each.status == Status.MISSING for each in known.notebooks)


def _whole(artifact: Artifact, settings: Settings, digests: Digests) -> bool:
    path = settings.project / artifact.path
    if path.is_dir():
        files = (f"{digests.of(each)} {each.relative_to(path).as_posix()}" for each in files_below(path))
        return sha256_lines(files) == artifact.sha256
    return path.is_file() and digests.of(path) == artifact.sha256


def _reused(notebook: NotebookReport) -> NotebookReport:
    if notebook.status == Status.MISSING:
        return notebook
    return msgspec.structs.replace(notebook, status=Status.REUSED, reason="nothing changed", attempts=1)


def _code() -> Path:
    return Path(toolchain.__file__).parent


def _distributions() -> set[str]:
    """Return the names of what is installed beside us; the folders' names carry the versions."""
    folders = [Path(each) for each in sys.path if each and Path(each).is_dir()]
    return {path.name for folder in folders for path in folder.glob("*.dist-info")}


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        return f"{name} is missing"
    stat = Path(path).stat()
    return f"{name} {Path(path).resolve()} {stat.st_size} {stat.st_mtime_ns}"
