"""Reads the kernel's locks: what they pin, and in words what a book was tested with."""

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from toolchain.base.decoding import read_text
from toolchain.base.errors import KernelEnvironmentError
from toolchain.model import DeviceClass

REMEDY = "Make the lock with `toolchain kernel --lock`."
VERSION = r"\d+(?:\.\d+)*(?:(?:a|b|rc|\.post|\.dev)\d+)?"
PLAIN = re.compile(
    rf"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?P<versions>(?:[<>=]=|[<>]){VERSION}(?:,(?:[<>=]=|[<>]){VERSION})*)?",
    re.ASCII,
)
"""Nearly all that a lock has, and what it is solved from: packages with versions, for any Python.

All else, and what is wrong, the library `packaging` reads: it is slow to import.
"""
SEPARATORS = re.compile(r"[-_.]+")


class Versions(Struct, frozen=True):
    """What a book's notebooks run with, as its locks say; empty of a project without any."""

    cpu: str = ""
    """Python and the packages that cpu.in asks for, such as `Python 3.11, numpy 1.23.5`."""
    gpu: str = ""
    """The packages of gpu.in that the CPU does not have, or has in another version."""


class Asked(Struct, frozen=True):
    """What a line asks for."""

    name: str
    """As all spellings of it are compared."""
    versions: tuple[str, ...] = ()
    """That it may have, such as `==1.9.1`."""
    marker: str = ""
    """Where it is asked for; everywhere if empty."""

    def counts(self, python: str) -> bool:
        """Say whether it is asked for by a minor version of Python."""
        if not self.marker:
            return True
        from packaging.markers import Marker  # noqa: PLC0415 - as below

        return Marker(self.marker).evaluate({"python_version": python})


def canonical(name: str) -> str:
    """Return the name of a distribution as all its spellings are compared, which PEP 503 says."""
    return SEPARATORS.sub("-", name).lower()


def _asked(line: str) -> Asked:
    """Return what a line asks for. Raises ValueError if it is no requirement."""
    if plain := PLAIN.fullmatch(line):
        return Asked(canonical(plain["name"]), tuple(filter(None, (plain["versions"] or "").split(","))))
    from packaging.requirements import Requirement  # noqa: PLC0415 - slow to import

    requirement = Requirement(line)
    marker = str(requirement.marker or "")
    return Asked(canonical(requirement.name), tuple(map(str, requirement.specifier)), marker)


def versions(folder: Path, python: str) -> Versions:
    """Return the versions that a folder's locks have of what its *.in ask for, in the order in which they ask.

    Raises KernelEnvironmentError if a line of a lock pins nothing.
    """
    if not (folder / f"{DeviceClass.CPU}.lock").is_file():
        return Versions()
    on_cpu, on_gpu = (_asked_for(folder, device) for device in (DeviceClass.CPU, DeviceClass.GPU))
    return Versions(
        cpu=", ".join((f"Python {python}", *on_cpu)),
        gpu=", ".join(package for package in on_gpu if package not in on_cpu),
    )


def _asked_for(folder: Path, device: DeviceClass) -> list[str]:
    """Return `name version` of each package that a device's *.in names."""
    source, lock = folder / f"{device}.in", folder / f"{device}.lock"
    if not (source.is_file() and lock.is_file()):
        return []
    pins = {asked.name: version for asked, version in pinned(lock)}
    names = [asked.name for asked in _requirements(source)]
    return [f"{name} {pins[name]}" for name in dict.fromkeys(names) if name in pins]


def _requirements(source: Path) -> Iterator[Asked]:
    """Yield what a *.in asks for; other lines are options of the solver."""
    for line in read_text(source, str(source), KernelEnvironmentError).splitlines():
        try:
            yield _asked(line.partition("#")[0].strip())
        except ValueError:
            continue


def pinned(lock: Path) -> Iterator[tuple[Asked, str]]:
    """Yield each line of a lock with the version that it pins; hashes and comments do not count.

    Raises KernelEnvironmentError if a line pins nothing.
    """
    return pinned_in(read_text(lock, str(lock), KernelEnvironmentError), str(lock))


def pinned_in(text: str, lock: str) -> Iterator[tuple[Asked, str]]:
    """Yield each line of a lock's text with the version that it pins; hashes and comments do not count.

    Raises KernelEnvironmentError if a line pins nothing; its message calls the lock `lock`.
    """
    for line in text.replace("\\\n", " ").splitlines():
        pin = line.partition("#")[0].partition(" --hash")[0].strip()
        if not pin:
            continue
        try:
            asked = _asked(pin)
        except ValueError as error:
            reason = str(error).partition("\n")[0]
            raise KernelEnvironmentError(
                f"{lock}: {pin!r} is no requirement: {reason}", remedy=REMEDY
            ) from error
        if len(asked.versions) != 1 or not asked.versions[0].startswith("==") or asked.versions[0][2] == "=":
            raise KernelEnvironmentError(f"{lock}: {pin!r} pins no version", remedy=REMEDY)
        yield asked, asked.versions[0].removeprefix("==")
