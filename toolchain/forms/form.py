"""What a form of the book is: one object that says all that the other rooms need to know of it."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from msgspec import Struct

from toolchain.base.digests import FileDigests
from toolchain.environment.requirements import Requirement
from toolchain.model import (
    Artifact,
    Book,
    BuildReport,
    Button,
    DeviceClass,
    Facts,
    FileRecord,
    KernelIdentity,
    LibraryIndex,
    NotebookReport,
)
from toolchain.model.sphinx import PageResult
from toolchain.project.git import History
from toolchain.project.settings import Settings

if TYPE_CHECKING:
    from toolchain.forms.sphinx_process import SphinxProcess
    from toolchain.forms.sphinx_runs import SphinxRuns
    from toolchain.messages.progress import Reporter

Opened = TypeVar("Opened")


class Meanwhile(Protocol):
    """What goes on while Sphinx is at work."""

    def begin(self) -> None:
        """Do what takes no longer than a page: Sphinx has been told what to do."""

    def read(self, facts: Facts) -> None:
        """Begin something: a builder has read all pages, and this is what they say."""

    def end(self) -> None:
        """Come to an end: Sphinx has ended."""


class FormInputs(Struct, frozen=True, kw_only=True):
    """What the forms of a build are made from."""

    settings: Settings
    book: Book
    notebooks: tuple[NotebookReport, ...]
    """What became of each notebook."""
    kernels: Mapping[DeviceClass, KernelIdentity]
    """The environments that the results depend on."""
    page_results: Mapping[str, PageResult]
    """What each notebook's page is to show, by the page's name."""
    executed: Callable[[str], bytes | None]
    """Gives what is shown of the result of a page, nbformat JSON; None where there is no result."""
    inputs: Callable[[str], tuple[FileRecord, ...] | None]
    """Gives the files that the result of a page depended on; None where there is no result."""
    library: LibraryIndex | None
    """What the book's library has; None if it has none."""
    wheel: Path | None
    """Of the book's library; None if it has none."""
    commit: str
    """The project's; empty outside git."""
    epoch: int
    """The date that artefacts carry, in seconds since 1970."""
    history: History
    """What git tells of the pages."""
    tools: str
    """Digest of what makes pages: when it changes, every page is made anew."""
    digests: FileDigests
    """Of all files that were looked at before: what looks the same is not read again."""
    last: BuildReport | None
    """The report of the build before; None if there is none."""
    reporter: "Reporter"
    sphinx: "SphinxProcess"
    """Runs Sphinx."""
    meanwhile: "Meanwhile"
    """Goes on while Sphinx is at work."""


class Making(FormInputs, frozen=True, kw_only=True):
    """What a form is made from, when Sphinx has written what it needs."""

    runs: "SphinxRuns"
    downloads: Mapping[str, Path] = {}
    """The files that the site offers, by their paths in it: those of the forms that are made before this one."""


class Opening(Struct, frozen=True):
    """What a form was made into, for whoever looks at it."""

    settings: Settings
    book: Book
    paths: tuple[Path, ...]
    """The files or folders of its artefacts; none if it was not made."""


class Form(Struct, Generic[Opened], frozen=True, kw_only=True):
    """A form that a book is published in."""

    name: str
    """As commands and report.json call it."""
    title: str
    """As people call it."""
    builder: str
    """Sphinx's builder for it."""
    folder: str
    """Folder below _build that the builder writes to."""
    make: Callable[[Making], list[Artifact]]
    """Makes the artefacts of what the builder has written. Raises BuilderError if that cannot be done."""
    open: Callable[[Opening], Opened]
    """Opens the artefacts for the checks, each once."""
    prepare: Callable[[Making], None] = lambda _: None
    """Clears the way before Sphinx writes."""
    requirements: Callable[[Settings], tuple[Requirement, ...]] = lambda _: ()
    """What making it needs of the system."""
    machine: Callable[[], Iterable[str]] = lambda: ()
    """Yields in words what of this machine decides about its bytes, and can be told beforehand: programs."""
    stands: Callable[[Settings], bool] = lambda _: True
    """Says whether what of this machine it was last made with still is as it was: files that making it has found out."""
    buttons: Callable[[Book, Settings], Mapping[str, tuple[Button, ...]]] = lambda _book, _settings: {}
    """Returns what is offered of it at the head of each page of the site, by the page's name."""
    downloads: Callable[[Settings], Mapping[str, Path]] = lambda _: {}
    """Returns the files of it that the site offers, by their paths in the site."""
    offers: Callable[[Settings], Mapping[str, str]] = lambda _: {}
    """Returns those of these files that are the whole book, by the words for them: where it begins, the site links to them."""
    notes: Callable[[Settings], tuple[str, ...]] = lambda _: ()
    """Returns what a person should know of what was made, and is no finding."""
    entrance: str = ""
    """The file in its artefact that a reader opens first; empty for a form that has none."""
    order: int = 0
    """When it is made, among the forms of a build: what offers others to download comes after them."""
