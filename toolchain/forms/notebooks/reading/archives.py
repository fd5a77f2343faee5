"""Reads the archives of notebooks once, and the notebooks that stand alone: what is in them, and whether they are whole."""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import nbformat
from msgspec import Struct

from toolchain.base.decoding import OddFileError, content_of, require_file
from toolchain.forms.notebooks.archive_layout import ALONE

if TYPE_CHECKING:
    from toolchain.forms.notebooks.reading.cell_markdown import MarkdownContent

CHUNK = 1 << 20
NOTEBOOK = 256 << 20
"""Bytes that a notebook may have to be read."""
WHOLE = 16 << 30
"""Bytes that an archive may unpack to."""
TEXTS = re.compile(r"[^/]+/(?:README\.md|requirements[\w-]*\.txt)")
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OddFileError,
)
"""What a damaged archive may raise."""


class Cell(Struct, frozen=True):
    """A cell of a notebook, without what it printed."""

    kind: str
    source: str
    attachments: frozenset[str] = frozenset()


class Notebook(Struct, frozen=True):
    """A notebook in an archive."""

    name: str
    """Its path in the archive."""
    page: str
    """Of which it is the notebook; empty if no page of the book has this one."""
    cells: tuple[Cell, ...] = ()
    problem: str = ""
    """Why Jupyter would refuse it."""

    @property
    def code(self) -> list[str]:
        """The code of its code cells."""
        return [cell.source for cell in self.cells if cell.kind == "code"]

    @property
    def markdown(self) -> Iterator[Cell]:
        """Its text cells."""
        return (cell for cell in self.cells if cell.kind == "markdown")


class Archive(Struct, frozen=True):
    """A zip of notebooks, or a notebook that stands alone."""

    path: Path
    title: str
    """As messages call it."""
    pages: dict[str, str]
    """The pages that it has to have, with their notebooks' paths in it."""
    files: frozenset[str] = frozenset()
    notebooks: dict[str, Notebook] = {}
    texts: dict[str, str] = {}
    """Those files that tell a reader how to start."""
    problem: str = ""
    """Why it cannot be read; then it may be empty."""


class Lost(Struct, frozen=True):
    """A link that leads nowhere."""

    notebook: Notebook
    link: str
    page: str = ""
    """To which it leads; empty if there is no such file."""
    place: str = ""
    """Which that page's notebook does not have; empty if there is no such file."""


class Archives:
    """All archives of a book."""

    def __init__(
        self, zips: list[Path], alone: Path, names: Mapping[str, str], pages_by_zip: Mapping[str, list[str]]
    ) -> None:
        """Read the zips, and in the folder `alone` the notebooks for the site.

        `names` are the notebooks' paths by their pages, `pages_by_zip` the pages of each zip by its name.
        """
        self.zips: list[Archive] = []
        self._markdown: dict[str, MarkdownContent] = {}
        self._places: dict[int, frozenset[str]] = {}
        for path in zips:
            pages = {page: f"{path.stem}/{names[page]}" for page in pages_by_zip.get(path.stem, ())}
            self.zips.append(read(path, pages))
        self.alone = [_alone(alone, page) for page in names]

    @property
    def all(self) -> Iterator[Archive]:
        """All archives and all notebooks that stand alone."""
        yield from self.zips
        yield from self.alone

    @property
    def notebooks(self) -> Iterator[tuple[Archive, Notebook]]:
        """All notebooks with the archives that they are in."""
        return ((archive, notebook) for archive in self.all for notebook in archive.notebooks.values())

    def markdown_content(self, text: str) -> "MarkdownContent":
        """Return what is in a text cell; the same one is in several archives and read once."""
        from toolchain.forms.notebooks.reading import cell_markdown  # noqa: PLC0415 - MyST is slow to import, and not for each form

        if text not in self._markdown:
            self._markdown[text] = cell_markdown.read(text)
        return self._markdown[text]

    def places(self, notebook: Notebook) -> frozenset[str]:
        """Return the names of the places in a notebook that links can lead to."""
        if id(notebook) not in self._places:
            places = (self.markdown_content(cell.source).places for cell in notebook.markdown)
            self._places[id(notebook)] = frozenset().union(*places)
        return self._places[id(notebook)]

    def lost(self, archive: Archive) -> Iterator[Lost]:
        """Yield the links that lead nowhere in an archive."""
        for notebook in archive.notebooks.values():
            for cell in notebook.markdown:
                for link in self.markdown_content(cell.source).links:
                    if link.startswith("attachment:"):
                        if unquote(link.removeprefix("attachment:")) not in cell.attachments:
                            yield Lost(notebook, link)
                    elif (
                        _is_relative(link) and (lost := self._lost_link(archive, notebook, link)) is not None
                    ):
                        yield lost

    def _lost_link(self, archive: Archive, notebook: Notebook, link: str) -> Lost | None:
        """Return a relative link of a notebook as lost; None if it leads somewhere."""
        path, _, fragment = link.partition("#")
        path, fragment = unquote(path.partition("?")[0]), unquote(fragment)
        target = (
            posixpath.normpath(posixpath.join(posixpath.dirname(notebook.name), path))
            if path
            else notebook.name
        )
        if target not in archive.files and not any(file.startswith(f"{target}/") for file in archive.files):
            return Lost(notebook, link)
        linked = archive.notebooks.get(target)
        if not fragment or linked is None or fragment in self.places(linked):
            return None
        return Lost(notebook, link, linked.page, fragment)


