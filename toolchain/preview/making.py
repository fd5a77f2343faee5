"""What the preview asks of whoever makes its pages, and what it is told: the protocol between the two.

A maker lives in a process of its own, whose main thread calls it; to end it, that thread gets a KeyboardInterrupt. What it
leaves below `_build` is, file by file, what `toolchain build html` would have left there.
"""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from toolchain.base.errors import ExitCode
from toolchain.forms import HTML
from toolchain.model import Finding, NotebookReport

SITE = (HTML.name,)
EARLY = "preview"
"""Folder below _build of pages that the site does not have yet: they are served in the place of those that it has."""


class Request(Struct, frozen=True):
    """What is to be made."""

    number: int
    """Each request has a higher one than those before it."""
    changed: tuple[str, ...] | None = None
    """What was saved, added or removed since the request before, as absolute paths; None if it may be anything.

    These are what a watcher has seen: a hint where to look first, and no promise that nothing else has changed.
    """
    run: bool = False
    """Whether notebooks run although book.toml wants to be asked before."""
    forms: tuple[str, ...] = SITE
    """The site; or the PDF, on request."""

    def with_(self, later: "Request") -> "Request":
        """Return the one request that asks for what this one and a later one do."""
        known = self.changed is not None and later.changed is not None
        return Request(
            later.number,
            tuple(dict.fromkeys((*(self.changed or ()), *(later.changed or ())))) if known else None,
            self.run or later.run,
            tuple(dict.fromkeys((*self.forms, *later.forms))),
        )


class Made(Struct, frozen=True, omit_defaults=True):
    """What has become of a request; findings and notebooks are of the whole book, as it is now."""

    number: int
    """Of the request; all earlier ones are answered with it."""
    exit_code: ExitCode
    pages: tuple[str, ...] = ()
    """That were written, by their names without `.html`."""
    findings: tuple[Finding, ...] = ()
    notebooks: tuple[NotebookReport, ...] = ()
    """With what failed in them, if anything has."""
    waiting: tuple[str, ...] = ()
    """Names of notebooks that would run and have to be asked for: the site is as it was, and pages are made beside it."""
    crashes: tuple[str, ...] = ()
    error: str = ""
    """What ended it before anything was made."""
    remedy: str = ""
    dependencies: tuple[str, ...] = ()
    """Files and folders besides the book's own that pages were made with, relative to the project."""
    artefacts: tuple[str, ...] = ()
    """Finished PDFs, if these were asked for, relative to the project."""
    seconds: float = 0.0
    unchecked: bool = False
    """Whether the pages are there and the whole book's checks, or the pages that nobody looks at, are still to come.

    Its findings are then those that are known already. The same request is answered once more at the end, unless another
    one has come meanwhile.
    """


class Channel(Protocol):
    """What a maker says while it works, and asks."""

    def wrote(self, pages: Iterable[str] = ()) -> None:
        """Say that pages are in their place, whole, with what they show: browsers that have them open load them now.

        Which ones is for people; all that are open are looked at.
        """

    def say(self, text: str) -> None:
        """Say in a line what is being done, such as which notebook runs."""

    def answer(self, made: Made) -> None:
        """Answer before the end: with `unchecked` set."""

    def waiting(self) -> Request | None:
        """Return what has been asked for meanwhile, all in one request, which is still to be made; None if nothing."""

    def superseded(self) -> bool:
        """Say whether another request waits: what nobody waits for is better left to the end of that one."""


class Maker(Protocol):
    """Makes the pages."""

    def make(self, request: Request, channel: Channel) -> Made:
        """Make everything that is asked for, and return when it is there and checked, or when another request waits.

        The build lock is held meanwhile, and not longer. Expected failures are returned, not raised.
        """

    def close(self) -> None:
        """End all that was kept warm."""
