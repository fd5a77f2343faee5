"""Which statements of a conf.py are carried as they are: those that do something for Sphinx, with all that they need."""

import ast
import importlib.util
import sys
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet

from toolchain.importing.sphinx.conf import PATH, PLACES, Code, ConfPy

GIVEN = frozenset(
    {
        *("project", "author", "copyright", "language", "extensions", "exclude_patterns", "html_baseurl"),
        *("numfig", "latex_engine", "latex_documents", "bibtex_bibfiles", "nb_execution_mode"),
    }
)
"""Of what book.toml says, what conf.py has before its own code runs."""
PROGRAMS = frozenset({"subprocess", "os.system", "os.popen", "shutil", "urllib", "requests", "socket"})
"""What runs programs, or changes or asks for something else than settings."""
FILES = frozenset(
    {"__file__", "open", "pathlib", "os.path", "os.getcwd", "os.listdir", "os.walk", "glob", "io"}
)
"""What code looks for files with."""
HEAD = """import os  # noqa: E402
from pathlib import Path  # noqa: E402

# What follows finds files as it did where it comes from: beside the pages.
os.chdir(Path(__file__).parents[1] / "book")
__file__ = os.path.abspath("conf.py")
"""
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
WITHOUT = "Write it into _config/conf.py, below `globals().update(…)`, as far as it is needed."


class Carried:
    """The statements that are carried, and of the others why they are not."""

    def __init__(self, conf: ConfPy, moved: Callable[[str], str], is_own: Callable[[str], bool]) -> None:
        """Decide on each: `moved` says what to do instead of setting an option here, if it is one of book.toml's.

        `is_own` says whether a module is in the folder that is imported.
        """
        self._conf, self._moved, self._is_own = conf, moved, is_own
        self.lost: dict[int, tuple[Code, str, str]] = {}
        """By their places in the code, with what is wrong, and what to do."""
        self._lose()
        self.kept = self._needed()

    def _lose(self) -> None:
        code = self._conf.code
        gone = {name for name in self._conf.settings if self._moved(name) and name not in GIVEN}
        while True:
            before = len(self.lost)
            for number, one in enumerate(code):
                if number not in self.lost and (why := self._why_not(one, gone)):
                    self.lost[number] = (one, *why)
                    gone |= {name for name in one.stores if name not in self._conf.settings}
            if len(self.lost) == before:
                return

    def _why_not(self, code: Code, gone: AbstractSet[str]) -> tuple[str, str] | None:
        return next(self._reasons(code, gone), None)

    def _reasons(self, code: Code, gone: AbstractSet[str]) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with a statement, each with what to do."""
        for name in sorted(code.stores):
            if remedy := self._moved(name):
                yield f"code that sets `{name}`", remedy
            if name in PLACES:
                yield f"code that sets `{name}`", f"Set it in _config/conf.py, relative to _config. {WITHOUT}"
        if PATH in code.calls:
            yield "code that changes sys.path", "Name the folders in _config/conf.py: `sys.path.append(…)`."
        for name in sorted(code.calls & PROGRAMS):
            yield f"code that needs {name}", "Run what it runs yourself, before you build."
        if isinstance(code.node, ast.Import | ast.ImportFrom):
            for name in sorted(_imported(code.node)):
                if not self._is_there(name):
                    yield f"{name} is not installed where the toolchain is", f"Install it there. {WITHOUT}"
        for name in sorted(code.loads & gone):
            yield f"code that needs `{name}`, which is not carried", WITHOUT

    def _is_there(self, module: str) -> bool:
        if module in sys.stdlib_module_names or self._is_own(module):
            return True
        try:
            return importlib.util.find_spec(module) is not None
        except (ImportError, ValueError):
            return False

    def _needed(self) -> list[Code]:
        """Return what does something, and all that this needs, in the order in which it stands there."""
        code = [one for number, one in enumerate(self._conf.code) if number not in self.lost]
        kept = {number for number, one in enumerate(code) if not _only_defines(one)}
        while True:
            loads = {name for number in kept for name in code[number].loads}
            more = {number for number, one in enumerate(code) if one.stores & loads} - kept
            if not more:
                return [code[number] for number in sorted(kept)]
            kept |= more

    @property
    def unneeded(self) -> list[Code]:
        """What nothing that is carried needs."""
        kept = {one.line for one in self.kept} | {one.line for one, *_ in self.lost.values()}
        return [one for one in self._conf.code if one.line not in kept]

    @property
    def loads(self) -> frozenset[str]:
        """The names that the carried code needs."""
        return frozenset(name for one in self.kept for name in one.loads)

    def text(self) -> str:
        """Return the code as it stands in conf.py."""
        return "".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if any(not FILES.isdisjoint(one.calls) for one in self.kept):
            yield HEAD
        for before, one in zip((None, *self.kept), self.kept, strict=False):
            # As many lines between them as people leave.
            defines = any(code and isinstance(code.node, DEFINITIONS) for code in (before, one))
            yield ("\n\n" if defines else "\n" if before is None else "") + one.text


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0]} if not node.level else {"."}
    return {alias.name.partition(".")[0] for alias in node.names}


def _only_defines(code: Code) -> bool:
    """Say whether a statement does nothing but give names that other code may use."""
    match code.node:
        case ast.Import() | ast.ImportFrom() | ast.ClassDef():
            return True
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            # Others may be options: Sphinx or an extension asks for them by their names.
            return name.startswith("_")
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name.isupper() or name.startswith("_")
    return False
