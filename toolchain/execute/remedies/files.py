"""A file that a cell did not find: it is in the project and not in the notebook's copy of it, elsewhere, or named otherwise."""

import ast
import posixpath
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from toolchain.base.files import NO_SOURCES
from toolchain.execute.remedies import declared
from toolchain.execute.remedies.case import Case

QUOTED = re.compile(r"[\"'`\u201c\u2018](?P<name>[^\"'`\u201c\u201d\u2018\u2019\n]{1,300})[\"'`\u201d\u2019]")
BARE = re.compile(r"(?<![\w./-])(?P<name>(?:[\w.~-]*/)?[\w./ -]*[\w-]\.\w{1,8})\b")
SCRATCH = re.compile(r"^.*?/project/")
"""Begins the path of a file in the notebook's copy, which lies in a folder for temporary files."""
NOT_FOUND = re.compile(
    r"No such file|not found|does not exist|doesn't exist|cannot (?:open|find|read)|can't (?:open|find|read)|could not open"
    r"|failed to open|unable to open|no file|NoneType|!_src\.empty",
    re.IGNORECASE,
)
"""What libraries say of a file that is not there; what a reader of images gives then is None."""
WRITES = re.compile(r"savefig|\bto_\w+\(|\.save\w*\(|\bdump\(|write|open\([^)]*[\"'][wxa]b?\+?[\"']")


def remedy(case: Case) -> str:
    """Return what to do for a file to be found; empty if that is not the matter."""
    if case.exception not in ("FileNotFoundError", "NotADirectoryError") and not NOT_FOUND.search(case.said):
        return ""
    names = list(dict.fromkeys(_names(case)))
    for name in names:
        if said := _of_project(name, case):
            return said
    return _of_nothing(names, case) if case.exception == "FileNotFoundError" else ""


def _names(case: Case) -> Iterator[str]:
    """Yield what may be the name of the file: as the error has it, else as was asked for in vain, or as the code has it."""
    said = [match["name"].strip() for pattern in (QUOTED, BARE) for match in pattern.finditer(case.said)]
    said = [name for name in said if "/" in name or posixpath.splitext(name)[1]]
    yield from said
    if not said:
        asked = (path for path in case.absent if posixpath.basename(path.rstrip("/")) in case.source)
        yield from (posixpath.relpath(f"/{path}", f"/{case.folder}") for path in asked)
        yield from _literals(case.source)


def _literals(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with commands of IPython, say
        yield from (match["name"] for match in QUOTED.finditer(source))
        return
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    yield from (text for text in texts if isinstance(text, str) and text and "\n" not in text)


def _of_project(name: str, case: Case) -> str:
    """Say how a notebook finds what the project has under a name, or under one that is nearly the same."""
    written = SCRATCH.sub(lambda _: posixpath.relpath("/", f"/{case.folder}") + "/", name)
    if "://" in name or not name.strip("./") or written.startswith(("/", "~")):
        return ""
    place = posixpath.normpath(posixpath.join(case.folder, written))
    if place.startswith("../"):
        return _outside(name, case)
    if _is_there(place, case.visible):
        return ""
    if not NO_SOURCES.isdisjoint(PurePosixPath(place).parts):
        return f"{place} is nothing that a notebook can depend on: keep what it needs in {case.kept}, and read it there."
    if _is_there(place, case.files):
        return f"{place} is in the project, and not among what this notebook sees: write {declared.data(case, place)}."
    is_word = "." not in posixpath.basename(place) and "/" not in written
    return "" if is_word else _elsewhere(written, place, case)


def _is_there(place: str, files: frozenset[str]) -> bool:
    return place in files or any(file.startswith(f"{place}/") for file in files)


def _elsewhere(written: str, place: str, case: Case) -> str:
    """Name the one file that must be meant: with other capital letters, or in another folder."""
    same = [path for path in case.files if path.lower() == place.lower()]
    tail = "/" + posixpath.normpath(written).lstrip("./").lower()
    found = same or [path for path in case.files if f"/{path}".lower().endswith(tail)]
    if not found:
        tail = f"/{posixpath.basename(place)}".lower()
        found = [path for path in case.files if f"/{path}".lower().endswith(tail)]
    if len(found) != 1:
        return ""
    right = posixpath.relpath(found[0], case.folder)
    why = "capital letters count" if same else "paths begin at the page's folder"
    also = "" if found[0] in case.visible else f", and {declared.data(case, found[0])}"
    return f"The project has {found[0]}, and {why}: write `{right}`{also}."


def _outside(name: str, case: Case) -> str:
    if not (case.project / case.folder / name).exists():
        return ""
    return f"{name} is outside the project, where nobody else has it: put it into {case.kept}, and read it there."


def _of_nothing(names: list[str], case: Case) -> str:
    """Say what a notebook sees, of a file that the project does not have."""
    name = next((name for name in names if name.strip("./") and "://" not in name), "")
    if not name:
        return ""
    if name.startswith(("/", "~")) and not SCRATCH.match(name):
        return f"{name} is a path of one machine: put the file into {case.kept}, and name it from the page's folder."
    folder = posixpath.dirname(name)
    if folder and WRITES.search(case.source):
        return f'The folder is not there: begin with `import os; os.makedirs("{folder}", exist_ok=True)`.'
    right = posixpath.relpath(
        f"{case.settings.layout.data or case.folder or '.'}/{posixpath.basename(name)}", case.folder or "."
    )
    return f"The project has no such file: put it into {case.kept}, and read it as `{right}`."
