"""The frozen types that cross from stage to stage. Nothing here reads or writes."""

import typing
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct, field

from toolchain.errors import ExitCode
from toolchain.units import SIZE

ABSENT = "absent"
"""Stands for the digest of a file that a run looked for and did not find."""


class FileRecord(Struct, frozen=True, order=True):
    """A file and what was in it; as an input also a folder and the names in it, or a file that was not there."""

    path: str
    """Relative to the project's folder, with forward slashes; `folder/` for its names, `folder/*.py` for its modules."""
    sha256: str
    """Of the content, or of the names; or ABSENT."""


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    ADVICE = "advice"


class Finding(Struct, frozen=True, omit_defaults=True):
    """Something wrong in a readable book, with its place."""

    id: str
    """Stable name of what found it: `HTML001`, or Sphinx's own warning type such as `sphinx.ref.ref`."""
    message: str
    path: str = ""
    """The file it is in, relative to the project's folder; empty if it belongs to no one file."""
    line: int | None = None
    """Counted from 1."""
    remedy: str = ""
    severity: Severity = Severity.ERROR

    @property
    def place(self) -> str:
        """`path:line` as far as known."""
        return f"{self.path}:{self.line}" if self.line else self.path


class CodeCell(Struct, frozen=True):
    """A code cell as its source declares it."""

    number: int
    """Counted from 1 among the notebook's code cells."""
    source: str
    tags: tuple[str, ...]
    line: int
    """Line of its first line of code in the source file, counted from 1; 0 for an .ipynb."""


class DeviceClass(StrEnum):
    """What a notebook is computed on, and so the name of the lock with its packages."""

    CPU = "cpu"
    GPU = "gpu"


class Gpu(Struct, frozen=True):
    """A GPU that notebooks may use."""

    id: str
    """As CUDA_VISIBLE_DEVICES takes it."""
    name: str
    """As its driver calls it, such as `NVIDIA A100-SXM4-80GB`."""
    capability: str = ""
    """Compute capability, such as `8.0`; empty if the driver is too old to say."""


