"""What this machine lacks for a build, and the one command that mends it."""

import itertools
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from toolchain.base import units
from toolchain.base.errors import MissingProgramError
from toolchain.environment import typesetting
from toolchain.environment.requirements import BUBBLEWRAP, Requirement
from toolchain.model import Gpu
from toolchain.processes import closed_room, hardware, programs
from toolchain.project.settings import Settings

Purposes = Mapping[str, tuple[Requirement, ...]]
"""What has to be there, by what it is for: the name of a form, EXECUTE or TESTS."""
EXECUTE, TESTS = "execute", "tests"
OF_THE_TESTS = (
    # What Sphinx's own Makefile would call: it has to make the same PDF of our LaTeX.
    Requirement("latexmk", "latexmk"),
    # A book without their characters needs no font for Chinese and Japanese; in others PDF002 asks for it.
    Requirement("Droid Sans Fallback", "fonts-droid-fallback", font="DroidSansFallbackFull.ttf"),
    Requirement("pdftotext", "poppler-utils"),
    Requirement("chromium", "chromium"),
    # The validator of HTML runs in it.
    Requirement("java", "default-jre-headless"),
    Requirement("ip", "iproute2"),
    Requirement("locale-gen", "locales"),
    Requirement("sshd", "openssh-server", server=True),
    Requirement("slurmctld", "slurm-wlm", server=True),
)
SYSTEMD = Path("/run/systemd/system")
APT = ["apt-get", "install", "--yes", "--no-install-recommends"]


def to_execute(settings: Settings) -> Purposes:
    """Return what running the book's notebooks needs of the system."""
    return {EXECUTE: _shared_libraries(settings.toml.kernel.libraries)}


def to_test() -> Purposes:
    """Return what the toolchain's own tests need of the system, besides what the forms need."""
    servers = _is_root() and not SYSTEMD.is_dir()
    return {TESTS: tuple(requirement for requirement in OF_THE_TESTS if servers or not requirement.server)}


def missing(purposes: Purposes) -> dict[str, tuple[Requirement, ...]]:
    """Return what this machine lacks, by what it is for; a purpose that lacks nothing is not in it."""
    is_missing = cache(Requirement.missing)
    lacking = {
        purpose: tuple(wanted for wanted in requirements if not wanted.optional and is_missing(wanted))
        for purpose, requirements in purposes.items()
    }
    return {purpose: requirements for purpose, requirements in lacking.items() if requirements}


def recommended(purposes: Purposes) -> tuple[Requirement, ...]:
    """Return what would be better to have, and is not there."""
    linux = sys.platform == "linux"
    return tuple(wanted for wanted in all_of(purposes) if linux and wanted.optional and wanted.missing())


def all_of(purposes: Purposes) -> tuple[Requirement, ...]:
    """Return what is required for any of these purposes, once each."""
    return tuple(dict.fromkeys(itertools.chain.from_iterable(purposes.values())))


def missing_libraries(packages: Mapping[str, str]) -> tuple[Requirement, ...]:
    """Return those of some shared libraries that this machine lacks; `packages` are Debian's, by a library's name."""
    return tuple(library for library in _shared_libraries(packages) if library.missing())


def require(purposes: Purposes) -> None:
    """Raise MissingProgramError naming everything that is missing for these purposes and how to get it."""
    lacking = missing(purposes)
    if not lacking:
        return
    requirements = all_of(lacking)
    names = ", ".join(requirement.name for requirement in requirements)
    others = "" if EXECUTE in purposes else " ".join(sorted(purposes.keys() - lacking.keys()))
    remedy = command(requirements)
    remedy += f"\nOr build the other forms: toolchain build {others}" if others else ""
    purpose = "to run notebooks" if EXECUTE in lacking else f"for {', '.join(sorted(lacking))}"
    raise MissingProgramError(f"{purpose} this machine lacks {names}", remedy=remedy)


