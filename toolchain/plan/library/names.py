"""What a piece of Python needs from its surroundings: the names that it does not define itself."""

import ast
import builtins
import symtable
from collections.abc import Iterator

BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__"}


def free_names(code: str) -> frozenset[str]:
    """Return the global names that a definition uses, its own name and Python's own apart.

    Both what it uses when it is defined (decorators, bases, defaults, annotations) and what it uses when it is called.
    Names are resolved by Python's own symbol table. Raises SyntaxError.
    """
    top = symtable.symtable(code, "<cell>", "exec")
    defined = {
        symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_namespace()
    }
    used = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    for table in _nested_tables(top):
        used |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_global() and symbol.is_referenced()
        }
    return frozenset(used - defined - BUILTINS)


def _nested_tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _nested_tables(child)


def imports(tree: ast.Module) -> dict[str, str]:
    """Return what a cell imports at its top level: each name that is bound, with the statement that binds it."""
    statements = {}
    for node in tree.body:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    statements[bound] = f"import {alias.name}" + (
                        f" as {alias.asname}" if alias.asname else ""
                    )
            case ast.ImportFrom(module=module, names=names, level=0):
                for alias in names:
                    renamed = f" as {alias.asname}" if alias.asname else ""
                    statements[alias.asname or alias.name] = f"from {module} import {alias.name}{renamed}"
    return statements


def attributes_of(tree: ast.AST, aliases: frozenset[str]) -> frozenset[str]:
    """Return the names that are taken from modules known by these aliases: `f` of `gb.f`."""
    return frozenset(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases
    )