class Declaration(Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter's `execution:` key: what a notebook needs to run."""

    gpus: typing.Annotated[int, msgspec.Meta(ge=0)] = 0
    """GPUs of its own while it runs. Declared and not detected, so that a machine without any knows the result's key."""
    cpu_fallback: bool = False
    """Whether it may run on the CPU where there is no GPU and no result of one."""

    data: tuple[str, ...] = ()
    """Files and folders that it reads besides its chapter's and book/data, relative to the project."""
    env: dict[str, str] = field(default_factory=dict)
    """Environment variables of the kernel."""
    timeout: typing.Annotated[float, msgspec.Meta(gt=0)] | None = None
    """Seconds for the whole notebook; None for the book's limit."""
    memory: typing.Annotated[str, msgspec.Meta(pattern=SIZE)] = "0 B"
    """What it takes at most, such as `4 GB`; notebooks that together need more than there is wait for each other."""


class Toctree(Struct, frozen=True, tag=True):
    """A list of pages in a page."""

    entries: tuple[str, ...]
    """As they are written."""
    glob: bool = False
    backwards: bool = False
    numbered: int = 0
    """To which depth; 0 if not at all."""
    classes: tuple[str, ...] = ()


class Parsed(Struct, frozen=True):
    """A page as its text alone says."""

    prose: str
    """Its Markdown, without code cells."""
    contents: tuple[int | Toctree, ...] = ()
    """The levels of its headings and its toctrees, in their order."""
    metadata: dict[str, Any] = {}
    """Its front matter, or the metadata of an .ipynb."""
    cells: tuple[CodeCell, ...] = ()
    notebook: str = ""
    """The notebook without outputs as nbformat JSON; empty for a page that is none."""
    loads: dict[str, str] = {}
    """sha256 of the files whose code its cells load, by their paths relative to the page."""


class Document(Struct, frozen=True):
    """A page of the book; a notebook if it has code cells."""

    name: str
    """Sphinx's docname: the path below book/ without its suffix."""
    path: str
    """Relative to the project's folder."""
    title: str
    cells: tuple[CodeCell, ...]
    kernel_name: str = ""
    language: str = ""
    images: tuple[str, ...] = ()
    """Images that it shows and that exist, relative to the project's folder."""
    notebook: str = ""
    """The parsed notebook without outputs as nbformat JSON; empty for a page without code cells."""
    declared: Declaration = Declaration()
    allow_errors: bool = False
    """Whether its cells may raise exceptions, as if each had the tag `raises-exception`."""
    loaded: tuple[str, ...] = ()
    """Files whose code its cells load, relative to the project."""
    bundle: bool = True
    """Whether it is among the notebooks to download."""
    number: str = ""
    """Of its chapter or section, such as `3.2`; empty for a page without one."""

    @property
    def chapter(self) -> str:
        """The folder below book/ that it is in; empty at the top."""
        return self.name.rpartition("/")[0]

    @property
    def reference(self) -> str:
        """How people refer to it: `Section 3.2`, `Chapter 3`, or its title."""
        if not self.number:
            return f"“{self.title}”"
        kind = "Section" if "." in self.number else "Chapter" if self.number.isdigit() else "Appendix"
        return f"{kind}\N{NO-BREAK SPACE}{self.number}"


class Book(Struct, frozen=True):
    """All pages, in the order in which they are read; those in no list of pages at the end."""

    documents: tuple[Document, ...]

    @property
    def notebooks(self) -> tuple[Document, ...]:
        """The pages that have something to run."""
        return tuple(document for document in self.documents if document.cells)


class Saved(Struct, frozen=True):
    """A definition that a cell contributes to the library."""

    name: str
    code: str
    """Its source text."""
    digest: str
    """Of what it does: comments and layout do not count."""
    document: str
    """Name of the page."""
    path: str
    """Of the page, relative to the project."""
    cell: int
    """Number of the code cell, counted from 1."""
    line: int
    """Line of the definition in the page, counted from 1; 0 if unknown."""
    imports: tuple[str, ...]
    """The import statements that it needs, of any cell of its page up to its own."""
    uses: tuple[str, ...]
    """Other saved names that it uses, of its own page or through the library."""
    replaces: bool = False
    """Whether its cell says that it replaces an earlier one of the same name."""

    @property
    def place(self) -> str:
        """`path:line`, and the cell."""
        return f"{self.path}:{self.line}: cell {self.cell}" if self.line else f"{self.path}: cell {self.cell}"


class Library(Struct, frozen=True):
    """The package that is made of the book's saved definitions."""

    name: str
    version: str
    saved: tuple[Saved, ...]
    """In the order of the book; of a replaced definition both are there."""
    pages: tuple[str, ...]
    """Names of all pages, in the order of the book."""

    def before(self, document: str) -> "Library":
        """Return the part of it that is saved before a page: what that page can import."""
        earlier = set(self.pages[: self.pages.index(document)])
        return msgspec.structs.replace(
            self, saved=tuple(each for each in self.saved if each.document in earlier)
        )

    @property
    def names(self) -> dict[str, Saved]:
        """The definitions that count, by name: of those that replace each other, the last."""
        return {each.name: each for each in self.saved}


class LibraryMethod(Struct, frozen=True):
    """A method of a class in the library."""

    name: str
    signature: str
    docstring: str


class LibraryEntry(Struct, frozen=True):
    """What the book says of one definition in its library."""

    name: str
    kind: str
    """`function`, `class` or `data`, as Sphinx's Python domain calls them."""
    signature: str
    docstring: str
    methods: tuple[LibraryMethod, ...]
    page: str
    """Name of the page that defines it."""
    reference: str
    """To that page, in words."""
    number: str
    """Of that page."""
    cell: int
    used_in: tuple[tuple[str, str], ...]
    """Name of each page that uses it, with the reference to it."""

    @property
    def summary(self) -> str:
        """The first paragraph of its docstring, in a line."""
        return " ".join(self.docstring.partition("\n\n")[0].split())


class LibraryIndex(Struct, frozen=True):
    """Everything in the library, in the order of the book."""

    name: str
    entries: tuple[LibraryEntry, ...]


class KernelIdentity(Struct, frozen=True):
    """What of the notebooks' environment can change a result."""

    python: str
    """Minor version, such as `3.11`."""
    distributions: tuple[str, ...]
    """Sorted `name==version`."""
    source: str = ""
    """What says so, in words: a lock's name, or an interpreter. It changes nothing."""


class Record(Struct, frozen=True):
    """A stored result of one key: the inputs that it belongs to and where its notebook is."""

    blob: str
    """sha256 of the executed notebook."""
    inputs: tuple[FileRecord, ...]
    seconds: float
    device: str
    toolchain: str
    """Version of the toolchain that ran it."""
    commit: str
    """Commit of the project at that time, with `+` after it if there were uncommitted changes."""
    start: str
    """When the run began, UTC, ISO 8601."""
    versions: dict[str, str]
    """Python and the packages that the notebook itself imported, with their versions."""
    components: dict[str, Any] = {}
    """What the key was made of, so that a later plan can say what changed."""
    notebook: str = ""
    """Name of the page that it was computed for; the same code may stand elsewhere by now."""
    made: tuple[str, ...] = ()
    """Files and folders that the run made, relative to the project: another notebook may look for them in vain."""


class Provenance(Struct, frozen=True, omit_defaults=True):
    """Where a result comes from, as the executed notebook itself says; its digest vouches for it."""

    start: str = ""
    """When the run began, UTC, ISO 8601."""
    seconds: float | None = None
    cell_seconds: tuple[float, ...] = ()
    """Of each code cell."""
    device: str = ""
    """What computed it: `cpu`, or the names of the GPUs."""
    versions: dict[str, str] = field(default_factory=dict)
    """Python and the packages that the notebook imported."""
    toolchain: str = ""
    """Version of the toolchain that ran it."""
    commit: str = ""
    """Commit of the project at that time, with `+` after it if files differed from it."""


class Reason(StrEnum):
    """Why a notebook runs, or does not."""

    REUSED = "nothing changed"
    NEW = "new"
    KEY = "code or environment changed"
    INPUTS = "inputs changed"
    FAILED = "failed last time"
    LOST = "its result is not in the store"
    FORCED = "forced"
    MISSING = "no result, and it cannot run here"


class Planned(Struct, frozen=True):
    """The decision for one notebook."""

    document: Document
    key: str
    reason: Reason
    detail: str = ""
    """What changed, in words."""
    record: Record | None = None
    """The result that is reused; None if the notebook runs."""
    components: dict[str, Any] = {}
    """What the key is made of."""
    expected_seconds: float | None = None
    """From the last run that is known."""
    gpus: int = 0
    """How many it is planned to be computed with: as declared, or none if it falls back to the CPU."""
    declared_key: str = ""
    """The key of a result on the declared GPUs, if the plan falls back to the CPU; a result that comes there is better."""
    note: str = ""
    """What else there is to know about the decision."""

    @property
    def because(self) -> str:
        """The reason in words."""
        return self.detail or str(self.reason)

    @property
    def runs(self) -> bool:
        """Whether the notebook has to be executed."""
        return self.record is None and self.reason != Reason.MISSING

    @property
    def device_class(self) -> DeviceClass:
        """What it is planned to be computed on."""
        return DeviceClass.GPU if self.gpus else DeviceClass.CPU


class Plan(Struct, frozen=True):
    """The decisions for all notebooks, in the book's order."""

    notebooks: tuple[Planned, ...]

    @property
    def to_run(self) -> tuple[Planned, ...]:
        """Those to execute, longest expected first; unknown ones before all others."""
        return tuple(sorted((p for p in self.notebooks if p.runs), key=_longest_first))


def _longest_first(planned: Planned) -> float:
    return float("-inf") if planned.expected_seconds is None else -planned.expected_seconds


class FailureKind(StrEnum):
    """What ended a notebook's run."""

    CELL_ERROR = "cell error"
    CELL_TIMEOUT = "cell timeout"
    NOTEBOOK_TIMEOUT = "notebook timeout"
    OUTPUT_LIMIT = "output limit"
    DEAD_KERNEL = "dead kernel"
    OUT_OF_MEMORY = "out of memory"
    CHANGED_SOURCE = "changed source"


INFRASTRUCTURE = frozenset({FailureKind.DEAD_KERNEL, FailureKind.OUT_OF_MEMORY})
"""The failures that may be the machine's and not the notebook's: it is tried again."""


class CellFailure(Struct, frozen=True):
    """Where and how a notebook failed."""

    kind: FailureKind
    cell: int
    """Number of the code cell, counted from 1; 0 before the first."""
    line: int
    """Line in the source, counted from 1; 0 if unknown."""
    message: str
    """One line, such as `ZeroDivisionError: division by zero`."""
    traceback: str
    """Without escape codes; empty if there is none."""
    last_output: str = ""
    """The last lines that the cell had printed, without escape codes."""
    remedy: str = ""


class Executed(Struct, frozen=True):
    """A notebook that ran to its end."""

    planned: Planned
    notebook: str
    """The executed notebook with its provenance, nbformat JSON."""
    inputs: tuple[FileRecord, ...]
    """The files that the run depended on, as they were when it began."""
    seconds: float
    device: str
    start: str
    versions: dict[str, str]
    made: tuple[str, ...] = ()
    """Files and folders that it left in its scratch folder, where no other notebook finds them."""
    attempts: int = 1
    """How often it was run for this outcome."""


class Failed(Struct, frozen=True):
    """A notebook that did not."""

    planned: Planned
    failure: CellFailure
    partial: str
    """The notebook with the outputs up to the failure, nbformat JSON."""
    seconds: float
    absent: tuple[str, ...] = ()
    """What it looked for and did not find, relative to the project."""
    attempts: int = 1
    """How often it was run for this outcome."""


Outcome = Executed | Failed


class Status(StrEnum):
    """What became of a notebook in this build."""

    EXECUTED = "executed"
    REUSED = "reused"
    FAILED = "failed"
    MISSING = "missing"
    """No result is known and this machine cannot make one."""


class NotebookReport(Struct, frozen=True, omit_defaults=True):
    """A notebook's line in report.json."""

    name: str
    path: str
    status: Status
    reason: str
    key: str = ""
    seconds: float | None = None
    """Of the run that made the result, now or earlier."""
    start: str = ""
    """When that run began; this and what follows is as its stored result says."""
    cell_seconds: tuple[float, ...] = ()
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    toolchain: str = ""
    commit: str = ""
    blob: str = ""
    gpus: int = 0
    """How many it declares."""
    declared_key: str = ""
    """The key of a result on these GPUs, if this one is the CPU's."""
    failure: CellFailure | None = None
    attempts: int = 1
    """How often it was run in this build until it succeeded, or failed for good."""


class Button(Struct, frozen=True):
    """A link at the head of a page of the site."""

    text: str
    url: str
    """Absolute, or relative to the top of the site."""
    icon: str
    tooltip: str = ""


class Artifact(Struct, frozen=True):
    """A file, or a folder of files, that a build made for people."""

    form: str
    path: str
    """Relative to the project's folder."""
    bytes: int
    sha256: str
    """Of the file; of a folder: of the sorted list of its files' paths and digests."""
    files: int = 1
    seconds: float = 0.0
    """How long it took to make."""


class BuildReport(Struct, frozen=True):
    """Everything that a build has to say; report.json is this."""

    exit_code: ExitCode
    state: str = ""
    """Digest of all that this build depended on; empty if it was not complete."""
    forms: tuple[str, ...] = ()
    artefacts: tuple[Artifact, ...] = ()
    notebooks: tuple[NotebookReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    stopped: bool = False
    """Whether notebooks failed and nothing was made: the artefacts are then those of an earlier build."""
    dependencies: tuple[str, ...] = ()
    """Files and folders outside the book's own folders that this build depended on."""
    results: str = ""
    """Digest of what the store knew of the notebooks."""
    notes: tuple[str, ...] = ()
    """What else there is to know, such as why a service is not offered to readers."""
    crashes: tuple[str, ...] = ()
    """What builders said as they crashed, with where to read on."""
    versions: dict[str, Any] = field(default_factory=dict)
