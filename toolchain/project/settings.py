"""book.toml, the environment and the options become one frozen `Settings`."""

import os
import tomllib
import typing
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.decoding import read_text
from toolchain.base.errors import ConfigError
from toolchain.base.files import is_file
from toolchain.base.refusals import BUILD, STORE
from toolchain.model.contents import BookContents
from toolchain.project import book_toml, refused
from toolchain.project.book_section import BookSection
from toolchain.project.book_toml import BOOK_TOML
from toolchain.project.layout import JUPYTER_BOOK, OURS, Layout
from toolchain.project.sections import (
    GENERIC,
    PRINT,
    SCREEN,
    BookToml,
    ClusterSection,
    Colours,
    EditionKind,
    Paper,
    Standard,
    Stock,
)

MYST_EXTENSIONS = (
    *("alert", "amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"),
    *("strikethrough", "tasklist"),
)
"""Of MyST; the notebooks that run and the pages that show them are parsed with the same."""
WAITING = "waiting"
"""Folder below _build of what is made while notebooks wait to be asked for."""
LOCAL = "local"
"""In place of a scheduler's address: this machine."""


class Edition(Struct, frozen=True):
    """An edition of the printed book, with all that book.toml leaves unsaid filled in."""

    name: str
    kind: EditionKind
    paper: Paper
    isbn: str
    profile: str
    """The printer's; empty of what is not for print."""
    colours: Colours | None
    """What they become."""
    stem: str
    """Of the files that LaTeX makes it with."""
    file: str
    """Of the finished PDF."""
    cover: str = ""
    """Of the finished PDF of its cover; empty if it has none."""
    stock: Stock = "white"
    spine: float | None = None
    """Millimetres, if book.toml says it."""
    standard: Standard | None = None
    """What the PDF keeps to, if book.toml says it."""


class UnusedKey(Struct, frozen=True):
    """A key of a book's description that does nothing here."""

    key: str
    line: int
    remedy: str
    known: bool = True
    """Whether it is one that such descriptions have."""
    twice: bool = False
    """Whether it does something, and the same key before it in its table does not."""
    path: str = ""
    """Of its file, if that is another than the one that says what the book is."""


class Options(Struct, frozen=True):
    """What the command line asks for."""

    forms: tuple[str, ...] = ()
    """Their names; none named, and all are made."""
    jobs: int = 0
    """Notebooks at a time; 0 for one a core."""
    force: bool = False
    retry: bool = False
    """Whether notebooks run again that failed, although nothing has changed since."""
    no_execute: bool = False
    """Whether nothing is run: what is known of results is shown."""
    keep_going: bool = False
    allow_missing: bool = False
    editions: tuple[str, ...] = ()
    """Of the PDF; none named, and all that book.toml has are made."""
    offline: bool = False
    """Whether to ask nobody for results."""
    scheduler: str = ""
    """Address of the Dask scheduler whose workers run the notebooks; `local` for none, whatever book.toml says."""
    certificates: str = ""
    """Folder of the certificates for it."""
    waits: bool = False
    """Whether notebooks that would run wait to be asked for: what is made meanwhile is no build of the book, and lies apart."""
    apart: Path | None = None
    """Folder of what is made for a run of Sphinx that a person has started; nothing is written anywhere else."""


