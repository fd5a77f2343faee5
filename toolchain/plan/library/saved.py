"""Cells tagged `save` become the library's definitions, or the book has an error with its place."""

import ast
import builtins
import difflib
from collections.abc import Iterable, Iterator

from toolchain.base.errors import SourceError
from toolchain.base.files import sha256_bytes
from toolchain.model import Book, CodeCell, Document, Library, Saved
from toolchain.plan.library.cells import parsed
from toolchain.plan.library.names import attributes_of, free_names, imports
from toolchain.project.sections import LibrarySection

SAVE, REPLACE = "save", "replace"
"""Tags of a cell: its definitions are saved; they replace earlier ones of the same name."""
PURE_CALLS = frozenset(
    {
        "TypeVar",
        "dataclasses.field",
        "dict",
        "field",
        "frozenset",
        "list",
        "namedtuple",
        "range",
        "re.compile",
        "set",
        "tuple",
        "NewType",
        "Path",
    }
)
"""Calls that may make a constant: each does the same whenever the package is imported, and nothing else."""
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


def collect(book: Book, section: LibrarySection | None) -> Library | None:
    """Return the book's library; None if nothing is saved.

    Raises SourceError with everything that is wrong, each with its cell: a cell that does not parse or does something
    when it is imported, a name that nothing defines, one that is saved twice, one that hides another.
    """
    pages = tuple(document.name for document in book.documents)
    problems: list[str] = []
    saved: list[Saved] = []
    for document in book.documents:
        if any(SAVE in cell.tags for cell in document.cells):
            if section is None:
                raise SourceError(
                    f"{document.path}: has a cell tagged `{SAVE}`, and the library has no name",
                    remedy="Give it one: [library] name = ... in _config/book.toml.",
                )
            page = _Page(document, section.name, saved)
            saved += page.saved
            problems += page.problems
    if problems:
        raise SourceError("\n".join(problems), remedy="Correct the places named; nothing was run.")
    if section is None or not saved:
        return None
    return Library(name=section.name, version=section.version, saved=tuple(saved), pages=pages)


