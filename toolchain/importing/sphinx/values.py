"""What expressions of Python are worth, as far as that follows from what is typed: nothing is executed."""

import ast
import math
import posixpath
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

LARGEST = 100_000
"""Length of a text or list: expressions may double what was there again and again."""
FILE = "__file__"
TAKEN = (ast.Name, ast.Subscript, ast.Attribute)


class UnknownError(Exception):
    """Raised for what only running the code would tell."""


class Reader:
    """Finds the values of expressions in a conf.py that stands in some folder, where Sphinx runs it."""

    def __init__(self, folder: str) -> None:
        """`folder` is absolute: what is found out of `__file__` and of relative paths begins with it."""
        self._folder = folder
        self.names: dict[str, Any] = {FILE: posixpath.join(folder, "conf.py")}
        """The values of names, as far as they are known."""
        self.modules: dict[str, str] = {}
        """What names stand for that were imported, with dots."""
        self._functions: dict[str, Callable[..., Any]] = {
            "os.path.abspath": self._absolute,
            "os.path.realpath": self._absolute,
            "os.path.join": posixpath.join,
            "os.path.dirname": posixpath.dirname,
            "os.path.basename": posixpath.basename,
            "os.path.normpath": posixpath.normpath,
            "os.fspath": str,
            "os.getcwd": lambda: folder,
            "pathlib.Path": PurePosixPath,
            "pathlib.Path.cwd": lambda: PurePosixPath(folder),
            "str": str,
            "dict": dict,
            "list": list,
        }

    def _absolute(self, path: Any) -> str:
        return posixpath.normpath(posixpath.join(self._folder, path))

    def value(self, node: ast.expr) -> Any:
        """Return what an expression is worth. Raises UnknownError."""
        try:
            value = self._value(node)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError) as error:
            raise UnknownError from error
        if isinstance(value, str | list | tuple) and len(value) > LARGEST:
            raise UnknownError
        if (isinstance(value, float) and not math.isfinite(value)) or (
            isinstance(value, str) and not _is_text(value)
        ):
            # No file could have it as it is typed.
            raise UnknownError
        return value

    def name_of(self, node: ast.expr) -> str:
        """Return the whole name of a function or module, with dots; empty if it has none."""
        if isinstance(node, ast.Name):
            return self.modules.get(node.id, node.id)
        if isinstance(node, ast.Attribute) and (before := self.name_of(node.value)):
            return f"{before}.{node.attr}"
        return ""

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.List() | ast.Tuple() | ast.Set():
                made = {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]
                return made(self._parts(node.elts))
            case ast.Dict(keys=keys, values=values):
                return self._table(keys, values)
            case ast.JoinedStr(values=parts):
                return "".join(map(self._formatted, parts))
            case ast.Call():
                return self._called(node)
        return self._taken(node) if isinstance(node, TAKEN) else self._operation(node)

    def _operation(self, node: ast.expr) -> Any:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.value(operand)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.value(left) + self.value(right)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                path = self.value(left)
                if isinstance(path, PurePosixPath):
                    return path / self.value(right)
        raise UnknownError

    def _taken(self, node: ast.expr) -> Any:
        match node:
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Subscript(value=of, slice=index):
                return self.value(of)[self.value(index)]
            case ast.Attribute(value=of, attr="parent" | "parents" | "name" | "stem" as attribute):
                path = self.value(of)
                if isinstance(path, PurePosixPath):
                    return getattr(path, attribute)
        raise UnknownError

    def _parts(self, nodes: list[ast.expr]) -> list[Any]:
        parts: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                parts += self.value(node.value)
            else:
                parts.append(self.value(node))
        return parts

    def _table(self, keys: list[ast.expr | None], values: list[ast.expr]) -> dict[Any, Any]:
        table: dict[Any, Any] = {}
        for key, node in zip(keys, values, strict=True):
            table |= self.value(node) if key is None else {self.value(key): self.value(node)}
        return table

    def _formatted(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue):
            if node.format_spec is None and node.conversion < 0:
                return str(self.value(node.value))
            raise UnknownError
        return str(self.value(node))

    def _called(self, node: ast.Call) -> Any:
        arguments = self._parts(node.args)
        named = {word.arg: self.value(word.value) for word in node.keywords if word.arg}
        if len(named) < len(node.keywords):
            raise UnknownError
        function = self._functions.get(self.name_of(node.func))
        if function:
            return function(*arguments, **named)
        if isinstance(node.func, ast.Attribute) and isinstance(
            of := self.value(node.func.value), PurePosixPath
        ):
            match node.func.attr:
                case "resolve" | "absolute":
                    return PurePosixPath(self._absolute(of))
                case "joinpath" | "as_posix" as method:
                    return getattr(of, method)(*arguments)
        raise UnknownError


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def plain(value: Any) -> Any:
    """Return a value with texts for paths."""
    if isinstance(value, PurePosixPath):
        return str(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return type(value)(map(plain, value))
    return value


def texts(value: Any) -> list[str]:
    """Return all texts in a value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for pair in value.items() for one in pair for text in texts(one)]
    return [text for one in value for text in texts(one)] if isinstance(value, list | tuple | set) else []
