"""Standard output and error: all that people are told goes through here, whoever writes it.

Messages have words from outside in them: of outputs, of servers, of libraries. So nothing that is written is a command to
whatever shows it, nor lets anybody in. Only a console, which draws, has a way beside (`unfiltered`), for its own commands.

Their reader may leave, as that of `toolchain build | head` does: the build goes on. Otherwise the next line would end it,
and with an exit code that says something else about the book. They may be closed from the beginning, too.
"""

import errno
import io
import os
import re
import sys
from pathlib import Path
from threading import RLock
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from toolchain.base import secrets, terminal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


NAMES = {1: "standard output", 2: "standard error"}
GONE = (errno.EPIPE, errno.EIO)
"""What the system says of a pipe that nobody reads any more, and of a terminal that was closed."""

COMMAND = re.compile(r"^[^\S\n]*:|##\[", re.MULTILINE)
"""What GitHub's runner takes for the beginning of a command, or for its first character."""
LINE = 100
"""Characters: of a longer line that nobody has ended the last two are enough."""


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


class _Stream(io.TextIOWrapper):
    """A stream for people, who may read it on a terminal or in the log of GitHub's runner."""

    # click would write its bytes itself, beside us, where it mistrusts the encoding.
    buffer = None  # type: ignore[assignment]

    def __init__(self, raw: io.RawIOBase, like: io.TextIOWrapper) -> None:
        """Write into `raw` as `like` does; a character that its encoding lacks is an escape."""
        super().__init__(
            io.BufferedWriter(raw),
            encoding=like.encoding,
            errors="backslashreplace",
            line_buffering=like.line_buffering,
        )
        self._lock = RLock()
        self._runner = os.environ.get("GITHUB_ACTIONS") == "true"
        self._line = ""
        """What has been written of the last line, as far as a command could begin in it."""

    @property
    def unfiltered(self) -> IO[str]:
        """The stream for somebody who draws, and has looked through the words of others himself."""
        return cast("IO[str]", _Unfiltered(self))

    def write(self, text: str, /) -> int:
        """Write a text of anybody's."""
        self.draw(terminal.message(text))
        return len(text)

    def draw(self, text: str) -> None:
        """Write a text that may have commands to a terminal in it."""
        with self._lock:
            if self._runner:
                before = self._line
                whole = COMMAND.sub(_without_command, before + text)
                text = whole[len(before) :]
                line = whole.rpartition("\n")[2]
                self._line = line if len(line) < LINE else "-" + line[-2:]
            super().write(text)


class _Unfiltered:
    """A stream as it is, for commands to a terminal."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream
        self.write = stream.draw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def take_over() -> None:
    """Have all that this process writes to standard output and standard error go through here from now on."""
    secrets.hide_variables(os.environ)
    sys.stdout, sys.stderr = _stream_like(sys.stdout), _stream_like(sys.stderr)


def _stream_like(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # None: closed from the beginning
        return Path(os.devnull).open("w", encoding="utf-8")
    stream.flush()
    return _Stream(_OutlivingFile(stream.fileno(), "w", closefd=False), stream)


def _without_command(match: re.Match[str]) -> str:
    """Return what begins a command with its last character as an escape."""
    return f"{match[0][:-1]}\\u{ord(match[0][-1]):04x}"
