"""At which page Sphinx is when something is told: a warning that is held back is given out when Sphinx is long elsewhere."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.build_phase import BuildPhase

PAGE = "toolchain_page"
"""Attribute of a record: the page that was read or written when it was made; empty if none was."""
READING = "toolchain_reading"
"""Attribute: whether that page was read then, not written."""
TURN = "toolchain_turn"
"""Attribute: how often that page had been begun anew then. It may be read more than once in a run, and the last time counts."""
_make_record = logging.getLogRecordFactory()


class AtWork:
    """What a run is at."""

    def __init__(self, app: Sphinx) -> None:
        """Begin at nothing."""
        self._app = app
        self._written = ""
        self._turns: Counter[str] = Counter()

    def begun_anew(self, _app: Sphinx, _env: BuildEnvironment, page: str) -> None:
        """Note that what was said of a page is of no account any more."""
        self._turns[page] += 1

    def is_of_now(self, record: logging.LogRecord) -> bool:
        """Say whether a record is not of a page that was read once more since."""
        turn: int = getattr(record, TURN, 0)
        return not getattr(record, READING, False) or turn >= self._turns[getattr(record, PAGE)]

    def resolved(self, _app: Sphinx, _tree: nodes.document, page: str) -> None:
        """Note that what comes is of this page, until another one is begun."""
        self._written = page

    def begun(self, _app: Sphinx, page: str, *_: object) -> None:
        """Note that a page is put together, which may be one that nobody wrote."""
        self._written = page if page in self._app.env.found_docs else ""

    def record(self, *arguments: Any, **options: Any) -> logging.LogRecord:
        """Make a record that says at which page it was made."""
        record = _make_record(*arguments, **options)
        env = getattr(self._app, "env", None)
        page = env.current_document.docname if env is not None else ""
        reading = bool(page) and self._app.phase == BuildPhase.READING
        setattr(record, PAGE, page if reading else page or self._written)
        setattr(record, READING, reading)
        setattr(record, TURN, self._turns[page])
        return record


def setup(app: Sphinx) -> Callable[[logging.LogRecord], bool]:
    """Have each record say it: workers send theirs as they are. Return what says whether a record still counts."""
    at_work = AtWork(app)
    logging.setLogRecordFactory(at_work.record)
    app.connect("doctree-resolved", at_work.resolved)
    app.connect("html-page-context", at_work.begun)
    app.connect("env-purge-doc", at_work.begun_anew)
    return at_work.is_of_now
