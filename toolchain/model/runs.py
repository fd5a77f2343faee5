"""Plans, runs and results of notebooks."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from toolchain.model.book import DeviceClass, Document
from toolchain.model.files import ABSENT, FileRecord


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
    REMEMBERED = "failed before, and nothing has changed since"
    LOST = "its result is not in the store"
    FORCED = "forced"
    MISSING = "no result, and it cannot run here"
    WAITS = "waits to be asked for"
    OFF = "is not run"


IDLE = frozenset({Reason.MISSING, Reason.WAITS, Reason.OFF, Reason.REMEMBERED})
"""Why a notebook does not run that has no result."""


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
        return self.record is None and self.reason not in IDLE

    @property
    def device_class(self) -> DeviceClass:
        """What it is planned to be computed on."""
        return DeviceClass.GPU if self.gpus else DeviceClass.CPU


class Plan(Struct, frozen=True):
    """The decisions for all notebooks, in the book's order."""

    notebooks: tuple[Planned, ...]
    kernels: Mapping[DeviceClass, KernelIdentity] = {}
    """The environments that their results depend on, by device class."""

    @property
    def to_run(self) -> tuple[Planned, ...]:
        """Those to execute, longest expected first; unknown ones before all others."""
        return tuple(sorted((p for p in self.notebooks if p.runs), key=_longest_first))


def _longest_first(planned: Planned) -> float:
    return float("-inf") if planned.expected_seconds is None else -planned.expected_seconds


EXPRESSIONS = "expressions"
"""Key of an executed notebook's metadata under which the values of its text's expressions stand."""


class Value(Struct, frozen=True):
    """What an expression in the text had for a value when it was evaluated, as the notebook keeps it."""

    source: str
    """Of the expression."""
    after: Annotated[int, Meta(ge=0, le=1_000_000)]
    """How many code cells had run."""
    data: dict[str, Any]
    """By mime type."""
    metadata: dict[str, Any] = {}


class FailureKind(StrEnum):
    """What ended a notebook's run."""

    CELL_ERROR = "cell error"
    EXPRESSION_ERROR = "expression error"
    CELL_TIMEOUT = "cell timeout"
    NOTEBOOK_TIMEOUT = "notebook timeout"
    OUTPUT_LIMIT = "output limit"
    DEAD_KERNEL = "dead kernel"
    OUT_OF_MEMORY = "out of memory"
    CHANGED_SOURCE = "changed source"
    LOST_WORKER = "lost worker"
    UNKNOWN_KERNEL = "unknown kernel"


INFRASTRUCTURE = frozenset({FailureKind.DEAD_KERNEL, FailureKind.LOST_WORKER, FailureKind.OUT_OF_MEMORY})
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
    expression: str = ""
    """As it stands in the text, if it was one that failed, after that cell."""

    @property
    def said(self) -> str:
        """One line that says which cell or which expression failed, if one had begun, and how."""
        if self.expression:
            after = "" if self.line or not self.cell else f" after cell {self.cell}"
            kind = "" if self.kind == FailureKind.EXPRESSION_ERROR else f"{self.kind}: "
            return f"{self.expression}{after}: {kind}{self.message}"
        where = f"cell {self.cell}: " if self.cell else ""
        return f"{where}{self.kind}: {self.message}"


class Executed(Struct, frozen=True, tag=True):
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


class Failed(Struct, frozen=True, tag=True):
    """A notebook that did not."""

    planned: Planned
    failure: CellFailure
    partial: str
    """The notebook with the outputs up to the failure, nbformat JSON."""
    seconds: float
    inputs: tuple[FileRecord, ...] = ()
    """The files that the run depended on until then, as they were when it began."""
    attempts: int = 1
    """How often it was run for this outcome."""

    @property
    def absent(self) -> tuple[str, ...]:
        """What it looked for and did not find, relative to the project."""
        return tuple(record.place for record in self.inputs if record.sha256 == ABSENT)


Outcome = Executed | Failed
