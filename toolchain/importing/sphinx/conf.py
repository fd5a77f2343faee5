"""What a conf.py says, read and not run: settings whose values are known, folders of modules, and all the rest as code."""

import ast
import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from toolchain.base.errors import ConfigError
from toolchain.importing.sphinx.values import Reader, UnknownError, plain, texts

PATH = "sys.path"
PLACES = frozenset(
    {
        *("html_static_path", "html_extra_path", "html_theme_path", "html_logo", "html_favicon"),
        *("templates_path", "latex_additional_files", "latex_logo", "bibtex_bibfiles"),
    }
)
"""Options that name files and folders, relative to the folder of conf.py."""
GROWING: dict[str, Callable[[Any], Any]] = {
    "append": lambda value: [value],
    "extend": list,
    "update": dict,
}
"""Methods by which lists and tables grow, each with what is added then."""
CHANGING = frozenset({*GROWING, "insert", "remove", "pop", "clear", "setdefault"})
"""Methods that change what is there."""


class Setting(Struct):
    """A name and its value."""

    value: Any
    line: int


class Code(Struct):
    """A statement whose effect only running it would tell."""

    node: ast.stmt
    text: str
    line: int
    loads: frozenset[str]
    """Names that it needs."""
    stores: frozenset[str]
    """Names that it gives a value at the top of the file, or changes in place."""
    calls: frozenset[str]
    """Whole names of modules and functions that it names, and of what they are in."""


class ConfPy:
    """A conf.py, in the order of its statements."""

    def __init__(self, source: str, path: str, folder: str) -> None:
        """Read it: `path` is what people call it, and `folder` where it stands, absolute.

        Raises ConfigError, with the line, if it is no Python.
        """
        self.settings: dict[str, Setting] = {}
        self.folders: dict[str, int] = {}
        """Where Python is to look for modules, absolute, each with its line."""
        self.environment: dict[str, Setting] = {}
        """Variables of the environment that it sets."""
        self.code: list[Code] = []
        self._source, self._folder = source, folder
        self.reader = Reader(folder)
        try:
            tree = ast.parse(source)
        except SyntaxError as error:
            raise ConfigError(
                f"{path}:{error.lineno or 1}: is no Python that can be read: {error.msg}",
                remedy="Correct the line.",
            ) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise ConfigError(f"{path}: is no Python that can be read: {error}") from error
        self.tree = tree
        for node in tree.body:
            if not _is_nothing(node) and not self._takes(node):
                self._keep(node)

    def line_of(self, text: str) -> int:
        """Return the line where a text is typed; 0 if it is put together."""
        typed = (node for node in ast.walk(self.tree) if isinstance(node, ast.Constant))
        return min((node.lineno for node in typed if node.value == text), default=0)

    def _takes(self, node: ast.stmt) -> bool:
        """Say whether it is known what a statement does, which is then noted."""
        value = self.reader.value
        with contextlib.suppress(UnknownError):
            match node:
                case ast.Assign(targets=[ast.Subscript(value=of, slice=index)]):
                    return self._puts(of, value(index), value(node.value), node.lineno)
                case ast.Assign(targets=targets):
                    names = [target.id for target in targets if isinstance(target, ast.Name)]
                    return len(names) == len(targets) and self._sets(node, names, value(node.value))
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as given):
                    return self._sets(node, [name], value(given))
                case ast.AugAssign(target=target, op=ast.Add(), value=given):
                    return self._grows(target, value(given), node.lineno)
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=of, attr=method), args=arguments)):
                    more = _grown(method, list(map(value, arguments)))
                    return self._grows(of, more, node.lineno)
        return False

    def _sets(self, node: ast.stmt, names: list[str], value: Any) -> bool:
        if PLACES.isdisjoint(names) and any(self._folder in text for text in texts(plain(value))):
            # Where that is now, only the code can say, wherever the project will be.
            self._keep(node)
            self.reader.names |= dict.fromkeys(names, value)
            return True
        for name in names:
            self._set(name, value, node.lineno)
        return True

    def _set(self, name: str, value: Any, line: int) -> None:
        self.reader.names[name] = value
        first = self.settings[name].line if name in self.settings else line
        self.settings[name] = Setting(plain(value), first)

    def _grows(self, target: ast.expr, more: Any, line: int) -> bool:
        if self.reader.name_of(target) == PATH:
            self.folders |= {str(folder): line for folder in more}
            return True
        if not isinstance(target, ast.Name) or target.id not in self.settings:
            return False
        before = self.reader.value(target)
        if type(before) is not type(more):
            if not isinstance(before, list) or not isinstance(more, tuple):
                return False
            more = list(more)
        self._set(target.id, {**before, **more} if isinstance(more, dict) else before + more, line)
        return True

    def _puts(self, of: ast.expr, key: Any, value: Any, line: int) -> bool:
        if self.reader.name_of(of) == "os.environ" and isinstance(key, str) and isinstance(value, str):
            self.environment[key] = Setting(value, line)
            return True
        if not isinstance(of, ast.Name) or of.id not in self.settings:
            return False
        before = self.reader.value(of)
        if not isinstance(before, dict) or not isinstance(key, str):
            return False
        self._set(of.id, {**before, key: value}, line)
        return True

    def _keep(self, node: ast.stmt) -> None:
        """Keep a statement as code; what it changes is known no more."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._imports(node)
        stores = frozenset(_stores(node))
        for name in stores:
            self.reader.names.pop(name, None)
        first = min((one.lineno for one in getattr(node, "decorator_list", ())), default=node.lineno)
        lines = re.findall(r".*\n|.+", self._source)[first - 1 : node.end_lineno]
        text = "".join(lines) if _has_its_lines(node, lines) else f"{ast.unparse(node)}\n"
        named = (
            self.reader.name_of(one) for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)
        )
        self.code.append(
            Code(
                node,
                text if text.endswith("\n") else f"{text}\n",
                first,
                frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name)),
                stores,
                frozenset(whole for name in named for whole in _wholes(name)) | _modules(node),
            )
        )

    def _imports(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                self.reader.modules[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
            else:
                top = alias.name.partition(".")[0]
                self.reader.modules[alias.asname or top] = alias.name if alias.asname else top


def _grown(method: str, arguments: list[Any]) -> Any:
    """Return what a method adds. Raises UnknownError if it does something else."""
    if method == "insert" and len(arguments) == len(("place", "value")):
        return arguments[1:]
    if method not in GROWING or len(arguments) != 1:
        raise UnknownError
    try:
        return GROWING[method](arguments[0])
    except (TypeError, ValueError) as error:
        raise UnknownError from error


def _is_nothing(node: ast.stmt) -> bool:
    """Say whether a statement does nothing: a text that describes the file."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _has_its_lines(node: ast.stmt, lines: list[str]) -> bool:
    """Say whether the lines of a statement are its own: several may stand in one."""
    try:
        return [ast.dump(one) for one in ast.parse("".join(lines)).body] == [ast.dump(node)]
    except (SyntaxError, ValueError):
        return False


def _stores(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement gives something to, at the top of the file or by a method or key of what is there."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        yield from (name for one in ast.walk(node) if isinstance(one, ast.Global) for name in one.names)
        return
    for one in ast.walk(node):
        match one:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in CHANGING:
                yield name


def _wholes(name: str) -> Iterator[str]:
    """Yield a name with dots, and what it is in."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _modules(node: ast.stmt) -> frozenset[str]:
    """Return the modules that are imported within a statement."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in one.names}
        elif isinstance(one, ast.ImportFrom) and one.module:
            found.add(one.module.partition(".")[0])
    return frozenset(found)
