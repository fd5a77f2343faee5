"""What Sphinx is told while workers read and write, warnings above all: it is said again by the builder, in the order of pages."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docutils import nodes
from sphinx.util.logging import (
    NAMESPACE,
    InfoFilter,
    SafeEncodingWriter,
    WarningStreamHandler,
    get_node_location,
)

from toolchain.base import refusals
from toolchain.base.refusals import BUILD
from toolchain.model.sphinx import current


class _Infos(logging.Handler):
    """Keeps what is no warning, as it comes."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self.addFilter(InfoFilter())
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


class _Warnings(WarningStreamHandler):
    """Keeps warnings; by its class Sphinx knows what it holds back until all pages are read, or written."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(SafeEncodingWriter(io.StringIO()))
        self.setLevel(logging.WARNING)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


@contextmanager
def kept() -> Iterator[list[logging.LogRecord]]:
    """Keep what is told, so that another process can be sent it.

    Raises OSError if that is that something could not be written: this is no finding, and the builder has to meet it.
    """
    records: list[logging.LogRecord] = []
    logger = logging.getLogger(NAMESPACE)
    handlers = logger.handlers
    logger.handlers = [_Infos(records), _Warnings(records)]
    try:
        yield records
    finally:
        logger.handlers = handlers
    for record in records:
        _make_portable(record)


def _make_portable(record: logging.LogRecord) -> None:
    """Put words in the place of what a record refers to."""
    sphinx_input = current()
    if sphinx_input is not None:
        for refused in refusals.refused_in(record.args, Path(sphinx_input.project, BUILD)):
            raise refused
    record.msg, record.args, record.exc_info = record.getMessage(), (), None
    location = getattr(record, "location", None)
    if isinstance(location, nodes.Node):
        record.location = get_node_location(location)


def again(records: list[logging.LogRecord]) -> None:
    """Tell Sphinx what a worker was told."""
    logger = logging.getLogger(NAMESPACE)
    for record in records:
        logger.handle(record)
