"""Files as inputs, and what is wrong with files."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from toolchain.base import terminal

NOTEBOOK = ".ipynb"
LINES_OF_A_CELL = 10_000
"""MyST-NB counts so many for each cell of an .ipynb: line 3 of its second one is 20003. No such line is in the file."""
ABSENT = "absent"
"""Stands for the digest of a file that a run looked for and did not find."""
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
MaybeSha256 = Annotated[str, Meta(pattern=r"\A(?:[0-9a-f]{64})?\Z")]
"""Empty where there is nothing that it would be of."""
InProject = Annotated[str, Meta(pattern=r"\A(?!/)(?!(?:.*/)?\.\.(?:/|\Z))[^\0-\x1f]*\Z")]
"""A path relative to the project's folder that stays in it: what is read back may name anything."""
NearProject = Annotated[str, Meta(pattern=r"\A(?:\.\./)*(?!/)(?!(?:.*/)?\.\.(?:/|\Z))[^\0-\x1f]*\Z")]
"""The same, or from a folder that the project is in: pages may take files of their repository, and of listed folders."""


def cell_of(path: str, line: int | None) -> int | None:
    """Return the cell of an .ipynb that a line is in, as MyST-NB counts lines; None for any other file."""
    return (line or 0) // LINES_OF_A_CELL or None if path.endswith(NOTEBOOK) else None


class FileRecord(Struct, frozen=True, order=True):
    """A file and what was in it; as an input anything else, too, that code can ask about a place among the files."""

    path: str
    """Relative to the project's folder, with forward slashes. `folder/` stands for its names, `folder/*.py` for its modules.

    After two slashes, which no path has, stands another question, one of sources.notebook_files.Question.
    """
    sha256: str
    """Of the content, or of the answer; or ABSENT."""

    @property
    def place(self) -> str:
        """The path without a question."""
        return self.path.partition("//")[0]


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
    """Counted from 1; None in an .ipynb."""
    remedy: str = ""
    severity: Severity = Severity.ERROR
    edition: str = ""
    """Of the PDF, if it is about a page there."""
    page: int | None = None
    """Of that edition, counted from 1 as viewers do."""
    area: tuple[float, float, float, float] | None = None
    """On that page: left, bottom, right and top of what is wrong, in points; of all of the page if not told."""
    cell: int | None = None
    """Of an .ipynb, counted from 1 among all its cells, those of text too."""

    @property
    def place(self) -> str:
        """`path:line`, or `path: cell N` of an .ipynb, as far as known."""
        path = terminal.name(self.path)
        if self.cell:
            return f"{path}: cell {self.cell}"
        return f"{path}:{self.line}" if self.line else path
