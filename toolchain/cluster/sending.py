"""Sends files to the machines of a cluster: by content, to each machine once, through the scheduler."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from toolchain.base.files import sha256_file
from toolchain.cluster import worker_tasks
from toolchain.cluster.assignment import Worker
from toolchain.cluster.connection import Connection

PART = 4 << 20
"""Bytes that are sent at a time: a build may reach the scheduler only, which has them all in memory on their way."""


class Sender:
    """Sends the files of one build, and remembers which machine has which."""

    def __init__(self, link: Connection) -> None:
        """Send through a link."""
        self._link = link
        self._digests: dict[tuple[Path, int, int], str] = {}
        self._sent: dict[str, set[str]] = defaultdict(set)
        """The digests of the files that a host has, by its name."""
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def digests(self, files: Mapping[str, Path]) -> dict[str, str]:
        """Return the sha256 of files as they are now; a large one is read again only if it looks different."""
        digests = {}
        for name, path in files.items():
            stat = path.stat()
            state = (path, stat.st_size, stat.st_mtime_ns)
            if state not in self._digests:
                self._digests[state] = sha256_file(path)
            digests[name] = self._digests[state]
        return digests

    async def send(self, worker: Worker, files: Mapping[str, Path], digests: Mapping[str, str]) -> int:
        """Send a worker's machine the files that it has not yet; return how many bytes were sent.

        Raises inputs.DamagedError if something arrives that is not what its digest says: the source was changed meanwhile.
        """
        sources = {digest: files[name] for name, digest in digests.items()}
        # Two notebooks that begin at once on one machine may need the same file.
        async with self._locks[worker.host]:
            unsure = sorted(sources.keys() - self._sent[worker.host])
            answer = await self._link.ask(worker.address, worker_tasks.missing, unsure) if unsure else ()
            missing = [digest for digest in unsure if isinstance(answer, tuple | list) and digest in answer]
            for digest in missing:
                await self._send_file(worker, sources[digest], digest)
            self._sent[worker.host].update(unsure)
        return sum(sources[digest].stat().st_size for digest in missing)

    def forget(self, worker: Worker) -> None:
        """Do not rely any more on what a machine was sent."""
        self._sent.pop(worker.host, None)

    async def _send_file(self, worker: Worker, source: Path, digest: str) -> None:
        """Send a file in parts, the last of which is marked as such."""
        upload = uuid.uuid4().hex
        with source.open("rb") as stream:
            part = await asyncio.to_thread(stream.read, PART)
            while True:
                following = await asyncio.to_thread(stream.read, PART)
                await self._link.ask(
                    worker.address, worker_tasks.receive, digest, upload, part, not following
                )
                if not following:
                    return
                part = following
