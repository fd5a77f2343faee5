"""What a check is and what it gets to see."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

from toolchain.base.decoding import lines_of, read_json, read_loosely
from toolchain.check.results import ResultCell, code_cells
from toolchain.check.silent import Silent
from toolchain.forms import HTML, NOTEBOOKS, PDF
from toolchain.forms.form import Form, Opened, Opening
from toolchain.messages.progress import Plain, Reporter
from toolchain.model import Artifact, Book, Document, Facts, Finding, NotebookReport, Severity
from toolchain.model.files import LINES_OF_A_CELL, NOTEBOOK
from toolchain.project.settings import Settings

if TYPE_CHECKING:
    from toolchain.forms.html.reading.site import Site
    from toolchain.forms.notebooks.reading.archives import Archives
    from toolchain.forms.pdf.reading.printed import Printed

# What is slow to import stands in the functions that need it: a build imports the readers of the forms that it has made.

EXTERNAL = "external"
"""Stands among the forms when other people's sites may be asked."""
SILENT = "silent.json"
"""Below _build: which searches have found nothing."""
MOST = 16 << 20
"""Bytes of results that are kept as they are looked at."""
MOST_TEXT = 8 << 20
"""Characters of sources that are kept as lines, which take twice as much; of others only the one that was asked for last."""


class _Cell(Struct):
    source: str | list[str] = ""


class _Notebook(Struct):
    """Of an .ipynb what its cells say."""

    cells: list[_Cell] = []


class ReadBook:
    """What Sphinx has read of a book, and what its notebooks have come to: all that is there before anything is made of it."""

    def __init__(
        self,
        settings: Settings,
        *,
        book: Book,
        notebooks: tuple[NotebookReport, ...] = (),
        facts: Facts | None = None,
        executed: Callable[[str], bytes | None] = lambda _: None,
    ) -> None:
        """Take what is known: `executed` gives the result that a page shows, by its name."""
        self.settings = settings
        read = facts.pages if facts and facts.pages else {page.name for page in book.documents}
        self.left_out = tuple(page for page in book.documents if page.name not in read)
        """Pages that conf.py takes from Sphinx: no form has them."""
        self.book = Book(tuple(page for page in book.documents if page.name in read))
        self.notebooks = notebooks
        self.facts = facts or Facts()
        self.executed = executed
        self._texts: dict[str, list[str]] = {}
        self._characters = 0
        self._last: tuple[str, list[str]] = ("", [])
        self._cells: dict[str, list[str]] = {}
        self._results: dict[str, tuple[ResultCell, ...]] = {}
        self._bytes_of_results = 0

    @cached_property
    def documents(self) -> dict[str, Document]:
        """The book's pages by their names."""
        return {page.name: page for page in self.book.documents}

    @cached_property
    def silent(self) -> Silent:
        """The pages in whose words searches have found nothing."""
        return Silent(self.settings.build / SILENT)

    def result(self, page: str) -> tuple[ResultCell, ...]:
        """Return the code cells of the result that a page shows; none where there is no result.

        Each is read once, unless all of them are more than memory is for.
        """
        if page in self._results:
            return self._results[page]
        executed = self.executed(page)
        cells = code_cells(executed)
        self._bytes_of_results += len(executed or b"")
        if self._bytes_of_results <= MOST:
            self._results[page] = cells
        return cells

    def relative(self, path: Path) -> str:
        """Say a path as findings do."""
        return path.relative_to(self.settings.project).as_posix()

    def line_of(self, path: str, needle: str, after: int = 1) -> int | None:
        """Return the line of a source at or after another in which a text stands; None if in none.

        Lines are counted from 1, and in an .ipynb as MyST-NB counts them.
        """
        return next((n for n, line in self.numbered(path) if n >= after and needle in line), None)

    def numbered(self, path: str) -> Iterator[tuple[int, str]]:
        """Yield the lines of a source with their numbers; of an .ipynb those of its cells."""
        if not path.endswith(NOTEBOOK):
            yield from enumerate(self.lines(path), start=1)
            return
        if path not in self._cells:
            notebook = read_json(self.settings.project / path, _Notebook) or _Notebook()
            self._cells[path] = ["".join(cell.source) for cell in notebook.cells]
        for cell, text in enumerate(self._cells[path], start=1):
            yield from enumerate(text.split("\n"), start=cell * LINES_OF_A_CELL + 1)

    def lines(self, path: str) -> list[str]:
        """Return the lines of a source; none of a notebook, or of a file that is not there."""
        if path == self._last[0]:
            return self._last[1]
        if path in self._texts:
            return self._texts[path]
        # What stands in the JSON of a notebook is on no line that a person would look for.
        text = "" if path.endswith(NOTEBOOK) else read_loosely(self.settings.project / path)
        lines = lines_of(text)
        self._characters += len(text)
        if self._characters <= MOST_TEXT:
            self._texts[path] = lines
        else:
            self._last = (path, lines)
        return lines


