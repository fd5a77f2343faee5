"""The frozen types that cross from stage to stage. Nothing here reads or writes."""

from toolchain.model.book import Book, CodeCell, Declaration, DeviceClass, Document, Gpu, Parsed, Toctree
from toolchain.model.files import ABSENT, FileRecord, Finding, Severity
from toolchain.model.library import Library, LibraryEntry, LibraryIndex, LibraryMethod, Saved
from toolchain.model.made import Artifact, BuildReport, Button, NotebookReport, Status
from toolchain.model.runs import (
    INFRASTRUCTURE,
    CellFailure,
    Executed,
    Failed,
    FailureKind,
    KernelIdentity,
    Outcome,
    Plan,
    Planned,
    Provenance,
    Reason,
    Record,
)

__all__ = [
    "ABSENT",
    "INFRASTRUCTURE",
    "Artifact",
    "Book",
    "BuildReport",
    "Button",
    "CellFailure",
    "CodeCell",
    "Declaration",
    "DeviceClass",
    "Document",
    "Executed",
    "Failed",
    "FailureKind",
    "FileRecord",
    "Finding",
    "Gpu",
    "KernelIdentity",
    "Library",
    "LibraryEntry",
    "LibraryIndex",
    "LibraryMethod",
    "NotebookReport",
    "Outcome",
    "Parsed",
    "Plan",
    "Planned",
    "Provenance",
    "Reason",
    "Record",
    "Saved",
    "Severity",
    "Status",
    "Toctree",
]
