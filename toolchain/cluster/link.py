"""The build's connection to a Dask scheduler, and what it asks there of the scheduler and of workers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import distributed
from distributed import Client, Security
from distributed.comm.core import CommClosedError

from toolchain.base.errors import ClusterError
from toolchain.cluster import log
from toolchain.cluster.inputs import DamagedError
from toolchain.cluster.reach import why_not

CONNECT_SECONDS = 10.0
"""A scheduler that is there answers by then."""
ANSWER_SECONDS = 60.0
"""A scheduler that is busy, or a worker that writes a large file, answers by then."""
CLOSE_SECONDS = 5.0
PAUSE_SECONDS = 0.5
Hear = Callable[[dict[str, Any]], None]


class BrokenError(Exception):
    """The scheduler does not answer any more, or a worker."""


class WorkerError(Exception):
    """A worker cannot do what it is asked for."""


class Connection:
    """A connection that can be made again."""

    def __init__(self, address: str, security: Security | None, topic: str, hear: Hear) -> None:
        """`hear` receives what workers say under a topic."""
        self.address = address
        self._security = security
        self.topic = topic
        self._hear = hear
        self._client: Client | None = None
        self._scheduler = ""
        """Which one it is, at the address."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connect, and disconnect at the end: whatever this build still has running there is stopped by that.

        Raises ClusterError if there is no scheduler.
        """
        log.hush()
        try:
            await self._connect(CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            reason, remedy = await asyncio.to_thread(why_not, self.address, self._security, error)
            raise ClusterError(
                f"{self.address}: no scheduler answers: {reason}",
                remedy=remedy
                or "Start one with `toolchain scheduler`, and workers with `toolchain worker`; "
                "or run the notebooks here: --scheduler local.",
            ) from error
        try:
            yield
        finally:
            await self._close()

    async def reopen(self, seconds: float) -> bool:
        """Connect again; return False if that does not succeed within so many seconds."""
        await self._close()
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                await self._connect(min(CONNECT_SECONDS, max(left, 1)))
            except (OSError, ValueError):
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return True
        return False

    async def workers(self) -> dict[str, dict[str, Any]]:
        """Return what the scheduler knows of its workers, by their addresses.

        Raises BrokenError if it does not answer.
        """
        said = await self._asked(_identity(self._connected, workers=-1))
        if said["id"] != self._scheduler:
            raise BrokenError(
                "another scheduler"
            )  # which Dask has found again by itself, and knows nothing of us
        return dict(said["workers"])

    async def ask(self, worker: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Have a worker call a function and return what it returned.

        Raises DamagedError if the function did, WorkerError for all else that it raised, BrokenError if there is no
        answer.
        """
        asked = self._connected.run(function, *arguments, workers=[worker], on_error="return")
        answers = await self._asked(asked)
        answer = answers.get(worker, ConnectionError("it is gone"))
        if isinstance(answer, OSError) and (answer.errno is None or isinstance(answer, ConnectionError)):
            # Dask's own for a worker that does not answer have no number; the system's for a file have one.
            raise BrokenError(str(answer)) from answer
        if isinstance(answer, Exception) and not isinstance(answer, DamagedError):
            raise WorkerError(f"{type(answer).__name__}: {answer}") from answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def compute(
        self,
        worker: str,
        function: Callable[[bytes], bytes],
        data: bytes,
        *,
        name: str,
        resources: dict[str, float],
    ) -> bytes:
        """Have a worker compute something as a task; whoever stops to wait for it stops the task.

        Raises BrokenError if the connection breaks, and whatever else Dask raises.
        """
        future = self._connected.submit(
            function,
            data,
            key=name,
            workers=[worker],
            allow_other_workers=False,
            resources=resources,
            retries=0,
            pure=False,
        )
        try:
            answer: bytes = await future
        except (distributed.client.FutureCancelledError, CommClosedError) as error:
            raise BrokenError(str(error)) from error
        else:
            return answer
        finally:
            future.release()

    @property
    def _connected(self) -> Client:
        if self._client is None:
            raise BrokenError("not connected")
        return self._client

    async def _asked(self, answer: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except OSError as error:  # also what Dask raises when a connection is closed, and TimeoutError
            raise BrokenError(str(error)) from error

    async def _connect(self, seconds: float) -> None:
        client = Client(
            self.address,
            security=self._security,
            asynchronous=True,
            set_as_default=False,
            timeout=seconds,
            name="toolchain",
        )
        try:
            await client
        except BaseException:
            with suppress(OSError, TimeoutError, RuntimeError):
                await asyncio.wait_for(client.close(), CLOSE_SECONDS)
            raise
        self._scheduler = (await _identity(client, workers=0))["id"]
        client.subscribe_topic(self.topic, lambda event: self._hear(event[1]))
        self._client = client

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, TimeoutError, RuntimeError):
                await asyncio.wait_for(client.close(), CLOSE_SECONDS)


async def _identity(client: Client, workers: int) -> dict[str, Any]:
    """Ask the scheduler who it is, and about so many workers; -1 for all."""
    scheduler: Any = client.scheduler
    return dict(await scheduler.identity(n_workers=workers))