def read(path: Path, pages: dict[str, str] | None = None) -> Archive:
    """Read a zip; what is wrong with it is its `problem`."""
    archive = Archive(path=path, title=path.name, pages=pages or {})
    owners = {name: page for page, name in archive.pages.items()}
    notebooks: dict[str, Notebook] = {}
    texts: dict[str, str] = {}
    files: frozenset[str] = frozenset()
    problem = ""
    try:
        require_file(path)
        with zipfile.ZipFile(path) as opened:
            files = frozenset(opened.namelist())
            _refuse_absurd(opened)
            for member in opened.infolist():
                name = member.filename
                if name.endswith(".ipynb"):
                    notebooks[name] = _notebook(name, opened.read(member), owners.get(name, ""))
                elif TEXTS.fullmatch(name):
                    texts[name] = opened.read(member).decode(errors="replace")
                else:
                    _read_through(opened, member)
    except BROKEN as error:
        problem = str(error) or type(error).__name__
    return Archive(path, archive.title, archive.pages, files, notebooks, texts, problem)


def _alone(folder: Path, page: str) -> Archive:
    """Read the notebook of a page that stands alone, as an archive of one."""
    path = folder / f"{page}.ipynb"
    title, pages = f"{ALONE}/{page}.ipynb", {page: path.name}
    try:
        notebook = _notebook(path.name, content_of(path, NOTEBOOK), page)
    except (OSError, OddFileError) as error:
        return Archive(path, title, pages, problem=getattr(error, "strerror", "") or str(error))
    return Archive(path, title, pages, frozenset({path.name}), {path.name: notebook})


def _is_read(name: str) -> bool:
    return name.endswith(".ipynb") or TEXTS.fullmatch(name) is not None


def _refuse_absurd(opened: zipfile.ZipFile) -> None:
    """Refuse what is too large to be true.

    Raises ValueError.
    """
    if sum(member.file_size for member in opened.infolist()) > WHOLE:
        raise ValueError(f"it would unpack to more than {WHOLE >> 30} GB")
    for member in opened.infolist():
        if _is_read(member.filename) and member.file_size > NOTEBOOK:
            raise ValueError(f"{member.filename} has more than {NOTEBOOK >> 20} MB")


def _read_through(opened: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Read a file to its end, where its checksum is compared."""
    with opened.open(member) as stream:
        while stream.read(CHUNK):
            pass


def _notebook(name: str, data: bytes, page: str) -> Notebook:
    try:
        notebook: Any = nbformat.reads(data.decode(), as_version=4)
        nbformat.validate(notebook)
    except (nbformat.ValidationError, nbformat.reader.NotJSONError, UnicodeDecodeError) as error:
        return Notebook(name, page, problem=str(error).partition("\n")[0])
    except Exception as error:  # noqa: BLE001 - nbformat raises whatever comes of it
        return Notebook(name, page, problem=f"it is no notebook: {type(error).__name__}: {error}")
    cells = (
        Cell(cell.cell_type, cell.source, frozenset(cell.get("attachments", {}))) for cell in notebook.cells
    )
    return Notebook(name, page, tuple(cells))


def _is_relative(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return True  # and no file has such a name
    return not (parts.scheme or parts.netloc)
