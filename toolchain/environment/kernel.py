"""The notebooks' environment: made once per lock and Python in a shared cache, checked against its lock."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
from platformdirs import user_cache_path

from toolchain.base.decoding import read_text
from toolchain.base.errors import KernelEnvironmentError
from toolchain.base.files import is_file, sha256_lines, write_atomically
from toolchain.environment import distributions, making
from toolchain.environment.making import COMPLETE, lock_of
from toolchain.model import DeviceClass, KernelIdentity
from toolchain.processes import programs
from toolchain.project.book_toml import BOOK_TOML
from toolchain.project.settings import Settings

INTERPRETER = "[kernel] interpreter"
CONDA = "environment.yml"
CONDA_TEXT = """\
# Written by `toolchain kernel --lock`: the versions of cpu.lock, for people who use conda.
name: {slug}
channels:
  - conda-forge
dependencies:
  - python={python}
  - pip
  - pip:
{pins}
"""


class KernelEnvironment(msgspec.Struct, frozen=True):
    """An environment that notebooks can run in."""

    python: Path
    """Its interpreter."""
    identity: KernelIdentity
    """What is really installed in it."""
    made: bool = False
    """Whether it had to be made just now."""


class Recipe(msgspec.Struct, frozen=True):
    """What the environment of a device class is made from, wherever that is done."""

    lock: str
    """The lock's name; empty where an interpreter is used as it is."""
    text: str
    """The lock's text; empty where an interpreter is used as it is."""
    python: str
    """Minor version, such as `3.11`."""
    interpreter: str = ""
    """The interpreter to use as it is: its name, or its path; empty where there is a lock."""
    distributions: tuple[str, ...] = ()
    """`name==version` of what that interpreter has to have."""

    @property
    def identity(self) -> KernelIdentity:
        """What results depend on."""
        if not self.lock:
            return KernelIdentity(
                python=self.python, distributions=self.distributions, source=self.interpreter
            )
        pins = distributions.pins(self.text, self.lock, self.python)
        return KernelIdentity(python=self.python, distributions=pins, source=self.lock)

    @property
    def folder(self) -> Path:
        """Where this machine's environment for the lock is, or would be."""
        identity = self.identity
        # A toolchain from before environments had pip takes one that has it for damaged: it makes its own elsewhere.
        made_with = ("with pip", identity.python, sys.platform, platform.machine())
        digest = sha256_lines([*made_with, *identity.distributions])
        return user_cache_path("toolchain-kernels", appauthor=False) / digest[:16]

    @property
    def ready(self) -> bool:
        """Whether the environment is there."""
        return not self.lock or (self.folder / COMPLETE).exists()


def recipe(settings: Settings, device: DeviceClass = DeviceClass.CPU) -> Recipe:
    """Return what the environment is made from: the lock, or the named interpreter with its packages.

    Raises KernelEnvironmentError if there is neither.
    """
    if lock := _lock(settings, device):
        text = read_text(lock, str(lock), KernelEnvironmentError)
        return Recipe(lock=lock.name, text=text, python=settings.toml.kernel.python)
    python = _named_interpreter(settings)
    try:
        installed = distributions.read(python)
    except KernelEnvironmentError as error:
        raise KernelEnvironmentError(
            f"{BOOK_TOML}: {INTERPRETER}: {error.message}", remedy=error.remedy
        ) from error
    return Recipe(
        lock="",
        text="",
        python=installed.python,
        interpreter=str(python),
        distributions=installed.distributions,
    )


def identity(settings: Settings, device: DeviceClass = DeviceClass.CPU) -> KernelIdentity:
    """Return what results depend on, without making the environment: the lock, or the named interpreter's packages.

    Raises KernelEnvironmentError if there is neither, or if a line of the lock pins nothing.
    """
    return recipe(settings, device).identity


def known_identity(settings: Settings, device: DeviceClass) -> KernelIdentity | None:
    """Return the same if it is known without solving a lock; None if nothing says it: then no result can be said to fit."""
    from toolchain.environment import requested  # noqa: PLC0415 - slow to import, and most projects have a lock

    try:
        asked = settings.layout.requirements and not settings.toml.kernel.interpreter
        return None if asked and not requested.is_solved(settings) else identity(settings, device)
    except KernelEnvironmentError:
        return None


def environment(settings: Settings, device: DeviceClass = DeviceClass.CPU) -> KernelEnvironment:
    """Return the environment that notebooks of a device class run in; make it from its lock if it is not there yet.

    Raises KernelEnvironmentError if it cannot be made or differs from its lock: no result of it would be what its
    key says.
    """
    return environment_of(recipe(settings, device))


def environment_of(recipe: Recipe, existing: Path | None = None) -> KernelEnvironment:
    """Return the environment of a recipe; make it from its lock if it is not there yet.

    An `existing` interpreter is used as it is, in place of one made from the lock.

    Raises KernelEnvironmentError if it cannot be made, or if it differs from the recipe.
    """
    if existing or not recipe.lock:
        python = existing or Path(recipe.interpreter)
        installed = distributions.require_kernel(python)
        differences = (
            distributions.differences(recipe.text, recipe.python, python)
            if recipe.lock
            else distributions.compare(recipe.identity, installed, "the project's interpreter")
        )
        if differences:
            raise KernelEnvironmentError(
                f"{python}: differs from what notebooks are to run in:\n"
                + distributions.as_lines(differences),
                remedy="Install what the lock says, or let the environment be made from the lock."
                if recipe.lock
                else "Start the worker with --python and an interpreter that has the same, or give the book a lock.",
            )
        return KernelEnvironment(python=python, identity=installed)
    folder = recipe.folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KernelEnvironmentError(
            f"{folder.parent}: cannot be made: {error.strerror}",
            remedy="Make room for it, or name another place for caches with XDG_CACHE_HOME.",
        ) from error
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    new = False
    from filelock import FileLock  # noqa: PLC0415 - slow to import, and a plan makes nothing

    if not recipe.ready:  # what is ready may be where nothing can be written, not even a lock
        with FileLock(lock_of(folder)):
            new = not recipe.ready
            if new:
                making.make(folder, python, lock=recipe.lock, text=recipe.text, version=recipe.python)
    locked = recipe.identity
    installed = distributions.without_installers(distributions.read(python), locked)
    _refuse_difference(locked, installed, folder, recipe.lock)
    return KernelEnvironment(python=python, identity=installed, made=new)


