"""Checks of the sources are made while Sphinx still writes: when it has read all pages, nothing that they look at will change."""

from collections.abc import Callable, Iterable, Mapping
from threading import Thread

from toolchain.check.base import BuiltBook, Check, ReadBook, SourceCheck
from toolchain.model import Facts, Finding


class Ahead:
    """The findings of these checks, from a thread of its own: meanwhile the build waits for Sphinx."""

    def __init__(self, prepare: Callable[[], Iterable[Check]], read: Callable[[Facts], ReadBook]) -> None:
        """Look at nothing yet: `prepare` imports the checks that will be made, `read` opens the book that they look at."""
        self._prepare = prepare
        self._read = read
        self._thread: Thread | None = None
        self._book: ReadBook | None = None
        self._findings: dict[str, list[Finding]] = {}
        self._error: BaseException | None = None

    def begin(self) -> None:
        """Import the checks: Sphinx has been told what to do."""
        for _ in self._prepare():
            pass

    def read(self, facts: Facts) -> None:
        """Begin to look: this is what Sphinx has read. What a second builder has read is mostly the same."""
        if self._thread is None:
            self._book = self._read(facts)
            self._thread = Thread(target=self._look, args=(self._book,), daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Wait until everything is looked at: from now on nothing else goes on beside. Raises what a check has raised."""
        if self._thread:
            self._thread.join()
        if self._error:
            raise self._error

    def book(self, facts: Facts) -> ReadBook:
        """Return the book with these facts: the one that was looked at, if it has them."""
        return self._book if self._book and self._book.facts is facts else self._read(facts)

    def findings(self, built: BuiltBook) -> Mapping[str, list[Finding]]:
        """Return what was found in the book that was built, by the checks' ids; nothing if another one was looked at."""
        return self._findings if built.source is self._book else {}

    def _look(self, book: ReadBook) -> None:
        try:
            for check in self._prepare():
                if isinstance(check, SourceCheck):
                    self._findings[check.id] = list(check.findings(book))
        except BaseException as error:  # noqa: BLE001 - is raised where it is waited for
            self._error = error
