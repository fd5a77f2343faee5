"""What book.toml has that does not fit: the line, the table, the key, and what would."""

import re
import typing
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base import misfits
from toolchain.base.errors import ConfigError
from toolchain.project.sections import PATTERNS, BookToml, EditionSection

BOOK_TOML = "_config/book.toml"
RENAMED: dict[tuple[type[Struct], str], str] = {
    (EditionSection, "grey"): 'it is called colours now, as in colours = "grey"'
}
"""Keys of earlier versions, and what stands in their place."""


def misfit(error: msgspec.ValidationError, text: str) -> str:
    """Return the line, the table and the key of a value that does not fit, and what it is to be."""
    path, sentence = misfits.said(error, BookToml, PATTERNS)
    tables, _, name = path.rpartition(".")
    where = f"[{tables}] {name}" if tables else f"[{name}]" if name else "it"
    return f"{BOOK_TOML}:{line_of(name, tables, text)}: {where}: {sentence}"


def refuse_unknown_keys(values: dict[str, Any], text: str) -> None:
    """Raise ConfigError naming all unknown keys of book.toml, each with its line and the nearest known one."""
    problems = [
        f"{BOOK_TOML}:{line_of(key, table, text)}: unknown key {key!r} "
        f"{f'in [{table}]' if table else 'as a table'}; {hint}"
        for table, key, hint in unknown_keys(values)
    ]
    if problems:
        raise ConfigError("\n".join(problems), remedy="Correct or remove it.")


def unknown_keys(
    values: dict[str, Any], section: type[Struct] = BookToml, table: str = ""
) -> Iterator[tuple[str, str, str]]:
    """Yield the unknown keys of a table and of those in it: the table, the key, and which known one is meant.

    `values` are the table's, `section` the type that has its keys.
    """
    types = {field.encode_name: field.type for field in msgspec.structs.fields(section)}
    for key, value in values.items():
        if key not in types:
            yield table, key, RENAMED.get((section, key)) or _nearest(key, types)
            continue
        path = f"{table}.{key}" if table else key
        arguments = typing.get_args(types[key])
        inner = next((kind for kind in (types[key], *arguments) if _is_struct(kind)), None)
        if inner is None or not isinstance(value, dict):
            continue
        has_names = typing.get_origin(types[key]) is dict  # as in [pdf.editions.NAME]
        for name, subtable in value.items() if has_names else [("", value)]:
            if isinstance(subtable, dict):
                yield from unknown_keys(subtable, inner, table=f"{path}.{name}" if has_names else path)


def _nearest(key: str, known: Iterable[str]) -> str:
    """Return which known key is meant by one that is not known."""
    import difflib  # noqa: PLC0415 - slow to import, and mostly all are known

    nearest = difflib.get_close_matches(str(key), known, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else f"known here: {', '.join(sorted(known))}"


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def line_of(key: str, table: str, text: str) -> int:
    """Find the line of a key in its table, or of a table's header; 1 if it is written in another way."""
    inside = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            inside = header.group(1)
            if inside == f"{table}.{key}" or (not table and inside.split(".")[0].strip("\"'") == key):
                return number
        elif inside == table and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
            return number
    return 1


def line_with(value: str, text: str) -> int:
    """Find the line in which a text stands in quotes; 1 if it is written in another way."""
    quoted = (f'"{value}"', f"'{value}'")
    lines = enumerate(text.splitlines(), start=1)
    return next((number for number, line in lines if any(one in line for one in quoted)), 1)
