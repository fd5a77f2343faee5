"""The builder's process, as the server has it: started when something is asked for, heard, and ended with all of its own."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from toolchain.preview import wire
from toolchain.preview.making import Request
from toolchain.processes import guard
from toolchain.processes.programs import how_it_ended

LOG = "preview.log"
"""Below _build: whatever is printed by what makes the pages."""
SECONDS_TO_END = 5.0
"""That a builder has to tidy up; then it is killed."""
LONGEST_LINE = 1 << 26
"""Bytes of a message: a report of a large book."""


class EndedError(Exception):
    """The builder's process has ended, though nobody wanted it to; the message says how."""


class BuilderProcess:
    """A builder that runs."""

    def __init__(self, project: Path, build: Path) -> None:
        """Start it."""
        ours, its = socket.socketpair()
        self._leash = guard.Leash()
        build.mkdir(parents=True, exist_ok=True)
        program = [sys.executable, "-P", "-m", "toolchain.preview.builder", str(project), str(its.fileno())]
        with its, (build / LOG).open("wb") as log:
            self._process = subprocess.Popen(
                guard.command(program),
                stdin=self._leash.stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(its.fileno(),),
            )
        self._leash.started()
        self._group = 0
        # Once: whoever asks and whoever hears may come at the same time.
        self._streams = asyncio.ensure_future(asyncio.open_connection(sock=ours, limit=LONGEST_LINE))

    async def ask(self, request: Request) -> None:
        """Have something made; it does not wait for that."""
        _, writer = await self._streams
        with suppress(ConnectionError):  # `hear` says what has happened
            writer.write(msgspec.json.encode(request) + b"\n")
            await writer.drain()

    async def hear(self) -> wire.Message:
        """Return what the builder says next.

        Raises EndedError if it says nothing any more.
        """
        reader, _ = await self._streams
        try:
            line = await reader.readline()
        except (ConnectionError, ValueError):
            line = b""
        if not line.endswith(b"\n"):
            raise EndedError(how_it_ended(await self._end()))
        message = wire.DECODER.decode(line)
        if isinstance(message, wire.Begun):
            self._group = message.process
        return message

    async def close(self) -> None:
        """End it, and all that it has started: it tidies up, and is killed if that takes long."""
        if self._process.poll() is None and self._group:
            with suppress(ProcessLookupError):
                os.killpg(self._group, signal.SIGINT)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._code(), SECONDS_TO_END)
        await self._end()

    async def _end(self) -> int:
        """Kill what is left of it; return its exit code."""
        self._leash.close()
        _, writer = await self._streams
        writer.close()
        return await self._code()

    async def _code(self) -> int:
        """Return the exit code, when there is one."""
        while (code := self._process.poll()) is None:  # noqa: ASYNC110 - the system tells no event loop
            await asyncio.sleep(0.01)
        return code
