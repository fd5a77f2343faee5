"""The kinds of folders that can be imported: how each is recognised, and how it becomes a draft."""

from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec import Struct

from toolchain.base.decoding import read_loosely
from toolchain.base.errors import ConfigError
from toolchain.base.files import is_file
from toolchain.importing import jupyter_book, notebooks
from toolchain.importing.d2l import book as d2l
from toolchain.importing.draft import Draft
from toolchain.importing.mystmd import book as mystmd
from toolchain.importing.sphinx import book as sphinx
from toolchain.project.book_toml import BOOK_TOML


class Kind(Struct, frozen=True):
    """A kind of folder."""

    name: str
    title: str
    recognises: Callable[[Iterable[str], Any], bool]
    take: Callable[[Draft], None]


def _kind(name: str, module: ModuleType) -> Kind:
    return Kind(name, module.TITLE, module.recognises, module.take)


KINDS = {
    kind.name: kind
    for kind in (
        _kind("jupyter-book", jupyter_book),
        _kind("mystmd", mystmd),
        _kind("sphinx", sphinx),
        _kind("d2l", d2l),
        _kind("notebooks", notebooks),
    )
}
"""In the order in which a folder is asked what it is."""


def kind_of(draft: Draft) -> Kind:
    """Return what kind of folder this is. Raises ConfigError if it is none."""
    if is_file(draft.folder / BOOK_TOML):
        raise ConfigError(
            f"{draft.folder}: is a project of the toolchain already",
            remedy="Build it: `toolchain build --project DIR`.",
        )

    def read(name: str) -> str:
        return read_loosely(draft.found[name])

    found = next((kind for kind in KINDS.values() if kind.recognises(draft.found, read)), None)
    if found is None:
        raise ConfigError(
            f"{draft.folder}: is none of what can be imported: there is no _config.yml, no myst.yml, no config.ini with "
            "pages of d2lbook, no conf.py beside a first page, and no notebook",
            remedy=f"Say what it is: --from {', '.join(KINDS)}.",
        )
    return found


def take(folder: Path, name: str = "") -> tuple[Draft, Kind]:
    """Return the draft of a folder, and which kind it is, by its name or by what is in it.

    Raises ConfigError for a folder that is none, and for what is wrong in its settings; SourceError for what in its pages.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder", remedy="Name the folder of a book.")
    draft = Draft(folder)
    kind = KINDS[name] if name else kind_of(draft)
    kind.take(draft)
    return draft, kind
