"""What the panel on a page shows: how the book is, as the last request has left it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from toolchain.base import refusals, terminal
from toolchain.base.errors import ExitCode
from toolchain.model import Finding, NotebookReport, Severity
from toolchain.preview.making import Made
from toolchain.project.layout import Layout

MOST = 100
"""Problems of other pages that are listed; all are counted."""


class Problem(Struct, frozen=True, omit_defaults=True):
    """Something that is wrong, as it is shown."""

    place: str
    message: str
    remedy: str = ""
    detail: str = ""
    """Of a cell that failed: what Python says."""
    href: str = ""
    """The address of the page that it is on."""


class Shown(Struct, frozen=True):
    """All that the panel of one page shows."""

    here: tuple[Problem, ...] = ()
    elsewhere: tuple[Problem, ...] = ()
    others: int = 0
    """How many there are elsewhere."""
    stopped: tuple[Problem, ...] = ()
    """What kept the pages from being made: they are as they were."""
    doing: str = ""
    """What is being done now."""
    busy: bool = False
    waiting: tuple[str, ...] = ()
    """Notebooks that have to be asked for."""
    making_pdf: bool = False
    pdfs: tuple[str, ...] = ()
    """Addresses of those that are made."""


def of_page(page: str, made: Made | None, layout: Layout, **now: object) -> Shown:
    """Return what a page shows of what was made; `now` is the rest."""
    if made is None:
        return Shown(**now)  # type: ignore[arg-type] # as in Shown
    problems = [*_failures(made.notebooks), *_found(made.findings, layout)]
    here = tuple(problem for name, problem in problems if name == page)
    elsewhere = tuple(problem for name, problem in problems if name != page)
    return Shown(here, elsewhere[:MOST], len(elsewhere), tuple(_stopped(made)), **now)  # type: ignore[arg-type] # as above


def kept(made: Made, before: Made | None) -> Made:
    """Return how the book is after an answer: where nothing was made, the pages are as before, with what was found in them."""
    if before is None:
        return made
    artefacts = tuple(dict.fromkeys((*before.artefacts, *made.artefacts)))
    if made.error:
        made = msgspec.structs.replace(made, notebooks=before.notebooks, waiting=before.waiting)
    # Before pages are checked it is not known what is wrong with them, and nothing is to come and go meanwhile.
    if made.unchecked:
        made = msgspec.structs.replace(made, findings=before.findings)
    if made.error or made.exit_code == ExitCode.NOTEBOOK:
        made = msgspec.structs.replace(made, findings=made.findings or before.findings)
    return msgspec.structs.replace(made, artefacts=artefacts)


def ended(number: int, how: str) -> Made:
    """Return what has become of requests whose builder has ended."""
    return Made(
        number,
        ExitCode.DEFECT,
        error=f"what makes the pages has ended: {how}",
        remedy="The next save starts it again. What it has printed is in _build/preview.log.",
    )


def refused(number: int, error: OSError, place: Path) -> Made:
    """Return what has become of requests for which the system lets no builder start."""
    message, remedy = refusals.sentence(error, place), refusals.remedy(error, place)
    return Made(number, ExitCode.USAGE, error=message, remedy=remedy)


def _failures(notebooks: Iterable[NotebookReport]) -> Iterator[tuple[str, Problem]]:
    for notebook in notebooks:
        if failure := notebook.failure:
            place = f"{notebook.path}:{failure.line}" if failure.line else notebook.path
            detail = "\n".join(filter(None, (failure.last_output, failure.traceback)))
            yield (
                notebook.name,
                _problem(place, failure.said, failure.remedy, notebook.name, detail=terminal.plain(detail)),
            )


def _found(findings: Iterable[Finding], layout: Layout) -> Iterator[tuple[str, Problem]]:
    for finding in findings:
        if finding.severity == Severity.ERROR:
            page = layout.page(finding.path)
            yield page, _problem(finding.place, f"{finding.message} [{finding.id}]", finding.remedy, page)


def _stopped(made: Made) -> Iterator[Problem]:
    if made.error:
        yield _problem("", made.error, made.remedy)
    for crash in made.crashes:
        yield _problem("", crash)


def _problem(place: str, message: str, remedy: str = "", page: str = "", *, detail: str = "") -> Problem:
    return Problem(
        terminal.name(place),
        terminal.message(message),
        terminal.message(remedy),
        terminal.message(detail),
        f"/{quote(page)}.html" if page else "",
    )
