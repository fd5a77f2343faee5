"""`_config.yml` becomes the tables of a book.toml, settings for Sphinx, and a list of what has no effect."""

import difflib
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.project.extensions import Extension
from toolchain.project.jupyter_book import keys, values
from toolchain.project.jupyter_book.defaults import EXTENSIONS, MYST, NEEDED, OF_JUPYTER_BOOK, SPHINX
from toolchain.project.jupyter_book.keys import Key, Kind, State
from toolchain.project.jupyter_book.located import Problems, Table, decoded
from toolchain.project.layout import JUPYTER_BOOK, Layout
from toolchain.project.settings import UnusedKey

CONFIG = "_config.yml"
DOCUMENT = ("", "targetname", "title", "author")
"""What a document of Sphinx's `latex_documents` begins with, as `_config.yml` calls it."""
MODES = ("auto", "cache", "force", "inline", "lazy", "off")
FITS: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str, int, float),
    Kind.TEXTS: (list, str),
    Kind.FLAG: (bool,),
    Kind.NUMBER: (int, float),
    Kind.TABLE: (dict,),
    Kind.MODE: (str, bool),
    Kind.ANYTHING: (object,),
}


class Translation(Struct, frozen=True):
    """What `_config.yml` says, in our words."""

    tables: dict[str, dict[str, Any]]
    """As those of book.toml."""
    sphinx: dict[str, Any]
    layout: Layout
    extensions: tuple[Extension, ...] = ()
    """Besides those that every such book has."""
    unused: tuple[UnusedKey, ...] = ()


class _Said(Struct, frozen=True):
    """A key with its value."""

    key: Key
    name: str
    value: Any
    line: int


def translation(data: Any) -> Translation:
    """Return what the decoded `_config.yml` says in our words.

    Raises ConfigError with all values that are not of the kind that their keys have.
    """
    problems = Problems(CONFIG)
    if data is not None and not isinstance(data, Table):
        problems.add(1, "is no list of keys and values")
        problems.refuse()
    found = _Found(data or Table(), problems)
    problems.refuse()
    return _Translating(found).result()


class _Found:
    """What stands in the file, by what becomes of it."""

    def __init__(self, data: Table, problems: Problems) -> None:
        self._problems = problems
        self.unused: list[UnusedKey] = []
        self.said: dict[str, _Said] = {}
        self.options: dict[str, _Said] = {}
        """Of `sphinx.config`."""
        self._look(data, "", keys.KEYS, self.said)

    def _look(self, table: Table, before: str, known: tuple[Key, ...], said: dict[str, _Said]) -> None:
        for name, value in table.items():
            whole = f"{before}{name}"
            line = table.at(name)
            if whole == "sphinx.config" and isinstance(value, Table):
                self._look(value, "", keys.OPTIONS, self.options)
                continue
            key = keys.key_of(whole, known)
            if value is None and (key or keys.is_table(whole, known)):
                continue
            if key is None and keys.is_table(whole, known):
                if isinstance(value, Table):
                    self._look(value, f"{whole}.", known, said)
                else:
                    self._problems.add(line, f"`{whole}:` is to be keys with values")
            elif key is None and known is keys.OPTIONS:
                said[whole] = _Said(Key(whole, Kind.ANYTHING, State.SPHINX, whole), whole, value, line)
            elif key is None:
                self.unused.append(_unknown(whole, line))
            elif _fits(value, key.kind):
                said[whole] = _Said(key, whole, value, line)
                if key.state == State.NOTHING:
                    self.unused.append(UnusedKey(whole, line, key.remark))
            else:
                self._problems.add(line, f"`{whole}:` is to be {key.kind}, and is {value!r}")


def _unknown(name: str, line: int) -> UnusedKey:
    names = [key.name for key in keys.KEYS if not key.name.endswith("*")]
    nearest = difflib.get_close_matches(name, names, n=1)
    return UnusedKey(name, line, f"Did you mean {nearest[0]}?" if nearest else "Remove it.", known=False)


def _fits(value: Any, kind: Kind) -> bool:
    if kind == Kind.MODE:
        return value is False or value in MODES
    if kind not in {Kind.FLAG, Kind.ANYTHING} and isinstance(value, bool):
        return False
    if kind == Kind.TEXTS and isinstance(value, list):
        return all(isinstance(text, str) for text in value)
    return isinstance(value, FITS[kind])


