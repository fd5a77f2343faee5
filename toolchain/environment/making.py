"""An environment is made from its lock by uv; and those go that were never finished, since their maker was killed."""

import json
import platform
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from toolchain.base import refusals
from toolchain.base.errors import KernelEnvironmentError, UnwritableError
from toolchain.base.files import write_atomically
from toolchain.processes import programs

# What is slow to import stands where it is needed: a plan only asks which environment there would be.

COMPLETE = "toolchain-kernel.json"
"""File of an environment that is finished; it is written last."""


def lock_of(environment: Path) -> Path:
    """Return the file that is locked while an environment is made."""
    return environment.with_suffix(".lock")


def requirements_of(environment: Path) -> Path:
    """Return the file that an environment is installed from, beside it: another machine's lock is no file here."""
    return environment.with_suffix(".txt")


def sweep(environments: Path) -> None:
    """Remove the environments in a folder that are not finished, and that nobody is making."""
    from filelock import FileLock, Timeout  # noqa: PLC0415 - as said

    for path in environments.iterdir():
        if path.is_dir() and not (path / COMPLETE).exists():
            with suppress(OSError, Timeout), FileLock(lock_of(path), timeout=0):
                if not (path / COMPLETE).exists():
                    shutil.rmtree(path, ignore_errors=True)
                    requirements_of(path).unlink(missing_ok=True)


def make(folder: Path, python: Path, *, lock: str, text: str, version: str) -> None:
    """Make an environment of a version of Python and what the `text` of a lock says, and pip; `python` is its interpreter.

    Raises KernelEnvironmentError if that cannot be done, UnwritableError if nothing can be written there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    sweep(folder.parent)
    problem = f"no Python {version} for the notebooks"
    run_uv("venv", "--quiet", "--python", version, str(folder), problem=problem, place=folder.parent)
    requirements = requirements_of(folder)
    write_atomically(requirements, text.encode())
    install = ["pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
    install += ["--requirements", str(requirements)]
    if "--hash=" in text:
        install.append("--require-hashes")
    try:
        problem = f"{lock}: cannot be installed on {sys.platform} {platform.machine()}"
        run_uv(*install, problem=problem, place=folder.parent)
    finally:
        requirements.unlink(missing_ok=True)
    if not (python.parent / "pip").exists():
        _add_pip(python)
    write_atomically(folder / COMPLETE, json.dumps({"lock": lock}).encode())


def _add_pip(python: Path) -> None:
    """Give an environment pip: the one that its Python carries for that, or else, as on Debian, the index's.

    Where neither can be had, cells that call pip get another one of the search path: it asks the notebook's interpreter, too.
    """
    import uv  # noqa: PLC0415 - as said

    answer = programs.run([python, "-I", "-c", "import ensurepip; print(ensurepip.__path__[0])"])
    carried = Path(answer.stdout.strip(), "_bundled")
    install = [
        uv.find_uv_bin(),
        "pip",
        "install",
        "--quiet",
        "--compile-bytecode",
        "--python",
        str(python),
        "pip",
    ]
    if (
        not carried.is_dir()
        or programs.run([*install, "--no-index", "--find-links", str(carried)]).returncode
    ):
        programs.run(install)


def run_uv(*arguments: str, problem: str, place: Path) -> None:
    """Run uv, which writes below `place`; `problem` is what it means that it fails.

    Raises KernelEnvironmentError if it does, UnwritableError if nothing can be written there.
    """
    import uv  # noqa: PLC0415 - as said

    result = programs.run([uv.find_uv_bin(), *arguments])
    if result.returncode:
        if refused := refusals.refusal_in(place, result.stderr):
            raise UnwritableError(refused, place)
        raise KernelEnvironmentError(
            f"{problem}\n{result.stderr.strip()}", remedy="`toolchain doctor` looks further."
        )
