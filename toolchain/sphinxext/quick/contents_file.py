"""The contents at the side of pages, as the last run has made and compared them: kept with the trees, which nobody else writes.

They are those of this run if all pages have the same titles, and the same lists of pages; and if nothing shows pages that is not
known.
"""

from pathlib import Path

import msgspec
from msgspec import Struct
from sphinx import addnodes
from sphinx.application import Sphinx

from toolchain.base.decoding import read_json
from toolchain.base.files import sha256_lines, write_atomically
from toolchain.model.sphinx import current
from toolchain.sphinxext import known_extensions
from toolchain.sphinxext.listed import Listed

NAME = "environment.contents"
"""Beside environment.pickle. Nothing hidden: of that `Kept` takes no digest."""


class Made(Struct, frozen=True):
    """Contents as HTML: those that are shown, and those of all levels."""

    html: str
    whole: str
    compared: tuple[int, ...]
    """How many entries the pages had, one or none, on which the theme has made the same."""


class _File(Struct, frozen=True):
    """What is kept, by the options with which it was made."""

    digest: str
    made: dict[str, Made] = {}


def digest_of(app: Sphinx) -> str:
    """Return a digest of what contents show, and of who makes them; empty if that is not known, or is not the same on all pages."""
    if current() is None or not known_extensions.only(app) or has_exceptions(app):
        return ""
    kind = type(app.builder)
    return sha256_lines([f"{kind.__module__}.{kind.__qualname__}", *map(str, Listed(app.env).navigation())])


def has_exceptions(app: Sphinx) -> bool:
    """Say whether some of the contents are not there everywhere: what Sphinx shows of these depends on where a page stands."""
    return any(any(True for _ in toc.findall(addnodes.only)) for toc in app.env.tocs.values())


def read(app: Sphinx, digest: str) -> dict[str, Made]:
    """Return the contents that are kept, if they have this digest."""
    kept = read_json(_path(app), _File) if digest else None
    return kept.made if kept and kept.digest == digest else {}


def write(app: Sphinx, digest: str, made: dict[str, Made]) -> None:
    """Keep contents for the next run."""
    if digest:
        write_atomically(_path(app), msgspec.json.encode(_File(digest, made), order="sorted"))


def _path(app: Sphinx) -> Path:
    return Path(app.doctreedir, NAME)
