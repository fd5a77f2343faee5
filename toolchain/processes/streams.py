"""Standard output and error whose reader may leave, as that of `toolchain build | head` does: the build goes on.

Otherwise the next line would end it, and with an exit code that says something else about the book. They may be closed
from the beginning, too.
"""

import errno
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


NAMES = {1: "standard output", 2: "standard error"}
GONE = (errno.EPIPE, errno.EIO)
"""What the system says of a pipe that nobody reads any more, and of a terminal that was closed."""


class _OutlivingFile(io.FileIO):
    """An output that goes to its reader, and to os.devnull once the reader has left."""

    def write(self, buffer: "ReadableBuffer", /) -> int:
        """Write bytes and return how many were written."""
        try:
            return super().write(buffer)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if error.errno not in GONE:  # a full disk, say: told once, and not again at our end
                error.filename = NAMES[self.fileno()]
                raise
            return super().write(buffer)


def outlive_readers() -> None:
    """Let this process go on when nobody reads its standard output or standard error any more."""
    sys.stdout, sys.stderr = _outliving_stream(sys.stdout), _outliving_stream(sys.stderr)


def _outliving_stream(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # None: closed from the beginning
        return Path(os.devnull).open("w", encoding="utf-8")
    stream.flush()
    raw = _OutlivingFile(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
    )
