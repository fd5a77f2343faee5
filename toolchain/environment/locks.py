"""Reads the kernel's locks: what they pin, and in words what a book was tested with."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from toolchain.base.decoding import read_text
from toolchain.base.errors import KernelEnvironmentError
from toolchain.model import DeviceClass

REMEDY = "Make the lock with `toolchain kernel --lock`."


class Versions(Struct, frozen=True):
    """What a book's notebooks run with, as its locks say; empty of a project without any."""

    cpu: str = ""
    """Python and the packages that cpu.in asks for, such as `Python 3.11, numpy 1.23.5`."""
    gpu: str = ""
    """The packages of gpu.in that the CPU does not have, or has in another version."""


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
    pins = {canonicalize_name(requirement.name): version for requirement, version in pinned(lock)}
    names = [canonicalize_name(requirement.name) for requirement in _requirements(source)]
    return [f"{name} {pins[name]}" for name in dict.fromkeys(names) if name in pins]


def _requirements(source: Path) -> Iterator[Requirement]:
    """Yield what a *.in asks for; other lines are options of the solver."""
    for line in read_text(source, str(source), KernelEnvironmentError).splitlines():
        try:
            yield Requirement(line.partition("#")[0].strip())
        except InvalidRequirement:
            continue


def pinned(lock: Path) -> Iterator[tuple[Requirement, str]]:
    """Yield each line of a lock with the version that it pins; hashes and comments do not count.

    Raises KernelEnvironmentError if a line pins nothing.
    """
    return pinned_in(read_text(lock, str(lock), KernelEnvironmentError), str(lock))


def pinned_in(text: str, lock: str) -> Iterator[tuple[Requirement, str]]:
    """Yield each line of a lock's text with the version that it pins; hashes and comments do not count.

    Raises KernelEnvironmentError if a line pins nothing; its message calls the lock `lock`.
    """
    for line in text.replace("\\\n", " ").splitlines():
        pin = line.partition("#")[0].partition(" --hash")[0].strip()
        if not pin:
            continue
        try:
            requirement = Requirement(pin)
        except InvalidRequirement as error:
            reason = str(error).partition("\n")[0]
            raise KernelEnvironmentError(
                f"{lock}: {pin!r} is no requirement: {reason}", remedy=REMEDY
            ) from error
        specifiers = list(requirement.specifier)
        if len(specifiers) != 1 or specifiers[0].operator != "==":
            raise KernelEnvironmentError(f"{lock}: {pin!r} pins no version", remedy=REMEDY)
        yield requirement, specifiers[0].version
