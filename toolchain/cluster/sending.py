"""Sends files to the machines of a cluster: by content, to each machine once, through the scheduler."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from toolchain.base.files import sha256_file
from toolchain.cluster import worker_tasks
from toolchain.cluster.link import Connection
from toolchain.cluster.scheduling import Worker

PART = 4 << 20
"""Bytes that are sent at a time: a build may reach the scheduler only, which has them all in memory on their way."""


class Sender:
    """Knows what it has sent in this build."""

    def __init__(self, link: Connection) -> None:
        """Send through a link."""
        self._link = link
        self._digests: dict[tuple[Path, int, int], str] = {}
        self._there: dict[str, set[str]] = defaultdict(set)
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def digests(self, files: Mapping[str, Path]) -> dict[str, str]:
        """Return the sha256 of files as they are now; a large one is read again only if it looks different."""
        found = {}
        for name, path in files.items():
            stat = path.stat()
            looks = (path, stat.st_size, stat.st_mtime_ns)
            if looks not in self._digests:
                self._digests[looks] = sha256_file(path)
            found[name] = self._digests[looks]
        return found

    async def send(self, worker: Worker, files: Mapping[str, Path], digests: Mapping[str, str]) -> int:
        """Send a worker's machine what it has not yet; return the bytes.

        Raises inputs.DamagedError if something arrives that is not what its digest says: the source was changed meanwhile.
        """
        sources = {digest: files[name] for name, digest in digests.items()}
        # Two notebooks that begin at once on one machine may need the same file.
        async with self._turns[worker.host]:
            unsure = sorted(sources.keys() - self._there[worker.host])
            missing = await self._link.ask(worker.address, worker_tasks.missing, unsure) if unsure else ()
            for digest in missing:
                await self._one(worker, sources[digest], digest)
            self._there[worker.host].update(unsure)
        return sum(sources[digest].stat().st_size for digest in missing)

    def forget(self, worker: Worker) -> None:
        """Do not rely any more on what a machine was sent."""
        self._there.pop(worker.host, None)

    async def _one(self, worker: Worker, source: Path, digest: str) -> None:
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