class BuiltBook(ReadBook):
    """What a build made, and what it was made from."""

    def __init__(
        self,
        read: ReadBook,
        artefacts: tuple[Artifact, ...] = (),
        *,
        warnings: tuple[Finding, ...] = (),
        external: bool = False,
        reporter: Reporter | None = None,
    ) -> None:
        """Know all that is known of the book that was read, and need not read it again.

        `warnings` are what was found while it was made. `external` says that other people's sites may be asked.
        """
        vars(self).update(vars(read))
        self.source = read
        self.artefacts = artefacts
        self.warnings = warnings
        self.external = external
        self.reporter = reporter or Plain(lambda _: None)
        self._opened: dict[str, Any] = {}

    @cached_property
    def forms(self) -> frozenset[str]:
        """The forms that were made; EXTERNAL is among them if other people's sites may be asked."""
        names = frozenset(artefact.form for artefact in self.artefacts)
        return names | {EXTERNAL} if self.external else names

    @property
    def site(self) -> "Site":
        """The built site, each page parsed once; nothing if there is none."""
        return self.opened(HTML)

    @property
    def editions(self) -> "tuple[Printed, ...]":
        """The printed book in every edition that was made, each opened once."""
        return tuple(printed for printed in self.opened(PDF) if not printed.cover)

    @property
    def covers(self) -> "tuple[Printed, ...]":
        """The covers that were made, each opened once."""
        return tuple(printed for printed in self.opened(PDF) if printed.cover)

    @property
    def archives(self) -> "Archives":
        """The archives of notebooks, each read once."""
        return self.opened(NOTEBOOKS)

    def opened(self, form: Form[Opened]) -> Opened:
        """Return the artefacts of a form as they are looked at; they are opened once."""
        if form.name not in self._opened:
            opening = Opening(self.settings, self.book, tuple(self.paths(form.name)))
            self._opened[form.name] = form.open(opening)
        opened: Opened = self._opened[form.name]
        return opened

    def paths(self, form: str) -> list[Path]:
        """Return the files or folders of a form."""
        return [self.settings.project / artefact.path for artefact in self.artefacts if artefact.form == form]


class Check(ABC):
    """One thing that can be wrong with a book."""

    id: ClassVar[str]
    """Stable name, such as `HTML001`."""
    title: ClassVar[str]
    """What it finds, in a line."""
    explanation: ClassVar[str]
    """Why that is wrong and what to do."""
    severity: ClassVar[Severity] = Severity.ERROR
    needs: ClassVar[frozenset[str]] = frozenset()
    """The forms that it looks at; where one was not made it has nothing to say."""
    follows: ClassVar[frozenset[str]] = frozenset()
    """Checks whose findings have its own as consequences: on the line of such a finding it has nothing to add."""

    @abstractmethod
    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Look and yield what is wrong."""

    def claims(self, _warning: Finding) -> bool:
        """Say whether a warning of Sphinx is this check's to explain: it is then not reported as it is."""
        return False

    def is_consequence(self, _warning: Finding, _built: "BuiltBook") -> bool:
        """Say whether a warning that it claims says only what comes of another one, and is no finding of its own."""
        return False

    def found(self, message: str, path: str, line: int | None = None, remedy: str = "") -> Finding:
        """Return a finding of this check."""
        return Finding(
            id=self.id, message=message, path=path, line=line, remedy=remedy, severity=self.severity
        )


class SourceCheck(Check):
    """One thing that can be wrong with a book whatever is made of it: it is looked for while that is made."""

    @abstractmethod
    def findings(self, read: ReadBook) -> Iterator[Finding]:
        """Look and yield what is wrong."""

    def of_warnings(self, _built: BuiltBook) -> Iterator[Finding]:
        """Yield what warnings of Sphinx say besides, when all are there."""
        yield from ()
