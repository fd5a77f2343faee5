"""What notebooks import and their environment does not have, found before any of them runs."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from toolchain.base.errors import KernelEnvironmentError
from toolchain.environment import distributions
from toolchain.execute.remedies.import_names import DISTRIBUTIONS
from toolchain.model import Document
from toolchain.processes import programs
from toolchain.sources import installs
from toolchain.sources.notebook_files import NotebookFiles

IMPORT = re.compile(
    r"^(?:import|from)[ \t]+(?P<names>[\w.]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[\w.]+)*)", re.MULTILINE
)
"""At the beginning of a line: what stands deeper may be tried, or be for another machine."""
PYTHON = ("", "python", "ipython", "python3")
FIND = """
import importlib.util, json, sys
def is_there(name):
    try:
        return name in sys.builtin_module_names or importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
print(json.dumps([name for name in json.loads(sys.argv[1]) if not is_there(name)]))
"""


def require(documents: Iterable[Document], python: Path, project: Path, wanted: str) -> None:
    """Raise KernelEnvironmentError with every module that notebooks import and an interpreter lacks; `wanted` names a file for it."""
    places: dict[str, list[str]] = {}
    for document in documents:
        own = _own_modules(document, project)
        for name, place in _imports(document):
            if name not in own:
                places.setdefault(name, []).append(place)
    missing = _missing(sorted(places), python)
    if missing:
        said = (f"{places[name][0]}: {name} is not in the notebooks' environment" for name in missing)
        packages = " ".join(DISTRIBUTIONS.get(name, name.replace("_", "-")) for name in missing)
        raise KernelEnvironmentError(
            "\n".join(said), remedy=f"Add to {wanted}, a line each: {packages}. Nothing was run."
        )


def _imports(document: Document) -> list[tuple[str, str]]:
    """Return the modules that a notebook of Python imports, each with its place."""
    if document.language.lower() not in PYTHON or any(
        any(installs.in_cell(cell, document.language)) for cell in document.cells
    ):
        return []  # what it lacks it may bring itself
    found = []
    for cell in document.cells:
        place = f"{document.path}:{cell.line}" if cell.line else f"{document.path}: cell {cell.number}"
        if cell.source.startswith("%%") or "raises-exception" in cell.tags or "skip-execution" in cell.tags:
            continue
        for match in IMPORT.finditer(cell.source):
            names = (name.split()[0] for name in match["names"].split(","))
            found += [(name.partition(".")[0], place) for name in names if not name.startswith(".")]
    return [(name, place) for name, place in found if name]


def _own_modules(document: Document, project: Path) -> set[str]:
    """Return the modules that lie around a notebook, or that it may make importable."""
    paths = map(PurePosixPath, NotebookFiles(document, project).paths)
    return {part for path in paths if path.suffix == ".py" for part in (path.stem, *path.parts[:-1])}


def _missing(names: list[str], python: Path) -> list[str]:
    if not names:
        return []
    command = [str(python), "-I", "-c", FIND, json.dumps(names)]
    try:
        answer = programs.run(command, limit=distributions.ANSWER_SECONDS).stdout
        found = json.loads(answer)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return []  # what is missing will fail, and be told then
    return [name for name in names if name in found]