class _Translating:
    def __init__(self, found: _Found) -> None:
        self._found = found
        self._tables: dict[str, dict[str, Any]] = {"book": {}}
        self._sphinx: dict[str, Any] = decoded(SPHINX)
        self._extensions: dict[str, Extension] = {}

    def result(self) -> Translation:
        for said in self._found.said.values():
            self._put(said)
        self._put_options()
        self._complete_book()
        self._add_own()
        self._add_extensions()
        self._settle_thebe()
        sphinx = {name: value for name, value in self._sphinx.items() if name != "extensions"}
        return Translation(
            tables=self._tables,
            sphinx=sphinx,
            layout=self._layout(),
            extensions=tuple(self._extensions.values()),
            unused=tuple(self._found.unused),
        )

    def _value(self, name: str, *options: str) -> Any:
        """Return the value of a key, or of one of the options that mean the same, which go before it."""
        for option in options:
            if option in self._found.options:
                return self._found.options[option].value
        said = self._found.said.get(name)
        return said.value if said else None

    def _put(self, said: _Said) -> None:
        key = said.key
        if not key.to or key.to == "extensions":
            return
        if key.state == State.OURS:
            table, _, name = key.to.partition(".")
            value = values.as_ours(key.to, said.value)
            if value is not None:
                self._tables.setdefault(table, {})[name] = value
            elif key.to == "pdf.paper" and said.value:
                names = ", ".join(f"{name}paper" for name in values.PAPERS)
                self._found.unused.append(UnusedKey(said.name, said.line, f"It is to be one of {names}."))
        elif key.state == State.SPHINX:
            place = key.to
            if key.name.endswith("*"):
                place = f"{key.to}.{said.name.removeprefix(key.name[:-1])}"
            value = decoded(said.value)
            if place == keys.FOOTER:
                value = "\n".join(
                    filter(None, (self._sphinx[keys.THEME].get(place.rpartition(".")[2]), value))
                )
            if value != "" or "." not in place:
                _set(self._sphinx, place, value)

    def _put_options(self) -> None:
        """Put what `sphinx.config` says over all else; tables are added to only if the book wants that."""
        adds = bool(self._value("sphinx.recursive_update"))
        for said in self._found.options.values():
            if said.name == "latex_documents":
                self._put_document(said)
            elif (
                "." in said.name
                or said.key.name != said.name
                or said.key.state == State.OURS
                or said.key.to != said.name
            ):
                self._put(said)
            elif adds and isinstance(said.value, dict) and isinstance(self._sphinx.get(said.name), dict):
                self._sphinx[said.name] = _merged(self._sphinx[said.name], decoded(said.value))
            elif said.key.to != "extensions":
                self._sphinx[said.name] = decoded(said.value)

    def _put_document(self, said: _Said) -> None:
        """Put the name, the title and the authors of the PDF, which Sphinx has in a list for each document."""
        documents = said.value if isinstance(said.value, list) else []
        first = documents[0] if documents and isinstance(documents[0], list) else []
        for name, value in zip(DOCUMENT, first, strict=False):
            if name and isinstance(value, str):
                key = keys.key_of(f"latex.latex_documents.{name}")
                assert key is not None  # noqa: S101 - one of the table
                self._put(_Said(key, said.name, value, said.line))

    def _complete_book(self) -> None:
        """Say what every book has to have, and Jupyter Book has a value for."""
        book = self._tables["book"]
        book.setdefault("title", "My Jupyter Book")
        book.setdefault("authors", ())
        book["slug"] = values.slug(book.get("slug", ""), book["title"])
        book["recurring"] = ()
        self._tables.setdefault("kernel", {}).setdefault("python", ".".join(map(str, sys.version_info[:2])))
        execution = self._tables.setdefault("execution", {})
        execution.setdefault("cell_timeout", 30.0)
        mode = self._value("execute.execute_notebooks", "nb_execution_mode", "jupyter_execute_notebooks")
        if mode is False or mode == "off":
            execution["execute"] = "off"
        if self._value("parse.myst_extended_syntax"):
            enabled = self._sphinx.get("myst_enable_extensions", MYST)
            self._sphinx["myst_enable_extensions"] = sorted({*enabled, "amsmath", "deflist", "html_image"})

    def _add_own(self) -> None:
        """Put tables as a book.toml has them over all else."""
        said = self._found.said.get("toolchain")
        for table, own in decoded(said.value if said else {}).items():
            inner = self._tables.get(table, {})
            self._tables[table] = {**inner, **own} if isinstance(own, dict) else own

    def _layout(self) -> Layout:
        excluded = self._texts("exclude_patterns", "exclude_patterns")
        return msgspec.structs.replace(
            JUPYTER_BOOK,
            excluded=tuple(dict.fromkeys((*JUPYTER_BOOK.excluded, *excluded))),
            restarts=self._value("html.use_multitoc_numbering", "use_multitoc_numbering") is False,
            only_listed=bool(self._value("only_build_toc_files")),
            bibliographies=self._texts("bibtex_bibfiles", "bibtex_bibfiles"),
        )

    def _texts(self, name: str, option: str) -> tuple[str, ...]:
        value = self._value(name, option) or ()
        return (value,) if isinstance(value, str) else tuple(value)

    def _add_extensions(self) -> None:
        for name, line in self._named_extensions():
            if name not in OF_JUPYTER_BOOK and name not in EXTENSIONS:
                self._extensions.setdefault(name, Extension(name, line))
        local = self._found.said.get("sphinx.local_extensions")
        for name, folder in (local.value if local else {}).items():
            self._extensions[name] = Extension(name, local.value.at(name) if local else 1, str(folder or "."))
        for name, groups in NEEDED.items():
            asked = [next(filter(self._value, group), "") for group in groups]
            if all(asked):
                self._extensions.setdefault(name, Extension(name, self._found.said[asked[0]].line))

    def _settle_thebe(self) -> None:
        """Take thebe out where nothing is named that would run its code."""
        said = self._found.said.get("launch_buttons.thebe")
        if said and said.value and "sphinx_thebe" not in self._extensions:
            launchers = self._sphinx["html_theme_options"].get("launch_buttons", {})
            launchers.pop("thebe", None)
            self._found.unused.append(UnusedKey(said.name, said.line, "Name a `binderhub_url` for it."))

    def _named_extensions(self) -> Iterator[tuple[str, int]]:
        both = (self._found.said.get("sphinx.extra_extensions"), self._found.options.get("extensions"))
        for said in filter(None, both):
            names = [said.value] if isinstance(said.value, str) else said.value
            lines = getattr(said.value, "lines", ()) or [said.line] * len(names)
            yield from zip(names, lines, strict=True)


def _set(tables: dict[str, Any], place: str, value: Any) -> None:
    *names, last = place.split(".")
    for name in names:
        inner = tables.get(name)
        tables[name] = tables = dict(inner) if isinstance(inner, dict) else {}
    tables[last] = value


def _merged(table: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    merged = dict(table)
    for key, value in more.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
