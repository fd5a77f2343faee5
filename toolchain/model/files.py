"""Files as inputs, and what is wrong with files."""

from enum import StrEnum

from msgspec import Struct

ABSENT = "absent"
"""Stands for the digest of a file that a run looked for and did not find."""


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
    """Counted from 1."""
    remedy: str = ""
    severity: Severity = Severity.ERROR
    edition: str = ""
    """Of the PDF, if it is about a page there."""
    page: int | None = None
    """Of that edition, counted from 1 as viewers do."""
    area: tuple[float, float, float, float] | None = None
    """On that page: left, bottom, right and top of what is wrong, in points; of all of the page if not told."""

    @property
    def place(self) -> str:
        """`path:line` as far as known."""
        return f"{self.path}:{self.line}" if self.line else self.path
