"""`_config.yml` becomes the tables of a book.toml, settings for Sphinx, and a list of what has no effect."""

import sys
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.project.extensions import Extension
from toolchain.project.jupyter_book import keys, values
from toolchain.project.jupyter_book.defaults import EXTENSIONS, MYST, NEEDED, OF_JUPYTER_BOOK, SPHINX
from toolchain.project.jupyter_book.found import CONFIG, Found, Said
from toolchain.project.jupyter_book.keys import State
from toolchain.project.jupyter_book.located import Problems, Table, decoded
from toolchain.project.layout import JUPYTER_BOOK, Layout
from toolchain.project.settings import UnusedKey

DOCUMENT = ("", "targetname", "title", "author")
"""What a document of Sphinx's `latex_documents` begins with, as `_config.yml` calls it."""


class Translation(Struct, frozen=True):
    """What `_config.yml` says, in our words."""

    tables: dict[str, dict[str, Any]]
    """As those of book.toml."""
    sphinx: dict[str, Any]
    layout: Layout
    extensions: tuple[Extension, ...] = ()
    """Besides those that every such book has."""
    unused: tuple[UnusedKey, ...] = ()
    places: dict[str, tuple[str, int]] = {}
    """By each key of book.toml, with dots between tables, what the file calls it, and its line."""


def translation(data: Any) -> Translation:
    """Return what the decoded `_config.yml` says in our words.

    Raises ConfigError with all values that are not of the kind that their keys have.
    """
    problems = Problems(CONFIG)
    if data is not None and not isinstance(data, Table):
        problems.add(1, "has no keys with values; it is to begin with `title: …`")
        problems.refuse()
    found = Found(data or Table(), problems)
    problems.refuse()
    return _Translating(found).result()


class _Translating:
    def __init__(self, found: Found) -> None:
        self._found = found
        self._tables: dict[str, dict[str, Any]] = {"book": {}}
        self._sphinx: dict[str, Any] = decoded(SPHINX)
        self._extensions: dict[str, Extension] = {}
        self._places: dict[str, tuple[str, int]] = {}

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
            places=self._places,
        )

    def _value(self, name: str, *options: str) -> Any:
        """Return the value of a key, or of one of the options that mean the same, which go before it."""
        for option in options:
            if option in self._found.options:
                return self._found.options[option].value
        said = self._found.said.get(name)
        return said.value if said else None

    def _put(self, said: Said) -> None:
        key = said.key
        if not key.to or key.to == "extensions":
            return
        if key.state == State.OURS:
            table, _, name = key.to.partition(".")
            value = values.as_ours(key.to, said.value)
            if value is not None:
                self._tables.setdefault(table, {})[name] = value
                self._places[key.to] = (said.name, said.line)
            elif key.to == "pdf.paper" and said.value:
                names = ", ".join(f"{name}paper" for name in values.PAPERS)
                self._found.unused.append(UnusedKey(said.name, said.line, f"It is to be one of {names}."))
        elif key.state == State.SPHINX:
            place = key.to
            self._places[place] = (said.name, said.line)
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
                self._places[said.name] = (f"sphinx.config.{said.name}", said.line)

    def _put_document(self, said: Said) -> None:
        """Put the name, the title and the authors of the PDF, which Sphinx has in a list for each document."""
        documents = said.value if isinstance(said.value, list) else []
        first = documents[0] if documents and isinstance(documents[0], list) else []
        for name, value in zip(DOCUMENT, first, strict=False):
            if name and isinstance(value, str):
                key = keys.key_of(f"latex.latex_documents.{name}")
                assert key is not None  # noqa: S101 - one of the table
                self._put(Said(key, said.name, value, said.line))

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
        if said:
            self._places |= _places(said.value, "toolchain.", "")
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


def _places(table: Table, theirs: str, ours: str) -> dict[str, tuple[str, int]]:
    """Return what all keys of a table are called in the file, with their lines, by what book.toml calls them."""
    places = {}
    for key, value in table.items():
        places[f"{ours}{key}"] = (f"{theirs}{key}", table.at(key))
        if isinstance(value, Table):
            places |= _places(value, f"{theirs}{key}.", f"{ours}{key}.")
    return places


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
