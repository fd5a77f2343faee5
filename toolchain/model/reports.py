"""What a build has made and found."""

from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from toolchain.base.errors import ExitCode
from toolchain.model.files import FileRecord, Finding, InProject, MaybeSha256, NearProject, Sha256
from toolchain.model.runs import CellFailure


class Status(StrEnum):
    """What became of a notebook in this build."""

    EXECUTED = "executed"
    REUSED = "reused"
    FAILED = "failed"
    MISSING = "missing"
    """No result is known and this machine cannot make one."""
    WAITING = "waiting"
    """It would run, and waits to be asked for; only the preview has such."""
    SAVED = "saved"
    """It is not run: its page shows what its own file has of outputs."""


class NotebookReport(Struct, frozen=True, omit_defaults=True):
    """A notebook's line in report.json."""

    name: str
    path: str
    status: Status
    reason: str
    key: MaybeSha256 = ""
    seconds: float | None = None
    """Of the run that made the result, now or earlier."""
    start: str = ""
    """When that run began; this and what follows is as its stored result says."""
    cell_seconds: tuple[float, ...] = ()
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    toolchain: str = ""
    commit: str = ""
    blob: MaybeSha256 = ""
    gpus: int = 0
    """How many it declares."""
    declared_key: MaybeSha256 = ""
    """The key of a result on these GPUs, if this one is the CPU's."""
    failure: CellFailure | None = None
    attempts: int = 1
    """How often it was run in this build until it succeeded, or failed for good."""
    as_before: bool = False
    """Whether it failed in an earlier build and was not run again, since nothing has changed."""


class KnownFailure(Struct, frozen=True):
    """How a notebook failed, and would fail again as long as this is so."""

    key: Sha256
    code: Sha256
    """Digest of what ran it."""
    inputs: tuple[FileRecord, ...]
    """What it depended on until it failed."""
    failure: CellFailure
    beyond: int
    """Lines from where the cell begins to where it failed."""
    seconds: float
    attempts: int = 1


class Button(Struct, frozen=True):
    """A link at the head of a page of the site."""

    text: str
    url: str
    """Absolute, or relative to the top of the site."""
    icon: str
    tooltip: str = ""
    printed_in: str = ""
    """The file of LaTeX, in the project, that has to have the page: else there would be nothing to offer."""


class Artifact(Struct, frozen=True):
    """A file, or a folder of files, that a build made for people."""

    form: str
    path: InProject
    """Relative to the project's folder."""
    bytes: int
    sha256: Sha256
    """Of the file; of a folder: of the sorted list of its files' paths and digests."""
    files: int = 1
    seconds: float = 0.0
    """How long it took to make."""


class Loaded(Struct, frozen=True):
    """Files that a browser loads for a page."""

    bytes: int = 0
    """As servers send them, text compressed."""
    requests: int = 0


class PageWeight(Struct, frozen=True):
    """What a browser loads for a page of the site that it has nothing of."""

    page: str
    """Path in the site."""
    bytes: int
    requests: int
    by_kind: dict[str, Loaded]
    """Of each kind: the page itself, style sheets, scripts, fonts, pictures, others."""
    largest: str
    """The file that weighs most."""
    of_largest: int
    """Its bytes."""


class Crash(Struct, frozen=True):
    """A form that was not made, since what builds it stopped."""

    form: str
    said: str
    """Why, with what to do and where to read on."""


class BuildReport(Struct, frozen=True):
    """Everything that a build has to say; report.json is this."""

    exit_code: ExitCode
    state: str = ""
    """Digest of all that this build depended on; empty if it was not complete."""
    forms: tuple[str, ...] = ()
    artefacts: tuple[Artifact, ...] = ()
    notebooks: tuple[NotebookReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    """What Sphinx said while it made the forms, and what is said of the notebooks: the checks make findings of it."""
    stopped: bool = False
    """Whether the build ended before anything was made: the artefacts are then those of an earlier build."""
    error: str = ""
    """What ended it, if that was no notebook, and what to do about it."""
    dependencies: tuple[NearProject, ...] = ()
    """Files and folders outside the book's own folders that this build depended on."""
    results: str = ""
    """Digest of what the store knew of the notebooks."""
    notes: tuple[str, ...] = ()
    """What else there is to know, such as why a service is not offered to readers."""
    heaviest: tuple[PageWeight, ...] = ()
    """The pages of the site for which most is loaded."""
    crashes: tuple[Crash, ...] = ()
    """The forms that were asked for and not made."""
    versions: dict[str, Any] = field(default_factory=dict)
