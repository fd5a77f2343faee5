"""What Sphinx is told while workers read and write, warnings above all: it is said again by the builder, in the order of pages."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docutils import nodes
from sphinx.util.logging import NAMESPACE, get_node_location, pending_logging

from toolchain.base import refusals
from toolchain.base.refusals import BUILD
from toolchain.model.sphinx import current


@contextmanager
def kept() -> Iterator[list[logging.LogRecord]]:
    """Keep what is told, so that another process can be sent it.

    Raises OSError if that is that something could not be written: this is no finding, and the builder has to meet it.
    """
    records: list[logging.LogRecord] = []
    with pending_logging() as handler:
        yield records
        records += handler.clear()
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
