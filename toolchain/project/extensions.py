"""Extensions of Sphinx that a book asks for: whether they are there, before anything is run."""

import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from toolchain.base.decoding import read_loosely
from toolchain.base.errors import ConfigError


class Extension(Struct, frozen=True):
    """An extension of Sphinx that a book asks for."""

    module: str
    line: int
    folder: str = ""
    """Where its module is, relative to the project; empty of one that is installed."""


def require(extensions: Iterable[Extension], project: Path, path: str) -> None:
    """Raise ConfigError with all extensions that are not there, and the one command that installs them.

    The file at `path` asks for them.
    """
    missing = [extension for extension in extensions if not is_there(extension, project)]
    if not missing:
        return
    own = [extension for extension in missing if extension.folder]
    packages = [extension.module for extension in missing if not extension.folder]
    said = [
        f"{path}:{extension.line}: the extension {extension.module} is not "
        + (f"in {extension.folder}" if extension.folder else "installed where the toolchain is")
        for extension in missing
    ]
    remedies = [f"{sys.executable} -m pip install {' '.join(map(package, packages))}"] if packages else []
    remedies += ["Correct the folders, which are relative to the book's."] if own else []
    raise ConfigError("\n".join(said), remedy="\n".join(remedies))


def package(module: str) -> str:
    """Return what a package is called that has a module, as the packages of Sphinx's extensions are called."""
    parts = module.split(".")
    return "-".join(parts[:2] if parts[0] == "sphinxcontrib" else parts[:1]).replace("_", "-")


def is_there(extension: Extension, project: Path) -> bool:
    """Say whether a module is installed, or in its folder."""
    if extension.folder:
        place = Path(project, extension.folder, *extension.module.split("."))
        return place.is_dir() or place.with_suffix(".py").is_file()
    parents = list(_parents(extension.module))
    try:
        return all(importlib.util.find_spec(name) is not None for name in parents)
    except (ImportError, ValueError, AttributeError):
        return False


def _parents(module: str) -> Iterator[str]:
    """Yield the packages that a module is in, and the module, from the outermost: to find one imports those before it."""
    parts = module.split(".")
    yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def in_folder(name: str, line: int, folder: str, project: Path) -> Extension:
    """Return an extension that is the book's own if a folder of it has the module, or else one that is installed."""
    own = Extension(name, line, folder)
    return own if is_there(own, project) else Extension(name, line)


def require_named(name: str, project: Path, path: str) -> None:
    """Raise ConfigError if an extension that the file at `path` names is not installed."""
    lines = read_loosely(project / path).splitlines()
    line = next((number for number, text in enumerate(lines, start=1) if name in text), 1)
    require([Extension(name, line)], project, path)