class Settings(Struct, frozen=True):
    """All that a run is given: the project's folder, its book.toml and the options of the command line."""

    project: Path
    """The project's folder, absolute."""
    toml: BookToml
    options: Options = Options()
    layout: Layout = OURS
    contents: BookContents | None = None
    """The book's contents where a file of their own has them; None where toctrees in the pages do."""
    sphinx: dict[str, typing.Any] = {}
    """Options of Sphinx that the book's description sets, over those that follow from `toml`."""
    extensions: tuple[str, ...] = ()
    """Of Sphinx, that the book's description asks for."""
    module_folders: tuple[str, ...] = ()
    """Where modules of the book's own are that extend Sphinx, relative to the project."""
    unused: tuple[UnusedKey, ...] = ()
    """What the book's description says to no effect."""

    @property
    def myst_extensions(self) -> tuple[str, ...]:
        """The extensions of MyST that pages are read with."""
        of_every_book = self.sphinx.get("myst_enable_extensions", MYST_EXTENSIONS)
        return tuple(dict.fromkeys((*of_every_book, *self.toml.myst.extensions)))

    @property
    def pictures(self) -> dict[str, str]:
        """The pictures of the site itself that book.toml names, relative to the project, by its keys."""
        section = self.toml.html
        return {name: path for name, path in (("logo", section.logo), ("favicon", section.favicon)) if path}

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of all that the book is made from, as far as they are always looked at."""
        return tuple(self.project / name if name else self.project for name in self.layout.folders)

    @property
    def book(self) -> BookSection:
        """What the book is."""
        return self.toml.book

    @property
    def printed_title(self) -> str:
        """The title of the PDF."""
        return self.toml.pdf.title or self.book.title

    @property
    def printed_authors(self) -> tuple[str, ...]:
        """The authors as the PDF names them."""
        return self.toml.pdf.authors or self.book.author_names

    @property
    def sources(self) -> Path:
        """The folder of the text."""
        return self.project / self.layout.sources

    @property
    def config(self) -> Path:
        """The folder of book.toml."""
        return self.project / self.layout.config

    @property
    def build(self) -> Path:
        """The folder of everything that is made."""
        if self.options.apart:
            return self.options.apart
        return self.project / BUILD / (WAITING if self.options.waits else "")

    @property
    def store(self) -> Path:
        """The folder of the results."""
        return self.project / BUILD / STORE

    @property
    def remote(self) -> str:
        """The address that results are pulled from; empty if there is none."""
        return self._address(self.toml.store.remote)

    @property
    def push_remote(self) -> str:
        """The address that results are sent to; empty if there is none."""
        return self._address(self.toml.store.push or self.toml.store.remote)

    @property
    def jupyter_cache(self) -> Path:
        """The folder of this build's jupyter-cache."""
        return self.build / "jupyter-cache"

    @property
    def report(self) -> Path:
        """The path of report.json."""
        return self.build / "report.json"

    @property
    def digests(self) -> Path:
        """The path of the file that remembers digests of files."""
        return self.build / "stat-cache.json"

    @property
    def runs(self) -> Path:
        """The path of runs.json: what became of each notebook when a build last came to it."""
        return self.build / "runs.json"

    @property
    def failures(self) -> Path:
        """The path of failures.json: notebooks that failed, and what would have to change."""
        return self.build / "failures.json"

    @property
    def asked(self) -> "Settings":
        """The same for a build of the book, for which no notebook waits."""
        options = msgspec.structs.replace(self.options, waits=False, apart=None)
        return msgspec.structs.replace(self, options=options)

    @property
    def kernel_folder(self) -> Path:
        """The folder of the kernel's locks."""
        return (self.config / self.toml.kernel.folder).resolve()

    @property
    def requirements(self) -> tuple[Path, ...]:
        """The files that say what notebooks need: of the project, or else of the nearest folder above it in its repository."""
        folders = [self.project, *self.project.parents]
        top = next((folder for folder in folders if os.path.lexists(folder / ".git")), self.project)
        for folder in folders[: folders.index(top) + 1] if self.layout.requirements else ():
            files = tuple(path for name in self.layout.requirements if is_file(path := folder / name))
            if files:
                return files
        return ()

    @property
    def editions(self) -> tuple[Edition, ...]:
        """The editions of the PDF to make, in book.toml's order."""
        chosen = self.options.editions or tuple(self.toml.pdf.editions)
        return tuple(edition for edition in self.all_editions if edition.name in chosen)

    @property
    def all_editions(self) -> tuple[Edition, ...]:
        """Every edition that book.toml has."""
        return tuple(
            Edition(
                name=name,
                kind=section.kind or typing.cast("EditionKind", name),
                paper=section.paper or self.toml.pdf.paper,
                isbn=section.isbn,
                profile=(section.profile or GENERIC) if (section.kind or name) == PRINT else "",
                colours=section.colours,
                standard=section.standard,
                stock=section.stock,
                spine=section.spine,
                stem=f"{self.book.slug}-{name}",
                file=f"{self.book.slug}.pdf" if name == SCREEN else f"{self.book.slug}-{name}.pdf",
                cover=f"{self.book.slug}-{name}-cover.pdf"
                if section.cover and (section.kind or name) == PRINT
                else "",
            )
            for name, section in self.toml.pdf.editions.items()
        )

    def _address(self, address: str) -> str:
        """Return an address; a path, which is relative to the project, is made absolute."""
        if "://" in address or not address:
            return address
        return str((self.project / Path(address).expanduser()).resolve())

    @property
    def cluster(self) -> ClusterSection | None:
        """The other machines that run the notebooks; None if this one does."""
        section = self.toml.execution.cluster
        if self.options.scheduler == LOCAL or not (
            self.options.scheduler or section.scheduler or section.kind
        ):
            return None
        if not self.options.scheduler:
            return section
        return msgspec.structs.replace(section, scheduler=self.options.scheduler, kind="")

    @property
    def certificates(self) -> Path | None:
        """The folder of the certificates for the cluster; None if nothing names one but perhaps the environment."""
        if self.options.certificates:
            return Path(self.options.certificates)
        folder = self.toml.execution.cluster.certificates
        return self.project / Path(folder).expanduser() if folder else None

    @property
    def jobs(self) -> int:
        """How many notebooks may run at a time, and on how many cores pages are read and written."""
        from toolchain.processes import hardware  # noqa: PLC0415 - slow to import

        return self.options.jobs or hardware.cores()


