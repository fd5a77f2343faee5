"""What becomes part of a page's text while it is parsed, `{include}` and its like: no file is opened but those that pages may take.

docutils, Sphinx and MyST each open such files themselves, and none offers a seam: the functions with which they open them are
replaced here, not the directives, of which there are many, in each language other names, and new ones in extensions.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit
from urllib.request import urlopen

import docutils.io
from docutils import nodes
from docutils.parsers.rst.directives import images, misc, tables
from myst_nb.core.render import NbElementRenderer
from myst_parser import mocking
from sphinx import addnodes
from sphinx.directives.code import LiteralIncludeReader

from toolchain.project.reach import TEXT, Reach, Refusal
from toolchain.sphinxext import markdown_outputs

OF_OUTPUT = Refusal(
    "code has put its name out, and its results may come from anywhere",
    "Show the file in the text of the page, or have the code display what is in it.",
)
BY_CODE = "toolchain_by_code"
"""Attribute of images and downloads that code has put out."""
ITSELF = Refusal(
    "it includes itself, and that without end", "Include only a part, by :start-after: and :end-before:."
)
TWICE = 2
"""How often a file may be among those that include each other: a page may well quote a part of itself."""
REMOTE = ("http", "https")
STANDARD = Path(misc.Include.standard_include_path).resolve()
"""Folder of docutils' own definitions, which pages include as `<isonum.txt>`."""
_FileInput = docutils.io.FileInput
_read_literally = LiteralIncludeReader.read_file
_include = mocking.MockIncludeDirective.run


class NotTakenError(OSError):
    """A page names a file that it may not take: to whoever would have opened it, the system has refused."""


class Taking:
    """Says of every file that is about to be opened whether it may be."""

    def __init__(self, reach: Reach, note: Callable[[Path], None]) -> None:
        """Let pages take what is within reach; `note` is told of each file there, whether there is one or not."""
        self._reach = reach
        self._note = note
        self._in_output = False
        self._including: list[Path] = []

    def require(self, path: str | os.PathLike[str]) -> None:
        """Raise NotTakenError if the page that is parsed may not take a file."""
        if self._in_output:
            self._refuse(path, OF_OUTPUT)
        refusal, named = self._refusal(Path(path)), Path(os.path.abspath(path))  # noqa: PTH100 - links in it stay
        if not refusal or self._reach.project in named.parents:
            self._note(named)
        if refusal:
            self._refuse(path, refusal)

    def include(self, path: Path) -> None:
        """Raise NotTakenError if the page may not include a file; what is included meanwhile, is by that file."""
        self.require(path)
        if self._including.count(real := path.resolve()) == TWICE:
            self._refuse(path, ITSELF)
        self._including.append(real)

    @contextmanager
    def included(self) -> Iterator[None]:
        """Forget afterwards what has been included meanwhile."""
        depth = len(self._including)
        try:
            yield
        finally:
            del self._including[depth:]

    def _refuse(self, path: str | os.PathLike[str], refusal: Refusal) -> NoReturn:
        path, project = os.path.abspath(path), self._reach.project  # noqa: PTH100 - links in it stay
        is_near = os.path.commonpath((path, project)) != os.path.sep
        raise NotTakenError(refusal.said_of(os.path.relpath(path, project) if is_near else path))

    def _refusal(self, path: Path) -> Refusal | None:
        is_standard = Path(os.path.realpath(path)).parent == STANDARD
        return None if is_standard else self._reach.refusal(path, TEXT)

    @contextmanager
    def of_output(self) -> Iterator[None]:
        """Take nothing for what is parsed meanwhile."""
        before, self._in_output = self._in_output, True
        try:
            yield
        finally:
            self._in_output = before


def install(reach: Reach, note: Callable[[Path], None]) -> None:
    """Take the places of the functions that open files for a page's text; `note` is told of each file that one names."""
    taking = Taking(reach, note)

    class Input(_FileInput):
        """Looks before docutils opens a file: for `include` in reStructuredText, `raw`, `csv-table`."""

        def __init__(
            self, source: Any = None, source_path: Any = None, *arguments: Any, **options: Any
        ) -> None:
            if source is None and source_path:
                taking.require(source_path)
            super().__init__(source, source_path, *arguments, **options)

    class Included(type(Path())):  # type: ignore[misc] # the class of this system's paths
        """Looks before MyST reads what a page includes."""

        def read_text(self, *arguments: Any, **options: Any) -> str:
            taking.include(self)
            return Path(self).read_text(*arguments, **options)

    def include(self: mocking.MockIncludeDirective) -> list[nodes.Element]:
        with taking.included():
            return _include(self)

    def read_literally(self: LiteralIncludeReader, filename: Any, location: Any = None) -> list[str]:
        taking.require(filename)
        return _read_literally(self, filename, location)

    def render_markdown(self: NbElementRenderer, data: Any, **options: Any) -> list[nodes.Element]:
        with taking.of_output():
            rendered: list[Any] = markdown_outputs.render(self, data, **options)
        for node in rendered:
            for taker in (*node.findall(nodes.image), *node.findall(addnodes.download_reference)):
                taker[BY_CODE] = True
        return rendered

    for place, name, stand_in in (
        (docutils.io, "FileInput", Input),
        (tables, "FileInput", Input),
        (misc, "urlopen", _open_remote),
        (tables, "urlopen", _open_remote),
        # With it `:figwidth: image` would open files relative to wherever the toolchain was started.
        (images, "PIL", None),
        (mocking, "Path", Included),
        (mocking.MockIncludeDirective, "run", include),
        (LiteralIncludeReader, "read_file", read_literally),
        (NbElementRenderer, "_render_markdown_base", render_markdown),
    ):
        setattr(place, name, stand_in)


def _open_remote(address: str) -> Any:
    """Open an address on the web: urllib would also read files by theirs."""
    if urlsplit(address).scheme not in REMOTE:
        refusal = Refusal("it is no address on the web", "Name a file with :file:.")
        raise NotTakenError(refusal.said_of(address))
    return urlopen(address)  # noqa: S310 - its scheme was looked at
