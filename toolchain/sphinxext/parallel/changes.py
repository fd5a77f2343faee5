"""What work on some pages has changed in tables, sets and lists, found by comparing; put into those of another process.

Nothing is known of what they mean: two processes may have changed the same tables, but where both have changed the same entry,
one of them has not seen what the other did, which may have been a reason for a warning. Then it does not fit.
"""

import pickle
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec
from docutils import nodes
from sphinx.util._files import DownloadFiles, FilenameUniqDict

FILES = FilenameUniqDict | DownloadFiles
"""Files that pages show or offer, by which the names are chosen that they have in the site."""
SETTLED: tuple[type, ...] = (
    str, bytes, int, float, complex, type(None), tuple, frozenset, PurePath, nodes.Node, msgspec.Struct,
)  # fmt: skip
"""What nobody changes in its place; trees are made by one page each."""


class Table(NamedTuple):
    """Changes of a dictionary."""

    new: dict[Any, Any]
    gone: tuple[Any, ...]
    changed: dict[Any, Any]
    """Changes of the values that were there."""


class Members(NamedTuple):
    """Changes of a set."""

    new: frozenset[Any]
    gone: frozenset[Any]


class Items(NamedTuple):
    """What a list has at its end that it had not."""

    new: tuple[Any, ...]


class Shown(NamedTuple):
    """Pages that show or offer files, with these in their order."""

    new: tuple[tuple[Any, tuple[str, ...]], ...]


class Other(NamedTuple):
    """Another value."""

    before: Any
    after: Any


class Unknown(NamedTuple):
    """A change of which nothing more is known."""


class _Digest(NamedTuple):
    """Stands for what cannot be compared."""

    pickled: bytes


def snapshot(value: Any) -> Any:
    """Return what `between` needs to know of a value as it is now."""
    match value:
        case FilenameUniqDict() | DownloadFiles():
            return {name: frozenset(pages) for name, (pages, _) in value.items()}
        case dict():
            return {key: snapshot(inner) for key, inner in value.items()}
        case set():
            return frozenset(value)
        case list():
            return tuple(value)
        case _:
            return value if isinstance(value, SETTLED) else _Digest(pickle.dumps(value))


def between(before: Any, after: Any) -> Any:
    """Return how a value has changed since its snapshot was taken; None if it has not."""
    match after:
        case FilenameUniqDict() | DownloadFiles():
            return _of_files(before, after)
        case dict() if isinstance(before, dict):
            return _of_table(before, after)
        case set() if isinstance(before, frozenset):
            new, gone = frozenset(after) - before, before - after
            return Members(new, gone) if new or gone else None
        case list() if isinstance(before, tuple):
            same = len(after) >= len(before) and all(
                one is other for one, other in zip(before, after, strict=False)
            )
            new_items = Items(tuple(after[len(before) :])) if same else Unknown()
            return None if new_items == Items(()) else new_items
        case _ if isinstance(after, SETTLED) and isinstance(before, SETTLED):
            return None if after is before or after == before else Other(before, after)
        case _:
            return None if snapshot(after) == before else Unknown()


def _of_table(before: dict[Any, Any], after: Mapping[Any, Any]) -> Table | None:
    new = {key: value for key, value in after.items() if key not in before}
    gone = tuple(key for key in before if key not in after)
    pairs = ((key, between(before[key], value)) for key, value in after.items() if key in before)
    changed = {key: change for key, change in pairs if change is not None}
    return Table(new, gone, changed) if new or gone or changed else None


def _of_files(before: Any, after: FILES) -> Shown | Unknown | None:
    if not isinstance(before, dict) or any(
        name not in after or not pages <= after[name][0] for name, pages in before.items()
    ):
        return Unknown()
    new = [(name, tuple(sorted(pages - before.get(name, frozenset())))) for name, (pages, _) in after.items()]
    shown = tuple((name, pages) for name, pages in new if pages)
    return Shown(shown) if shown else None


def fits(ours: Any, change: Any) -> bool:
    """Say whether a change can be made here as well."""
    match change:
        case Table(new, gone, changed):
            return (
                isinstance(ours, dict)
                and all(key not in ours or _joins(ours[key], value) for key, value in new.items())
                and all(key in ours for key in gone)
                and all(key in ours and fits(ours[key], inner) for key, inner in changed.items())
            )
        case Members(new_members, gone_members):
            return isinstance(ours, set) and ours.isdisjoint(new_members) and gone_members <= ours
        case Items():
            return isinstance(ours, list)
        case Shown():
            return isinstance(ours, FILES)
        case Other(before, after):
            return _is_same(ours, before) or _is_flag(ours, after)
        case _:
            return change is None


def _joins(ours: Any, theirs: Any) -> bool:
    """Say whether what two processes have made under the same name can be one."""
    change = between(_nothing(theirs), theirs) if isinstance(theirs, dict | set | list) else Unknown()
    return _is_flag(ours, theirs) or (not isinstance(change, Unknown) and fits(ours, change))


def _nothing(like: dict[Any, Any] | set[Any] | list[Any]) -> Any:
    """Return the snapshot of such a container with nothing in it."""
    return {} if isinstance(like, dict) else frozenset() if isinstance(like, set) else ()


def _is_same(ours: Any, theirs: Any) -> bool:
    return isinstance(ours, SETTLED) and type(ours) is type(theirs) and bool(ours == theirs)


def _is_flag(ours: Any, theirs: Any) -> bool:
    """Say whether both have said the same of something that has no name."""
    return isinstance(ours, bool | None) and ours is theirs


def make(ours: Any, change: Any) -> None:
    """Make a change that fits in a dictionary, a set or a list."""
    match change:
        case Table():
            _make_in_table(ours, change)
        case Members(new, gone):
            ours -= gone
            ours |= new
        case Items(new_items):
            ours += new_items
        case Shown(shown):
            for name, pages in shown:
                for page in pages:
                    ours.add_file(page, name)


def _make_in_table(ours: dict[Any, Any], change: Table) -> None:
    for key in change.gone:
        del ours[key]
    for key, inner in change.changed.items():
        if isinstance(inner, Other):
            ours[key] = inner.after
        else:
            make(ours[key], inner)
    for key, value in change.new.items():
        if key not in ours:
            ours[key] = value
        elif isinstance(value, dict | set | list):
            make(ours[key], between(_nothing(value), value))
