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
    own = {each.get_name() for each in top.get_symbols() if each.is_assigned() or each.is_namespace()}
    used = {each.get_name() for each in top.get_symbols() if each.is_referenced()}
    for table in _below(top):
        used |= {each.get_name() for each in table.get_symbols() if each.is_global() and each.is_referenced()}
    return frozenset(used - own - BUILTINS)


def _below(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _below(child)


def imports(tree: ast.Module) -> dict[str, str]:
    """Return what a cell imports at its top level: each name that is bound, with the statement that binds it."""
    found = {}
    for node in tree.body:
        match node:
            case ast.Import(names=names):
                for each in names:
                    bound = each.asname or each.name.partition(".")[0]
                    found[bound] = f"import {each.name}" + (f" as {each.asname}" if each.asname else "")
            case ast.ImportFrom(module=module, names=names, level=0):
                for each in names:
                    renamed = f" as {each.asname}" if each.asname else ""
                    found[each.asname or each.name] = f"from {module} import {each.name}{renamed}"
    return found


def attributes_of(tree: ast.AST, aliases: frozenset[str]) -> frozenset[str]:
    """Return the names that are taken from modules known by these aliases: `f` of `gb.f`."""
    return frozenset(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases
    )