def in_its_words(text: str, settings: Settings) -> str:
    """Return what to do about something, with the keys and places that the book has."""
    return in_words_of(settings.project, text) if settings.contents and text else text


def in_words_of(project: Path, text: str) -> str:
    """Return a sentence with the keys and places that the book in a folder has, which may be one that cannot be opened."""
    if not is_jupyter_book(project):
        return text
    from toolchain.project.jupyter_book import words  # noqa: PLC0415 - most projects are none

    return words.in_words_of_jupyter_book(text)


def load(project: Path, options: Options | None = None) -> Settings:
    """Read what a project says of itself: book.toml, or the two files of a Jupyter Book.

    Raises ConfigError if there is no such file, if it is not readable, has an unknown key or a value of the wrong kind.
    """
    refused.refuse_place(project)
    if is_jupyter_book(project):
        return _jupyter_book(project, options or Options())
    path = project / BOOK_TOML
    try:
        text = read_text(path, BOOK_TOML, ConfigError)
    except FileNotFoundError:
        raise ConfigError(
            f"{BOOK_TOML}: no such file in {project}",
            remedy="Run in the project's folder, or name it with --project DIR.",
        ) from None
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Numbers with thousands of digits and nesting without end are no TOMLDecodeError.
        raise ConfigError(f"{BOOK_TOML}: is not TOML: {error}", remedy="Correct the line named.") from error
    book_toml.refuse_unknown_keys(tables, text)
    try:
        toml = msgspec.convert(tables, BookToml, strict=True)
    except msgspec.ValidationError as error:
        raise ConfigError(
            book_toml.misfit(error, text), remedy="The appendix lists every key with its kind."
        ) from error
    refused.refuse_unknown_editions(
        toml,
        (options or Options()).editions,
        lambda edition: f"{BOOK_TOML}:{book_toml.line_of(edition, 'pdf.editions', text)}",
    )
    refused.refuse_misfits(toml, project, text)
    layout = msgspec.structs.replace(OURS, excluded=(*OURS.excluded, *toml.sources.exclude))
    return Settings(
        project=project.resolve(),
        toml=toml,
        options=options or Options(),
        layout=layout,
        module_folders=refused.module_folders(toml, project, text),
    )


def is_jupyter_book(project: Path) -> bool:
    """Say whether a folder is a Jupyter Book: ours are told by book.toml, whatever else is there."""
    return not is_file(project / BOOK_TOML) and any(is_file(project / name) for name in JUPYTER_BOOK.settings)


def _jupyter_book(project: Path, options: Options) -> Settings:
    """Return the settings of a Jupyter Book."""
    from toolchain.project.jupyter_book import opening  # noqa: PLC0415 - slow to import, and most projects are none

    return opening.open_book(project, options)
