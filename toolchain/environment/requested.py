"""What notebooks need, where a project says so as for pip or conda: it becomes the list that the kernel's lock is solved from.

Such a project has no lock of its own. The list and its lock lie below `_build`; the lock is solved again when the list changes.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from toolchain.base.decoding import read_text, read_whole
from toolchain.base.errors import KernelEnvironmentError
from toolchain.base.files import is_file, write_atomically
from toolchain.model import DeviceClass
from toolchain.project.settings import Settings

OF_PIP, OF_CONDA = (".txt", ".in"), (".yml", ".yaml")
KERNEL = "ipykernel"
HEADER = "# Written by the toolchain from {}: change it there.\n"
NAME = re.compile(r"^\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?P<rest>.*)$")
INCLUDED = re.compile(r"^\s*(?P<option>-r|--requirement|-c|--constraint)[\s=]+(?P<file>\S+)\s*$")
OPTIONS = re.compile(r"\s+--")
"""Begins what pip is told of a package."""
CONTINUED = "\v"
"""In the place of the end of a line that goes on."""
REMEDY = "Write a package in each line: `numpy`, or `numpy>=1.26`."
BUILDERS = frozenset({"ghp-import", "jupyter-book", "jupyter-book-to-htmlbook"})
"""What makes books, and no notebook imports."""
BROUGHT = ("myst-nb",)
"""What Jupyter Book brings with it, and notebooks import: `glue`."""


def write(settings: Settings) -> bool:
    """Write the list of what notebooks need; say whether its lock is to be solved.

    Raises KernelEnvironmentError if a file that says it cannot be read.
    """
    if is_solved(settings):
        return False
    source, lock = _files(settings)
    source.parent.mkdir(parents=True, exist_ok=True)
    lock.unlink(missing_ok=True)
    write_atomically(source, _list(settings).encode())
    return True


def is_solved(settings: Settings) -> bool:
    """Say whether there is a lock of what notebooks need. Raises KernelEnvironmentError as `write` does."""
    source, lock = _files(settings)
    return _list(settings).encode() == read_whole(source) and lock.is_file()


def _files(settings: Settings) -> tuple[Path, Path]:
    """Return where the list and its lock are."""
    source = settings.kernel_folder / f"{DeviceClass.CPU}.in"
    return source, source.with_suffix(".lock")


def needed(files: Iterable[Path]) -> list[str]:
    """Return what some files ask for, as pip reads it, with the kernel and without what makes books.

    Raises KernelEnvironmentError if a file cannot be read.
    """
    lines = [line for path in files for line in _lines(path)]
    names = {_name(line) for line in lines}
    wanted = [line for line in lines if _name(line) not in BUILDERS]
    brought = BROUGHT if "jupyter-book" in names else ()
    wanted += [name for name in (KERNEL, *brought) if name not in names]
    return list(dict.fromkeys(wanted))


def _list(settings: Settings) -> str:
    files = settings.requirements
    places = " and ".join(path.name for path in files) or "nothing: no file says what the notebooks need"
    return HEADER.format(places) + "\n".join(needed(files)) + "\n"


def _lines(path: Path) -> Iterator[str]:
    """Yield what a file asks for, as pip reads it."""
    try:
        text = read_text(path, path.name, KernelEnvironmentError)
    except FileNotFoundError:
        return
    if path.suffix in OF_CONDA:
        yield from _of_conda(text, path)
        return
    number = 1
    for line in text.replace("\\\n", CONTINUED).split("\n"):
        wanted = re.sub(r"(^|\s)#.*$", "", line.replace(CONTINUED, " ")).strip()
        if problem := _problem(wanted, path):
            raise KernelEnvironmentError(f"{path.name}:{number}: {problem}", remedy=REMEDY)
        number += 1 + line.count(CONTINUED)
        if included := INCLUDED.match(wanted):
            # The list lies elsewhere.
            yield f"{included['option']} {(path.parent / included['file']).resolve()}"
        elif wanted.startswith("."):
            yield str((path.parent / wanted).resolve())
        elif wanted:
            yield wanted


def _problem(wanted: str, path: Path) -> str:
    """Say what is wrong with a line of pip's; empty if nothing is, as far as pip alone can tell."""
    if included := INCLUDED.match(wanted):
        file = included["file"]
        return "" if "://" in file or is_file(path.parent / file) else f"{file}: no such file"
    if not NAME.match(wanted) or "/" in wanted:
        return ""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - slow to import

    try:
        Requirement(OPTIONS.split(wanted)[0])
    except InvalidRequirement:
        return f"{wanted} is no package that pip could install"
    return ""


def _of_conda(text: str, path: Path) -> Iterator[str]:
    """Yield the part of an environment of conda that is pip's."""
    try:
        environment = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise KernelEnvironmentError(f"{place}: is not YAML", remedy="Correct the line named.") from error
    wanted: Any = environment.get("dependencies") if isinstance(environment, dict) else None
    for part in wanted if isinstance(wanted, list) else ():
        of_pip = part.get("pip") if isinstance(part, dict) else None
        yield from (line for line in (of_pip if isinstance(of_pip, list) else ()) if isinstance(line, str))


def _name(line: str) -> str:
    match = NAME.match(line)
    return re.sub(r"[-_.]+", "-", match["name"]).lower() if match else ""
