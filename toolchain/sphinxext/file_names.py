"""A name that no file system can have is the name of no file: Sphinx and MyST ask the system, which raises an error then."""

import os
from functools import wraps
from pathlib import Path, PosixPath, WindowsPath
from typing import TYPE_CHECKING, Any

from myst_parser.mdit_to_docutils import sphinx_ as myst_sphinx
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from toolchain.base.files import is_utf8

if TYPE_CHECKING:
    System = Path
else:
    System = WindowsPath if os.name == "nt" else PosixPath
INSTEAD = "\N{REPLACEMENT CHARACTER}"
"""Stands in the name of a file that nobody has for what makes it impossible."""


class _AnyPath(System):
    """A path of which MyST asks whether it is one of a file."""

    def is_file(self, **_options: Any) -> bool:
        """Say so of a name that is too long, too."""
        return os.path.isfile(self)  # noqa: PTH113 - Path.is_file raises an error for such a name


def possible(name: str) -> str:
    """Return a name as it is, or another in its place that has no zero byte in it and is text."""
    name = name.replace("\0", INSTEAD)
    return name if is_utf8(name) else name.encode(errors="replace").decode()


def setup(_app: Sphinx) -> None:
    """Have both look for possible names only: whatever a page names is resolved by this one function of Sphinx."""
    myst_sphinx.Path = _AnyPath  # type: ignore[attr-defined] # there is no other seam
    resolve = BuildEnvironment.relfn2path
    if hasattr(resolve, "__wrapped__"):
        return

    @wraps(resolve)
    def resolve_possible(
        env: BuildEnvironment, filename: str | Path, docname: str | None = None
    ) -> tuple[str, str]:
        return resolve(env, possible(str(filename)), docname)

    BuildEnvironment.relfn2path = resolve_possible  # type: ignore[method-assign,assignment] # as above
