"""One gate for the files that pages take: what they show, offer, include or quote, in whatever way they name it.

Images and downloads are looked at in the tree that was read, before Sphinx collects them. What becomes part of a page's text
is read while the page is parsed: taking.py stands before that. A file that is not taken is to a page as if it were not
there, and a finding says why. What a notebook has put out names no file at all: it comes out of a store that others fill.
"""

import os
from functools import cache
from glob import glob
from pathlib import Path
from urllib.parse import unquote

from docutils import nodes
from docutils.parsers.rst import directives
from myst_parser.mdit_to_docutils import sphinx_ as myst_sphinx
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.i18n import get_image_filename_for_language, search_image_for_language

from toolchain.base.files import is_file, named_like
from toolchain.model.sphinx import project_of
from toolchain.project.reach import Reach, Refusal
from toolchain.sources import loading
from toolchain.sphinxext import taking
from toolchain.sphinxext.images import replace_by_words
from toolchain.sphinxext.taking import BY_CODE, OF_OUTPUT

FOLDERS = "toolchain_folders"
"""Option of Sphinx: the folders besides the project's that pages may take files from, as book.toml has them."""
BEFORE_SPHINX_COLLECTS = 100
ANY_FORMAT = ".*"
LOGGER = logging.getLogger(__name__)
_relfn2path = BuildEnvironment.relfn2path
_uri_of_docutils = directives.uri


class _Gate:
    """Looks at the images and downloads of one page."""

    def __init__(self, env: BuildEnvironment, reach: Reach) -> None:
        self._env = env
        self._page = env.current_document.docname
        self._reach = reach

    def images(self, doctree: nodes.document) -> None:
        """Leave out the images that a page may not take."""
        for image in list(doctree.findall(nodes.image)):
            if _is_elsewhere(image["uri"]):
                continue
            image["uri"] = self._decoded(image["uri"])
            if refusal := self._refusal(image, self._candidates(image["uri"])):
                _warn(image["uri"], refusal, image)
                replace_by_words(image, f"missing image: {image['uri']}")

    def downloads(self, doctree: nodes.document) -> None:
        """Leave their words of the downloads that a page may not take."""
        for download in list(doctree.findall(addnodes.download_reference)):
            target = download["reftarget"]
            if "://" not in target and (refusal := self._refusal(download, [self._path(target)])):
                _warn(target, refusal, download)
                at = download.parent.index(download)
                download.parent[at : at + 1] = download.children

    def _refusal(self, node: nodes.Element, paths: list[Path]) -> Refusal | None:
        if node.get(BY_CODE):
            return OF_OUTPUT
        return next(filter(None, map(self._reach.refusal, paths)), None)

    def _decoded(self, uri: str) -> str:
        """Return an address as the name of a file: Markdown's may be in percent-encoding, and MyST's of images are."""
        relative, _ = _resolved(self._env, uri, self._page)
        return uri if is_file(Path(self._env.srcdir, relative)) else unquote(uri)

    def _path(self, written: str) -> Path:
        """Return where Sphinx would look."""
        return Path(self._env.relfn2path(written, self._page)[1])

    def _candidates(self, uri: str) -> list[Path]:
        """Return every file that Sphinx may choose for an image: a translated one, or one of several formats."""
        if not uri.endswith(ANY_FORMAT):
            return [self._path(search_image_for_language(uri, self._env))]
        patterns = (uri, get_image_filename_for_language(uri, self._env))
        return [Path(path) for pattern in patterns for path in glob(str(self._path(pattern)))]  # noqa: PTH207 - as Sphinx looks


def _is_elsewhere(uri: str) -> bool:
    """Say whether an image is no file, as Sphinx does."""
    return uri.startswith("data:") or "://" in uri


def _warn(name: str, refusal: Refusal, node: nodes.Element) -> None:
    LOGGER.warning("%s", refusal.said_of(name), location=node, type="toolchain", subtype="file")


def _find(env: BuildEnvironment, filename: str | Path, docname: str | None = None) -> tuple[str, str]:
    """Find the file that is meant: as its name is written, or with the percent-encoding of an address taken off it.

    Whatever names a file comes here, and whatever wrote the name: an author, a keyboard, Markdown. Where there is no file,
    it is where the name as it is written would be.
    """
    written = str(filename)
    for name in dict.fromkeys((written, unquote(written))):
        relative, path = _resolved(env, name, docname)
        if is_file(Path(path)):
            return relative, path
        if (found := named_like(Path(path))) and is_file(found):
            return Path(os.path.relpath(found, env.srcdir)).as_posix(), str(found)
    return _resolved(env, written, docname)


def _resolved(env: BuildEnvironment, filename: str, docname: str | None) -> tuple[str, str]:
    """Resolve a name as Sphinx does, seen from the book's folder and absolute, whatever its name: Sphinx raises errors for some.

    They are links that lead in a circle, which Python 3.13 leaves as they are, and names with a zero byte.
    """
    try:
        return _relfn2path(env, filename, docname)
    except (RuntimeError, ValueError):
        folder = Path(env.doc2path(docname or env.current_document.docname)).parent
        path = os.path.normpath(folder / filename)
        return os.path.relpath(path, env.srcdir), path


def _uri(argument: str | None) -> str:
    """Return what a directive names, the spaces within a line among it: docutils leaves out all white space, as of addresses."""
    address: str = _uri_of_docutils(argument)  # type: ignore[arg-type] # it refuses None itself
    if _is_elsewhere(address) or "\\" in (argument or ""):
        return address
    return "".join(line.strip() for line in (argument or "").splitlines())


class _Named(type(Path())):  # type: ignore[misc] # the class of this system's paths
    """What a link may lead to: MyST asks whether it is a file, whatever its name."""

    def is_file(self) -> bool:
        return is_file(self)


def _gate(app: Sphinx, doctree: nodes.document) -> None:
    gate = _Gate(app.env, reach_of(app))
    gate.images(doctree)
    gate.downloads(doctree)


def _install(app: Sphinx, _config: object) -> None:
    def note(path: Path) -> None:
        # Also of a file that is not there: the page is read again when it is.
        if app.env.current_document.docname:
            app.env.note_dependency(path)

    taking.install(reach_of(app), note)
    loading.install(reach_of(app))


def reach_of(app: Sphinx) -> Reach:
    """Return what the pages of a book may take."""
    # With what Sphinx keeps are the pictures that notebooks have put out; where a person runs it, that may be anywhere.
    return _reach(project_of(app.srcdir), (*app.config[FOLDERS], str(app.doctreedir)))


@cache
def _reach(project: Path, folders: tuple[str, ...]) -> Reach:
    return Reach(project, folders)


def setup(app: Sphinx) -> None:
    """Look before anything is taken."""
    BuildEnvironment.relfn2path = _find  # type: ignore[method-assign,assignment]
    directives.uri = _uri  # for images and figures; there is no other seam
    myst_sphinx.Path = _Named  # type: ignore[attr-defined]
    app.add_config_value(FOLDERS, (), "env", types=(list, tuple))
    app.connect("config-inited", _install)
    app.connect("doctree-read", _gate, priority=BEFORE_SPHINX_COLLECTS)
