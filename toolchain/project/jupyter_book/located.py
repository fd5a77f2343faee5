"""YAML whose mappings know the lines of their keys, so that whatever is wrong with a value has a place."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from toolchain.base.decoding import read_text
from toolchain.base.errors import ConfigError
from toolchain.project.jupyter_book import not_yaml

LONGEST = 60
"""Characters of a value that are shown."""


class Table(dict[str, Any]):
    """A mapping, with the lines of its keys."""

    line: int = 1
    """Where it begins, counted from 1."""
    lines: dict[str, int]
    """Where each key stands."""

    def at(self, key: str) -> int:
        """Return the line of a key; of the mapping if it has no such key."""
        return self.lines.get(key, self.line)


class Sequence(list[Any]):
    """A list, with the lines of what is in it."""

    line: int = 1
    lines: tuple[int, ...] = ()


class Problems(list[str]):
    """What is wrong with a file, each with its line."""

    def __init__(self, name: str) -> None:
        """Of the file `name`."""
        super().__init__()
        self.name = name

    def add(self, line: int, problem: str) -> None:
        """Note a problem."""
        self.append(f"{self.name}:{line}: {problem}")

    def refuse(self) -> None:
        """Raise ConfigError with all problems, if there are any."""
        if self:
            raise ConfigError(
                "\n".join(dict.fromkeys(self)), remedy="Correct the places named; nothing was run."
            )


def read(path: Path, name: str, twice: list[tuple[int, str]] | None = None) -> Any:
    """Return what a file of YAML says; the keys that stand twice in a table, with their lines, are added to `twice`.

    Raises FileNotFoundError if there is none, and ConfigError if it is no YAML, or if nobody wants to know of such keys.
    """
    text = read_text(path, name, ConfigError)
    problems = Problems(name)
    loader = None
    try:
        loader = _Loader(text)
        value = loader.get_single_data()
    except yaml.YAMLError as error:
        problems.add(*not_yaml.said(error, text))
    except (ValueError, RecursionError) as error:
        problems.add(loader.line + 1 if loader else 1, f"has a value that cannot be read: {error}")
    else:
        if twice is not None:
            twice += loader.twice
        for line, key in loader.twice if twice is None else ():
            problems.add(line, f"has the key {key!r} twice; only the last would count")
    finally:
        if loader is not None:
            loader.dispose()
    problems.refuse()
    return value


def shown(value: Any) -> str:
    """Return a value as it is written in YAML, so that who has typed it knows it again."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    text = json.dumps(decoded(value), ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def decoded(data: Any) -> Any:
    """Return plain values: no other part of the program is to know of lines."""
    if isinstance(data, dict):
        return {key: decoded(value) for key, value in data.items()}
    return [decoded(value) for value in data] if isinstance(data, list) else data


class _Loader(yaml.SafeLoader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[tuple[int, str]] = []


def _table(loader: _Loader, node: yaml.MappingNode) -> Iterator[Table]:
    table = Table()
    table.line, table.lines = node.start_mark.line + 1, {}
    yield table
    written = [key.value for key, _ in node.value]
    loader.flatten_mapping(node)
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key)
        if written.count(key_node.value) > 1 and key in table:
            loader.twice.append((key_node.start_mark.line + 1, key))
        table.lines[key] = key_node.start_mark.line + 1
        table[key] = loader.construct_object(value_node, deep=True)


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> Iterator[Sequence]:
    sequence = Sequence()
    sequence.line = node.start_mark.line + 1
    sequence.lines = tuple(child.start_mark.line + 1 for child in node.value)
    yield sequence
    sequence.extend(loader.construct_object(child, deep=True) for child in node.value)


_Loader.add_constructor("tag:yaml.org,2002:map", _table)
_Loader.add_constructor("tag:yaml.org,2002:seq", _sequence)
