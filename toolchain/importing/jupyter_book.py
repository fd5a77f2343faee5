"""A book of Jupyter Book 1, by the same table of keys with which such a folder is built as it stands."""

import posixpath
from collections.abc import Iterable
from typing import Any

import msgspec

from toolchain.importing import numbered, restructured
from toolchain.importing.draft import SOURCES, Draft
from toolchain.importing.ledger import Fate, Place
from toolchain.importing.notebooks import requirements
from toolchain.project import settings
from toolchain.project.book_section import BookSection
from toolchain.project.jupyter_book import keys, located
from toolchain.project.jupyter_book.defaults import MYST
from toolchain.project.jupyter_book.found import CONFIG
from toolchain.project.jupyter_book.keys import State
from toolchain.project.jupyter_book.located import Table
from toolchain.project.sections import BookToml
from toolchain.project.settings import MYST_EXTENSIONS, Settings
from toolchain.sources import source_files

TITLE = "a book of Jupyter Book 1"
LISTS = frozenset({"html_css_files", "html_js_files", "latex_additional_files", "suppress_warnings"})
"""Options that the toolchain needs its own of."""
TABLES = frozenset({"html_theme_options", "latex_elements"})
FOLLOWING = ("preamble", "fontpkg")
"""Elements of LaTeX that follow the toolchain's own."""
FILES = frozenset({"html_logo", "html_favicon"})
STATIC = "html_static_path"
MYST_OPTION = "myst_enable_extensions"


def recognises(files: Iterable[str], _read: Any) -> bool:
    """Say whether a folder is such a book."""
    return not {"_config.yml", "_toc.yml"}.isdisjoint(files)


def take(draft: Draft) -> None:
    """Turn a book into a draft."""
    opened = settings.load(draft.folder)
    draft.contents = opened.contents
    for file in source_files.pages(opened):
        _add_page(draft, file.relative_to(opened.project).as_posix())
    draft.toml = _tables(opened)
    _add_options(draft, opened)
    _note_keys(draft, opened)
    draft.requirements = requirements(draft)
    draft.add_files("_config.yml", "_toc.yml")


def _add_page(draft: Draft, path: str) -> None:
    add = restructured.add_page if path.endswith(restructured.RESTRUCTURED) else Draft.add_page
    add(draft, path)


def _tables(opened: Settings) -> dict[str, dict[str, Any]]:
    """Return the tables of book.toml that say something else than every book does."""
    whole = msgspec.to_builtins(opened.toml)
    bare = msgspec.to_builtins(BookToml(book=opened.book))
    tables = {
        table: {key: value for key, value in values.items() if value != bare[table].get(key)}
        for table, values in whole.items()
        if isinstance(values, dict) and table != "book"
    }
    if opened.toml.library:
        tables["library"] = msgspec.to_builtins(opened.toml.library)
    blank = msgspec.to_builtins(BookSection(title="", slug="a", authors=()))
    book = {
        key: value
        for key, value in whole["book"].items()
        if value != blank[key] or key in ("title", "slug", "authors")
    }
    return {"book": book, **{table: values for table, values in tables.items() if values}}


def _add_options(draft: Draft, opened: Settings) -> None:
    """Put what goes to Sphinx into conf.py."""
    conf = draft.conf
    for name, value in opened.sphinx.items():
        if value is None:
            continue
        if name in FILES and isinstance(value, str):
            conf.options[name] = f"../{SOURCES}{value}"
        elif name == STATIC:
            conf.added[name] = [f"../{SOURCES}{folder}" for folder in value]
        elif name in LISTS:
            conf.added[name] = list(value)
        elif name in TABLES:
            conf.merged[name] = {key: part for key, part in value.items() if key not in FOLLOWING}
            conf.followed = {key: str(value[key]) for key in FOLLOWING if key in value} or conf.followed
        elif name == numbered.OPTION:
            conf.options[name] = numbered.words(opened.book.language) | value
        elif name == MYST_OPTION:
            conf.added[name] = [one for one in value if one not in MYST_EXTENSIONS]
        else:
            conf.options[name] = value
    conf.added.setdefault(MYST_OPTION, [one for one in MYST if one not in MYST_EXTENSIONS])
    conf.added["suppress_warnings"] = [*conf.added.get("suppress_warnings", []), "toc.not_included"]
    conf.added["extensions"] = list(opened.extensions)
    conf.folders = tuple(f"{SOURCES}{folder}" for folder in opened.module_folders)
    _add_static(draft)


def _add_static(draft: Draft) -> None:
    """Have the site load what is in `_static`, as Jupyter Book does."""
    names = [path.removeprefix("_static/") for path in draft.found if path.startswith("_static/")]
    if not names:
        return
    static = draft.conf.added.setdefault(STATIC, [])
    if f"../{SOURCES}_static" not in static:
        static.append(f"../{SOURCES}_static")
    for option, suffix in (("html_css_files", ".css"), ("html_js_files", ".js")):
        files = draft.conf.added.setdefault(option, [])
        files += [name for name in names if posixpath.splitext(name)[1] == suffix and name not in files]


def _note_keys(draft: Draft, opened: Settings) -> None:
    """Put what became of each key into the ledger."""
    data = located.read(draft.folder / CONFIG, CONFIG, []) if CONFIG in draft.found else Table()
    unused = {key.key: key for key in opened.unused}

    def note(table: Table, before: str, known: tuple[keys.Key, ...]) -> None:
        for name, value in table.items():
            whole = f"{before}{name}"
            place = Place(CONFIG, line=table.at(name))
            if whole in unused:
                draft.ledger.lose(place, f"`{whole}`", unused[whole].remedy)
            elif whole == "sphinx.config" and isinstance(value, Table):
                note(value, "", keys.OPTIONS)
            elif isinstance(value, Table) and keys.is_table(whole, known):
                note(value, f"{whole}.", known)
            elif key := keys.key_of(whole, known):
                draft.ledger.keys.append(Fate(place, f"`{whole}`", _became(key)))
            else:
                draft.ledger.keys.append(Fate(place, f"`{whole}`", f"`{whole}` in conf.py"))

    note(data or Table(), "", keys.KEYS)
    for key in opened.unused:
        if key.path:
            draft.ledger.lose(Place(key.path, line=key.line), f"`{key.key}`", key.remedy)
    if opened.layout.restarts:
        place = Place(CONFIG)
        draft.ledger.lose(place, "numbers that begin anew in each part", "Chapters count through all parts.")


def _became(key: keys.Key) -> str:
    if key.state == State.OURS and key.to:
        table, _, name = key.to.partition(".")
        return f"`[{table}] {name}`"
    return f"`{key.to}` in conf.py" if key.state == State.SPHINX and key.to else key.remark