class _Page:
    """The saved cells of one page."""

    def __init__(self, document: Document, library: str, earlier: list[Saved]) -> None:
        self.saved: list[Saved] = []
        self.problems: list[str] = []
        self._document = document
        self._library = library
        self._earlier = {definition.name: definition for definition in earlier}
        self._imports: dict[str, str] = {}
        """Of all cells so far."""
        self._variables: dict[str, CodeCell] = {}
        """Of cells that are not saved."""
        for cell in document.cells:
            self._look_at(cell)

    def _look_at(self, cell: CodeCell) -> None:
        if SAVE not in cell.tags:
            tree = parsed(cell)
            if tree is not None:
                self._imports |= imports(tree)
                self._variables |= dict.fromkeys(_bound_names(tree), cell)
            return
        try:
            tree = ast.parse(cell.source)
        except SyntaxError as error:
            self._add_problem(cell, error.lineno or 1, f"a saved cell has to be plain Python: {error.msg}")
            return
        self._imports |= imports(tree)
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom) or _is_docstring(node):
                continue
            names = _defined_names(node)
            if (why := _side_effect(node)) or not names:
                self._add_problem(
                    cell, node.lineno, f"a saved cell only defines: {why or 'this does something'}"
                )
                continue
            for name in names:
                self._save(name, node, cell)

    def _save(self, name: str, node: ast.stmt, cell: CodeCell) -> None:
        code = _source_text(node, cell)
        on_page = {definition.name: definition for definition in self.saved}
        other = on_page.get(name) or self._earlier.get(name)
        replaces = REPLACE in cell.tags
        if other and not replaces:
            self._add_problem(
                cell,
                node.lineno,
                f"{name} is saved already, in {other.place}; tag this cell `{REPLACE}` if it is to replace it",
            )
            return
        if why := self._hidden_name_problem(name):
            self._add_problem(cell, node.lineno, f"{name} {why}; give it another name")
            return
        aliases = frozenset(
            alias for alias, statement in self._imports.items() if self._is_library(statement)
        )
        from_library = self._imported_from_library(statement for statement in self._imports.values())
        needed, uses = set(), set()
        for used in sorted(free_names(code) - {name}):
            if used in self._imports:
                needed.add(self._imports[used])
                uses |= {from_library[used]} if used in from_library else set()
            elif used in on_page:
                uses.add(used)
            else:
                self._add_problem(cell, node.lineno, self._undefined_name_problem(used))
        for attribute in sorted(attributes_of(node, aliases)):
            if attribute in self._earlier:
                uses.add(attribute)
            else:
                self._add_problem(cell, node.lineno, f"{self._library} has no {attribute} before this page")
        self.saved.append(
            Saved(
                name=name,
                code=code,
                digest=sha256_bytes(ast.unparse(node).encode()),
                document=self._document.name,
                path=self._document.path,
                cell=cell.number,
                line=cell.line + node.lineno - 1 if cell.line else 0,
                imports=tuple(sorted(needed)),
                uses=tuple(sorted(uses)),
                replaces=replaces,
            )
        )

    def _is_library(self, statement: str) -> bool:
        return statement == f"import {self._library}" or statement.startswith(f"import {self._library} as ")

    def _imported_from_library(self, statements: Iterator[str]) -> dict[str, str]:
        """Return what is imported by name from the library: its name there, by its name on this page."""
        head = f"from {self._library} import "
        pairs = (
            statement.removeprefix(head).split(" as ")
            for statement in statements
            if statement.startswith(head)
        )
        return {pair[-1]: pair[0] for pair in pairs}

    def _hidden_name_problem(self, name: str) -> str:
        if hasattr(builtins, name):
            return "hides Python's own"
        if name == self._library or name in self._imports:
            return f"hides what `{self._imports.get(name, f'import {name}')}` binds"
        roots = {statement.split()[1].partition(".")[0] for statement in self._imports.values()}
        return "hides the package of that name" if name in roots else ""

    def _undefined_name_problem(self, name: str) -> str:
        if name in self._variables:
            cell = self._variables[name]
            return f"uses {name}, a variable of cell {cell.number}, which is not saved: tag that cell too, or pass it as an argument"
        if name in self._earlier:
            other = self._earlier[name]
            return f"uses {name} of {other.path}: write `import {self._library} as ...` in this page and take it from there"
        near = difflib.get_close_matches(
            name, {*self._imports, *(definition.name for definition in self.saved)}, n=1
        )
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"uses {name}, which no saved cell and no import of this page defines before it{hint}"

    def _add_problem(self, cell: CodeCell, line: int, message: str) -> None:
        place = f"{self._document.path}:{cell.line + line - 1}" if cell.line else self._document.path
        self.problems.append(f"{place}: cell {cell.number}: {message}")


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _defined_names(node: ast.stmt) -> tuple[str, ...]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            return (name,)
        case ast.Assign(targets=[ast.Name(id=name)]):
            return (name,)
    return ()


def _side_effect(node: ast.stmt) -> str:
    """Say what a definition does when its module is imported, besides defining; empty if nothing."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            values = [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]
            call = _impure_call(values)
            return (
                f"the default {call}() of {node.name} is computed at import; take None and compute it inside"
                if call
                else ""
            )
        case ast.ClassDef():
            inner = (
                _side_effect(statement)
                for statement in node.body
                if not _is_docstring(statement) and not isinstance(statement, ast.Pass)
            )
            return next(filter(None, inner), "")
        case ast.Assign(value=value):
            call = _impure_call([value])
        case ast.AnnAssign(value=value):
            call = _impure_call([value] if value else [])
        case _:
            return f"line {node.lineno} of it does something when it is imported"
    return f"{call}() is called when it is imported" if call else ""


def _impure_call(expressions: Iterable[ast.AST]) -> str:
    """Return the name of the first call in the expressions that is not in PURE_CALLS; empty if none."""
    for node in expressions:
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) not in PURE_CALLS:
            return name
        # A lambda calls nothing before it is called itself; its defaults are another matter.
        defaults = (
            [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            if isinstance(node, ast.Lambda)
            else None
        )
        if name := _impure_call(ast.iter_child_nodes(node) if defaults is None else defaults):
            return name
    return ""


def _bound_names(tree: ast.Module) -> set[str]:
    """Return the names that a cell binds at its top level."""
    assigned = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return assigned | {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def _source_text(node: ast.stmt, cell: CodeCell) -> str:
    """Return a statement's text, with its decorators and the comments right above it."""
    lines = cell.source.splitlines()
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return "\n".join(lines[first - 1 : node.end_lineno]) + "\n"