def command(requirements: tuple[Requirement, ...]) -> str:
    """Return the one command that installs these."""
    packages = " ".join(sorted({requirement.package for requirement in requirements}))
    if shutil.which("apt-get"):
        prefix = "" if _is_root() else "sudo "
        return f"{prefix}apt-get update && {prefix}{' '.join(APT)} {packages}"
    if sys.platform == "darwin":
        return "brew install --cask mactex-no-gui && brew install librsvg poppler && brew install --cask font-dejavu"
    return f"Install with this system's package manager what Debian calls: {packages}"


def missing_error(requirements: tuple[Requirement, ...]) -> MissingProgramError:
    """Return the error that names what is missing, and the command that installs it."""
    names = ", ".join(requirement.name for requirement in requirements)
    return MissingProgramError(f"this machine lacks {names}", remedy=command(requirements))


def install(requirements: tuple[Requirement, ...]) -> None:
    """Install with apt-get. Raises MissingProgramError, with its last words, if that fails."""
    packages = sorted({requirement.package for requirement in requirements})
    for arguments in (["apt-get", "update", "--quiet=2"], [*APT, "--quiet=2", *packages]):
        result = programs.run(arguments, variables={"DEBIAN_FRONTEND": "noninteractive"})
        if result.returncode:
            tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-5:])
            raise MissingProgramError(
                f"{' '.join(arguments[:2])} failed:\n{tail}", remedy=command(requirements)
            )


def may_install() -> bool:
    """Say whether we could install system packages here at all."""
    return _is_root() and shutil.which("apt-get") is not None


def cost(requirements: tuple[Requirement, ...]) -> str:
    """Return how many packages apt-get would install, in words; TeX Live takes about 1 GB of disk."""
    packages = sorted({requirement.package for requirement in requirements})
    result = programs.run([*APT, "--dry-run", "--no-download", *packages])
    number = sum(line.startswith("Inst ") for line in result.stdout.splitlines())
    return f"{units.count(number, 'package')}, up to 1 GB of disk"


def diagnose(settings: Settings) -> list[tuple[str, str]]:
    """Return facts about this machine that matter to a build, each with its name."""
    cores, free = settings.jobs, shutil.disk_usage(settings.project).free
    return [
        ("Python", f"{platform.python_version()} ({sys.executable})"),
        ("system", f"{platform.system()} {platform.machine()}"),
        ("cores", str(cores)),
        ("free disk", f"{free / 1e9:.0f} GB"),
        ("GPU", _gpus(settings)),
        ("closed room", _closed_room()),
    ]


def gpus(settings: Settings) -> tuple[Gpu, ...]:
    """Return the GPUs that this book's notebooks can be computed on here."""
    return hardware.usable(hardware.gpus(), settings.toml.kernel.compute_capabilities)


def _shared_libraries(packages: Mapping[str, str]) -> tuple[Requirement, ...]:
    return tuple(Requirement(name, package, library=name) for name, package in packages.items())


def _gpus(settings: Settings) -> str:
    """Name the GPUs and say which of them the notebooks' packages cannot use."""
    present, usable = hardware.gpus(), gpus(settings)
    return (
        "; ".join(
            f"{gpu.id}: {gpu.name}" + ("" if gpu in usable else f" ({_no_code_for(gpu, settings)})")
            for gpu in present
        )
        or "none; notebooks that declare one are not run here"
    )


def _closed_room() -> str:
    """Say what keeps TeX's programs in, and how to have something better."""
    kind, best = typesetting.kind(), closed_room.KINDS[0]
    said = f"{kind.name}: TeX's programs have {kind.keeps}"
    if kind is best or sys.platform != "linux":
        return said
    if shutil.which(BUBBLEWRAP.name):
        return f"{said}. {best.name} would keep them in better, but this system does not let it work"
    return f"{said}. {best.name} would keep them in better: {command((BUBBLEWRAP,))}"


def _no_code_for(gpu: Gpu, settings: Settings) -> str:
    capabilities = ", ".join(settings.toml.kernel.compute_capabilities)
    return f"not used: it has compute capability {gpu.capability}, the packages of gpu.lock have code for {capabilities}"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
