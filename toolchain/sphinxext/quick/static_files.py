"""The theme's static files are copied when the site is made anew: Sphinx compares each of them, and fills in templates, in every run.

In a run that goes on from the last one the theme and its configuration are the same, and nobody has changed the site. What else
decides which files lie there is digested: what templates are filled in with, and the names of the book's own files, which may take
the places of the theme's.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from toolchain.base.decoding import read_whole
from toolchain.base.files import sha256_lines, write_atomically
from toolchain.model.sphinx import current
from toolchain.sphinxext import known_extensions
from toolchain.sphinxext.quick.replacing import replace

NAME = "environment.static"
"""Beside environment.pickle, and as that one known by its digest: `Kept`."""
ALWAYS = "documentation_options.js"
"""A file that every theme has: a site that is made anew has not got it yet."""

Copy = Callable[[StandaloneHTMLBuilder, dict[str, Any]], None]


def _unless_there(copy: Copy) -> Copy:
    def copy_theme_static_files(self: StandaloneHTMLBuilder, context: dict[str, Any]) -> None:
        file = Path(self.doctreedir, NAME)
        digest = sha256_lines(_decisive(self, context)).encode()
        if read_whole(file) == digest and Path(self.outdir, "_static", ALWAYS).is_file():
            return
        copy(self, context)
        if current() is not None and known_extensions.only(self._app):
            write_atomically(file, digest)

    return copy_theme_static_files


def _decisive(builder: StandaloneHTMLBuilder, context: dict[str, Any]) -> Iterator[str]:
    """Yield what decides about the theme's static files besides the theme, its options and the configuration."""
    yield from (f"{name} {value}" for name, value in sorted(context.items()) if isinstance(value, str | int))
    for name in (*builder.config.html_static_path, *builder.config.html_extra_path):
        folder = Path(builder.confdir, name)
        yield str(name)
        yield from sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def setup(_app: Sphinx) -> None:
    """Let each site of known themes keep them."""
    replace(StandaloneHTMLBuilder, "copy_theme_static_files", _unless_there)
