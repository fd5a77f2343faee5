"""What an interpreter has installed, and how that differs from a lock."""

import subprocess
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.decoding import decode_json
from toolchain.base.errors import KernelEnvironmentError
from toolchain.environment.locks import canonical, pinned_in
from toolchain.model import KernelIdentity
from toolchain.processes import programs

INSTALLERS = frozenset({"pip", "setuptools", "uv", "wheel"})
ANSWER_SECONDS = 120
"""Far longer than any interpreter takes on a cold disk; another program may never answer."""
MOST = 10
"""An environment can differ from a lock in every package; so many differences are named."""
SCRIPT = """
import json, sys
from importlib.metadata import distributions
names = {(d.metadata["Name"], d.version) for d in distributions() if d.metadata["Name"] and d.version}
print(json.dumps({"python": "%d.%d" % sys.version_info[:2], "distributions": sorted(names)}))
"""


class _Answer(Struct, frozen=True):
    """What SCRIPT prints."""

    python: str
    distributions: tuple[tuple[str, str], ...]


def read(python: Path) -> KernelIdentity:
    """Ask an interpreter for its own distributions; -I keeps this process's paths out of the answer.

    Raises KernelEnvironmentError if it does not start.
    """
    try:
        result = programs.run([python, "-I", "-c", SCRIPT], limit=ANSWER_SECONDS)
        problem = (result.stderr.strip() or f"exit code {result.returncode}") if result.returncode else ""
    except subprocess.TimeoutExpired:
        problem = f"it has said nothing for {ANSWER_SECONDS} s"
    except OSError as error:
        problem = str(error)
    if problem:
        raise KernelEnvironmentError(
            f"{python}: does not start: {problem.splitlines()[-1]}",
            remedy="Make it anew with `toolchain kernel --remake`, or name another interpreter.",
        )
    answer = decode_json(result.stdout, _Answer)
    if answer is None:
        raise KernelEnvironmentError(
            f"{python}: is no Python: it was asked what is installed there, and answered {result.stdout[:60]!r}",
            remedy="Name the interpreter of a virtual environment that has ipykernel.",
        )
    names = sorted(f"{canonical(name)}=={version}" for name, version in answer.distributions)
    return KernelIdentity(python=answer.python, distributions=tuple(names), source=str(python))


def require_kernel(python: Path) -> KernelIdentity:
    """Ask an interpreter that is to run notebooks for its own distributions.

    Raises KernelEnvironmentError if it does not start, or has no ipykernel.
    """
    installed = read(python)
    if not any(pin.startswith("ipykernel==") for pin in installed.distributions):
        raise KernelEnvironmentError(
            f"{python}: has no ipykernel, so it cannot run notebooks",
            remedy="Name the interpreter of a virtual environment that has it, or write a cpu.lock.",
        )
    return installed


def pins(text: str, lock: str, version: str) -> tuple[str, ...]:
    """Return the sorted `name==version` of a lock's text for a Python; hashes, comments and order do not count.

    Raises KernelEnvironmentError if a line pins nothing; its message calls the lock `lock`.
    """
    pinned = pinned_in(text, lock)
    return tuple(sorted(f"{asked.name}=={pin}" for asked, pin in pinned if asked.counts(version)))


def differences(lock: str, version: str, python: Path) -> tuple[str, ...]:
    """Say in words how an existing interpreter differs from the text of a lock and its minor version of Python.

    Without a difference, results computed in it are what their keys say. The programs that installed its packages may
    be there, too: no lock has them.

    Raises KernelEnvironmentError if it cannot run notebooks, or if a line of the lock pins nothing.
    """
    locked = KernelIdentity(python=version, distributions=pins(lock, "the lock", version))
    return compare(locked, without_installers(require_kernel(python), locked), "the lock")


def without_installers(installed: KernelIdentity, locked: KernelIdentity) -> KernelIdentity:
    """Return what is installed, but for the programs that install packages and are in no lock."""
    installers = INSTALLERS.difference(pin.split("==")[0] for pin in locked.distributions)
    kept = tuple(pin for pin in installed.distributions if pin.split("==")[0] not in installers)
    return msgspec.structs.replace(installed, distributions=kept)


def compare(expected: KernelIdentity, installed: KernelIdentity, lock: str) -> tuple[str, ...]:
    """Say in words how what is installed differs from what a lock, which the words call `lock`, expects."""
    differences = (
        [f"Python {installed.python}, not {expected.python}"] if installed.python != expected.python else []
    )
    expected_versions = dict(_name_and_version(pin) for pin in expected.distributions)
    installed_versions = dict(_name_and_version(pin) for pin in installed.distributions)
    for name in sorted(expected_versions.keys() | installed_versions.keys()):
        version, expected_version = installed_versions.get(name), expected_versions.get(name)
        if version != expected_version:
            differences.append(f"{name} {version or 'is missing'}, {expected_version or 'not'} in {lock}")
    return tuple(differences)


def _name_and_version(pin: str) -> tuple[str, str]:
    name, _, version = pin.partition("==")
    return name, version


def as_lines(differences: tuple[str, ...]) -> str:
    """Return the first differences, an indented line each, and how many more there are."""
    others = len(differences) - MOST
    lines = [*differences[:MOST], *([f"and {others} more"] if others > 0 else [])]
    return "\n".join(f"  {line}" for line in lines)
