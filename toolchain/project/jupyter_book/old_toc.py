"""The contents of a Jupyter Book as they were written before version 0.11: a list, whose first entry is the first page."""

from collections.abc import Iterable
from typing import Any

from toolchain.project.jupyter_book.located import Problems, Sequence, Table


def of_today(items: Sequence, problems: Problems) -> tuple[Any, str]:
    """Return what a list of before version 0.11 says, in the words of today, with the name of its format."""
    first = items[0] if items else None
    if not isinstance(first, Table) or "file" not in first:
        problems.add(items.line, "a list of contents is to begin with `- file:`, the first page")
        return Table(), ""
    below = [*(first.get("sections") or ()), *(first.get("chapters") or ()), *items[1:]]
    in_parts = [item for item in below if isinstance(item, Table) and ("part" in item or "chapter" in item)]
    if in_parts and len(in_parts) != len(below):
        other = next(item for item in below if item not in in_parts)
        line = other.line if isinstance(other, Table) else items.line
        problems.add(line, "pages and parts stand side by side; put each page into the `chapters:` of a part")
    root = _renamed(first, {"file": "root"}, without={"sections", "chapters", "numbered", "expand_sections"})
    options = {"numbered": first["numbered"]} if "numbered" in first else {}
    if in_parts:
        parts = (
            _renamed(part, {"part": "caption", "chapter": "caption", "sections": "chapters"})
            for part in in_parts
        )
        root["parts"] = _sequence([_with(part, options) for part in map(_old_items, parts)])
    elif below:
        root["chapters"] = _sequence([_old_items(item) for item in below])
        root["options"] = _located(Table(options), first)
    return root, "jb-book"


def _old_items(item: Any) -> Any:
    """Return an entry with the names of today, and all below it."""
    if not isinstance(item, Table):
        return item
    names = {} if "caption" in item else {"chapters": "sections"}
    renamed = _renamed(
        item, names, without={"expand_sections", "numbered"} if "file" in item else {"expand_sections"}
    )
    for key in ("sections", "chapters"):
        if isinstance(renamed.get(key), Sequence):
            renamed[key] = _sequence([_old_items(child) for child in renamed[key]], renamed[key].lines)
    return renamed


def _renamed(table: Table, names: dict[str, str], without: Iterable[str] = ()) -> Table:
    kept = {key: value for key, value in table.items() if key not in without}
    renamed = Table({names.get(key, key): value for key, value in kept.items()})
    renamed.line = table.line
    renamed.lines = {names.get(key, key): line for key, line in table.lines.items()}
    return renamed


def _with(table: Table, options: dict[str, Any]) -> Table:
    for key, value in options.items():
        table.setdefault(key, value)
    return table


def _located(table: Table, like: Table) -> Table:
    table.line, table.lines = like.line, like.lines
    return table


def _sequence(items: list[Any], lines: Iterable[int] = ()) -> Sequence:
    sequence = Sequence(items)
    sequence.lines = tuple(lines) or tuple(item.line if isinstance(item, Table) else 1 for item in items)
    sequence.line = sequence.lines[0] if items else 1
    return sequence
