"""Python's own log of what the libraries do, for somebody who asks for it."""

import logging
import sys
from typing import TextIO


def show() -> None:
    """Show the log from now on."""
    logging.basicConfig(level=logging.DEBUG, handlers=[_LogHandler()])


class _LogHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the time: while progress is drawn, that writes above it."""

    @property
    def stream(self) -> TextIO:
        """Standard error."""
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        """Take no other."""