def describe(settings: Settings) -> str:
    """Say in a line where the environment is, or what it would be made from; make nothing."""
    try:
        if not has_lock(settings):
            return str(_named_interpreter(settings))
        made_from = recipe(settings)
    except KernelEnvironmentError as error:
        return error.message
    return f"{made_from.folder} ({'ready' if made_from.ready else 'not made yet'})"


def has_lock(settings: Settings) -> bool:
    """Say whether the environment is made from a lock, and not an interpreter that is used as it is."""
    return _lock(settings, DeviceClass.CPU) is not None


def remove(settings: Settings) -> None:
    """Remove the environment, so that the next call makes it anew; an interpreter that is used as it is stays."""
    if has_lock(settings):
        shutil.rmtree(recipe(settings).folder, ignore_errors=True)


def lock(settings: Settings) -> list[Path]:
    """Solve every *.in of the kernel's folder into the .lock beside it, cpu first; the others follow its versions.

    environment.yml, for people who use conda, is written from cpu.lock. Returns the paths of the locks, and its own.

    Raises KernelEnvironmentError if there is nothing to solve or no solution.
    """
    folder = settings.kernel_folder
    sources = sorted(folder.glob("*.in"), key=lambda path: (path.stem != "cpu", path.stem))
    if not sources:
        raise KernelEnvironmentError(
            f"{folder}: has no cpu.in", remedy="List in it what the notebooks import."
        )
    locks: list[Path] = []
    for source in sources:
        target = source.with_suffix(".lock")
        command = [
            "pip",
            "compile",
            "--quiet",
            "--upgrade",
            "--generate-hashes",
            "--no-header",
            "--no-annotate",
        ]
        command += ["--python-version", settings.toml.kernel.python]
        command += ["--constraint", str(locks[0])] if locks else []
        making.run_uv(
            *command,
            str(source),
            "--output-file",
            str(target),
            problem=f"{' and '.join(path.name for path in settings.requirements) or source.name}: cannot be solved",
            place=folder,
        )
        locks.append(target)
    conda = folder / CONDA
    python = settings.toml.kernel.python
    pins = distributions.pins(
        read_text(locks[0], str(locks[0]), KernelEnvironmentError), str(locks[0]), python
    )
    lines = "\n".join(f"      - {pin}" for pin in pins)
    text = CONDA_TEXT.format(slug=settings.book.slug, python=python, pins=lines)
    write_atomically(conda, text.encode())
    return [*locks, conda]


def _lock(settings: Settings, device: DeviceClass) -> Path | None:
    """Return the lock of a device class; None for a project without locks.

    Raises KernelEnvironmentError if the project has the CPU's only and the GPU's is asked for.
    """
    if settings.layout.requirements and not settings.toml.kernel.interpreter:
        from toolchain.environment import requested  # noqa: PLC0415 - slow to import, and most projects have a lock

        if requested.write(settings):
            lock(settings)
    cpu, path = (settings.kernel_folder / f"{name}.lock" for name in (DeviceClass.CPU, device))
    if path.is_file():
        return path
    if cpu.is_file():
        raise KernelEnvironmentError(
            f"{path}: no such file, and a notebook declares that it needs a GPU",
            remedy=f"Write {path.stem}.in and run `toolchain kernel --lock`.",
        )
    return None


def _named_interpreter(settings: Settings) -> Path:
    name = settings.toml.kernel.interpreter
    if not name:
        raise KernelEnvironmentError(
            f"{settings.kernel_folder / DeviceClass.CPU}.lock: no such file, and {BOOK_TOML} names "
            "no interpreter",
            remedy="Write cpu.in and run `toolchain kernel --lock`, or set `interpreter` in [kernel].",
        )
    program = shutil.which(settings.project / name if os.sep in name else name)
    if program is None:
        raise KernelEnvironmentError(
            f"{BOOK_TOML}: {INTERPRETER}: {name!r} is not on this machine",
            remedy="Install it or name another one.",
        )
    # What is on PATH may be a launcher that chooses among several; ask which one it chose.
    command = [program, "-I", "-c", "import sys; print(sys.executable)"]
    try:
        answer = programs.run(command, limit=distributions.ANSWER_SECONDS).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        answer = ""  # it will be asked once more, and what is wrong will be told
    return Path(answer if os.path.isabs(answer) and is_file(Path(answer)) else program)  # noqa: PTH117


def _refuse_difference(locked: KernelIdentity, installed: KernelIdentity, folder: Path, lock: str) -> None:
    if differences := distributions.compare(locked, installed, lock):
        raise KernelEnvironmentError(
            f"{folder}: the notebooks' environment differs from its lock:\n"
            + distributions.as_lines(differences),
            remedy="Make it anew with `toolchain kernel --remake`; nothing was run.",
        )
