"""What a notebook uses of the library, and what that in turn uses: this much of it is in the notebook's key."""

import ast
import difflib
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from toolchain.base.files import sha256_lines
from toolchain.model import CodeCell, Document, Library
from toolchain.plan.library.cells import parsed
from toolchain.plan.library.names import attributes_of

EVERYTHING = "*"
"""Stands for the whole package where what is used cannot be followed."""


class Use(Struct, frozen=True):
    """What a notebook uses."""

    names: frozenset[str] = frozenset()
    whole: str = ""
    """Why it may use anything, with the cell; empty if it is known what it uses."""
    imports: bool = False
    """Whether it imports the library at all."""


def find(document: Document, library: Library, helpers: Iterable[str] = ()) -> Use:
    """Return what a notebook uses by name; `helpers` are the texts of modules beside it, which are not followed."""
    scan = _Scan(library.name)
    if any(library.name in text for text in helpers):
        scan.give_up("a module beside it names the library")
    code = code_of(document)
    if any(library.name in cell.source for cell in code):
        for cell in code:
            scan.look_at(cell)
    names = frozenset(name for name in scan.names if not name.startswith("__"))
    return Use(names=names, whole=scan.whole, imports=scan.imports)


def code_of(document: Document) -> tuple[CodeCell, ...]:
    """Return all the code that a run has, in its order: the expressions of the text are cells that have no number of their own."""
    code: list[CodeCell] = []
    for after in range(len(document.cells) + 1):
        code += document.cells[after - 1 : after] if after else ()
        code += [
            CodeCell(number=after, source=expression.source, tags=(), line=expression.line)
            for expression in document.evaluated
            if expression.after == after
        ]
    return tuple(code)


class _Scan:
    """Goes through a notebook's cells in their order."""

    def __init__(self, library: str) -> None:
        self.names: set[str] = set()
        self.whole = ""
        self.imports = False
        self._library = library
        self._aliases: set[str] = set()

    def look_at(self, cell: CodeCell) -> None:
        """Add the names that a cell uses."""
        tree = parsed(cell)
        if tree is None:
            if self._library in cell.source:
                self.give_up(f"cell {cell.number} is no Python")
            return
        self._look_into(tree, cell.number)

    def _look_into(self, tree: ast.Module, number: int) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._import(node, number)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == self._library:
                self._import_from(node, number)
        self.names |= attributes_of(tree, frozenset(self._aliases))
        if why := _escapes(tree, self._aliases):
            self.give_up(f"cell {number} {why}")
        magics = {id(part) for node in ast.walk(tree) if _is_magic(node) for part in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self._look_into_string(node.value, number, magic=id(node) in magics)

    def _look_into_string(self, text: str, number: int, *, magic: bool) -> None:
        """Look into a string that may be run: what follows a magic, or what is handed to exec."""
        if self._library not in text and not any(f"{alias}." in text for alias in self._aliases):
            return
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            # Prose is no code. A single word may be a part of some, and a shell command can be anything.
            if magic or not re.search(r"\s", text.strip()):
                self.give_up(f"cell {number} has the library's name in a string")
            return
        if not magic and any(
            isinstance(node, ast.Name) and node.id == self._library for node in ast.walk(tree)
        ):
            self.give_up(f"cell {number} has the library's name in a string")
        elif not magic and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree)):
            self.give_up(f"cell {number} has an import in a string")
        else:
            self._look_into(tree, number)

    def give_up(self, why: str) -> None:
        """Follow no further: anything may be used; the first reason is kept."""
        self.whole = self.whole or why

    def _import(self, node: ast.Import, number: int) -> None:
        for alias in node.names:
            if alias.name.partition(".")[0] == self._library:
                self.imports = True
                self._aliases.add(alias.asname or self._library)
                if "." in alias.name:
                    self.give_up(f"cell {number} imports one of its modules")

    def _import_from(self, node: ast.ImportFrom, number: int) -> None:
        self.imports = True
        if any(alias.name == "*" for alias in node.names):
            self.give_up(f"cell {number} imports *")
        elif node.module != self._library:
            self.give_up(f"cell {number} imports from one of its modules")
        else:
            self.names |= {alias.name for alias in node.names}


def problems(document: Document, use: Use, library: Library) -> list[str]:
    """Return a message, with its places, for each name that is used but not saved yet, or not saved at all."""
    earlier, everything = library.before(document.name).names, library.names
    messages = []
    for name in sorted(use.names - earlier.keys()):
        place = _first_use(document, name)
        if name in everything:
            messages.append(
                f"{place} uses {library.name}.{name}, which is defined later, in {everything[name].place}"
            )
        else:
            near = difflib.get_close_matches(name, earlier, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            messages.append(f"{place} uses {library.name}.{name}, which no cell before it saves{hint}")
    if use.imports and not earlier and not messages:
        messages.append(
            f"{document.path}: imports {library.name}, in which nothing is saved before this page"
        )
    return messages


def components(use: Use, library: Library) -> dict[str, str]:
    """Return the digest of each definition that a notebook's result depends on, by name.

    `library` is what there is before the notebook. Where anything may be used, everything is there.
    """
    reached = set(library.names) if use.whole else _closure(use.names, library)
    digests: dict[str, str] = {}
    for name in sorted(reached):
        # Of definitions that replace each other, those before the last may still be used inside their own module.
        definitions = [definition for definition in library.saved if definition.name == name]
        digests[f"{library.name}.{name}"] = sha256_lines(
            line for definition in definitions for line in (definition.digest, *definition.imports)
        )
    if use.whole:
        digests[f"{library.name}.{EVERYTHING}"] = use.whole
    return digests


def _closure(names: Iterable[str], library: Library) -> set[str]:
    uses: Mapping[str, set[str]] = {
        name: {used for saved in library.saved if saved.name == name for used in saved.uses}
        for name in library.names
    }
    reached: set[str] = set()
    pending = [name for name in names if name in uses]
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += uses.get(name, ())
    return reached


def _escapes(tree: ast.Module, aliases: set[str]) -> str:
    """Say how a cell may reach what its text does not name; empty if it does not."""
    inside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load)):
            continue
        if isinstance(node, ast.Name) and node.id in aliases and id(node) not in inside:
            return f"hands {node.id} itself to something else"
        if isinstance(node, ast.Attribute) and node.attr in ("__dict__", "__all__"):
            whose = ast.unparse(node.value)
            if whose in aliases:
                return f"takes {whose}.{node.attr}"
    return ""


def _is_magic(node: ast.AST) -> bool:
    """Say whether this is a call that IPython has put in the place of a magic."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith("get_ipython().")


def _first_use(document: Document, name: str) -> str:
    word = re.compile(rf"\b{name}\b")
    places = (
        f"{document.path}:{cell.line + number}: cell {cell.number}"
        if cell.line
        else f"{document.path}: cell {cell.number}"
        for cell in code_of(document)
        for number, line in enumerate(cell.source.splitlines())
        if word.search(line)
    )
    return next(places, document.path)
