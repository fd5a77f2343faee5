"""What an interpreter has installed, and how that differs from a lock."""

import json
import subprocess
from pathlib import Path

import msgspec
from packaging.utils import canonicalize_name

from toolchain.base.errors import KernelEnvironmentError
from toolchain.environment.locks import pinned_in
from toolchain.model import KernelIdentity

INSTALLERS = frozenset({"pip", "setuptools", "uv", "wheel"})
MOST = 10
"""An environment can differ from a lock in all that there is; so many differences are named."""
SCRIPT = """
import json, sys
from importlib.metadata import distributions
names = {(d.metadata["Name"], d.version) for d in distributions() if d.metadata["Name"]}
print(json.dumps({"python": "%d.%d" % sys.version_info[:2], "distributions": sorted(names)}))
"""


def read(python: Path) -> KernelIdentity:
    """Ask an interpreter for its own distributions; -I keeps this process's paths out of the answer.

    Raises KernelEnvironmentError if it does not start.
    """
    try:
        result = subprocess.run([python, "-I", "-c", SCRIPT], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise KernelEnvironmentError(
            f"{python}: does not start: {said.strip().splitlines()[-1:]}",
            remedy="Make it anew with `toolchain kernel --remake`, or name another interpreter.",
        ) from error
    answer = json.loads(result.stdout)
    names = sorted(f"{canonicalize_name(name)}=={version}" for name, version in answer["distributions"])
    return KernelIdentity(python=answer["python"], distributions=tuple(names), source=str(python))


def require_kernel(python: Path) -> KernelIdentity:
    """Do the same for an interpreter that is to run notebooks.

    Raises KernelEnvironmentError if it has no ipykernel.
    """
    found = read(python)
    if not any(each.startswith("ipykernel==") for each in found.distributions):
        raise KernelEnvironmentError(
            f"{python}: has no ipykernel, so it cannot run notebooks",
            remedy="Name the interpreter of a virtual environment that has it, or write a cpu.lock.",
        )
    return found


def pins(text: str, lock: str, version: str) -> tuple[str, ...]:
    """Return the sorted `name==version` of a lock's text for a Python; hashes, comments and order do not count.

    Raises KernelEnvironmentError if a line pins nothing; it calls the lock `lock`.
    """
    found = []
    for requirement, pin in pinned_in(text, lock):
        marker = requirement.marker
        if marker is None or marker.evaluate({"python_version": version}):
            found.append(f"{canonicalize_name(requirement.name)}=={pin}")
    return tuple(sorted(found))


def differences(lock: str, version: str, python: Path) -> tuple[str, ...]:
    """Say in words how an existing interpreter differs from the text of a lock and its minor version of Python.

    Where nothing is said, results computed in it are what their keys say. The programs that installed its packages may
    be there, too: no lock has them.

    Raises KernelEnvironmentError if it cannot run notebooks, or if a line of the lock pins nothing.
    """
    wanted = KernelIdentity(python=version, distributions=pins(lock, "the lock", version))
    found = require_kernel(python)
    others = INSTALLERS.difference(each.split("==")[0] for each in wanted.distributions)
    kept = tuple(each for each in found.distributions if each.split("==")[0] not in others)
    return compare(wanted, msgspec.structs.replace(found, distributions=kept), "the lock")


def compare(wanted: KernelIdentity, found: KernelIdentity, lock: str) -> tuple[str, ...]:
    """Say in words how what was found differs from what a lock of this name wants."""
    said = [f"Python {found.python}, not {wanted.python}"] if found.python != wanted.python else []
    expected = dict(each.split("==") for each in wanted.distributions)
    actual = dict(each.split("==") for each in found.distributions)
    for name in sorted(expected.keys() | actual.keys()):
        here, there = actual.get(name), expected.get(name)
        if here != there:
            said.append(f"{name} {here or 'is missing'}, {there or 'not'} in {lock}")
    return tuple(said)


def listed(differences: tuple[str, ...]) -> str:
    """Return differences in lines, as many of them as tell what the matter is."""
    others = len(differences) - MOST
    lines = [*differences[:MOST], *([f"and {others} more"] if others > 0 else [])]
    return "\n".join(f"  {line}" for line in lines)
