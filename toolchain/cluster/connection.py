"""The build's connection to a Dask scheduler: asks it which workers there are, has them run functions and tasks."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import distributed
import msgspec
from distributed import Client, Security
from distributed.comm.core import CommClosedError
from distributed.protocol import pickle as pickled
from distributed.scheduler import KilledWorker

from toolchain.base.errors import ClusterError
from toolchain.cluster import log
from toolchain.cluster.inputs import DamagedError
from toolchain.cluster.protocol import Description, StoppedError
from toolchain.cluster.unreachable import diagnose

CONNECT_SECONDS = 10.0
"""A scheduler that is there answers by then."""
ANSWER_SECONDS = 60.0
"""A scheduler that is busy, or a worker that writes a large file, answers by then."""
CLOSE_SECONDS = 5.0
PAUSE_SECONDS = 0.5
EventHandler = Callable[[object], None]


class BrokenError(Exception):
    """The scheduler does not answer any more, or a worker."""


class WorkerError(Exception):
    """A worker cannot do what it is asked for."""


class _Client(Client):
    """Dask's client; here nothing that a worker raises can keep its task from ending."""

    def _handle_task_erred(
        self,
        key: Any = None,
        exception: Any = None,
        traceback: Any = None,  # noqa: ARG002 - Dask's signature; of a file elsewhere
    ) -> None:
        raised = pickled.loads(exception) if isinstance(exception, bytes | bytearray) else exception
        if not isinstance(raised, Exception):
            raised = WorkerError("what it raised is no error")
        super()._handle_task_erred(key=key, exception=raised)  # type: ignore[no-untyped-call]


class Connection:
    """A connection that can be made again."""

    def __init__(self, address: str, security: Security | None, topic: str, on_event: EventHandler) -> None:
        """`on_event` is called with each message that workers log under the topic."""
        self.address = address
        self._security = security
        self.topic = topic
        self._on_event = on_event
        self._client: Client | None = None
        self._scheduler_id = ""
        """Dask's id of the one that was reached at the address."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connect, and disconnect at the end: whatever this build still has running there is stopped by that.

        Raises ClusterError if there is no scheduler.
        """
        log.hush()
        try:
            await self._connect(CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            reason, remedy = await asyncio.to_thread(diagnose, self.address, self._security, error)
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
        while (remaining := deadline - time.monotonic()) > 0:
            try:
                await self._connect(min(CONNECT_SECONDS, max(remaining, 1)))
            except (OSError, ValueError):
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return True
        return False

    async def workers(self) -> dict[str, Description]:
        """Return Dask's description of each worker, by the workers' addresses; what is none is left out.

        Raises BrokenError if the scheduler does not answer, or is another one than at first.
        """
        identity = await self._in_time(_identity(self._connected, workers=-1))
        if identity["id"] != self._scheduler_id:
            raise BrokenError(
                "another scheduler"
            )  # which Dask has found again by itself, and knows nothing of us
        descriptions = {}
        for address, description in dict(identity["workers"]).items():
            with suppress(msgspec.ValidationError, RecursionError):
                descriptions[address] = msgspec.convert(description, Description)
        return descriptions

    async def ask(self, worker: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Have a worker call a function and return what it returned.

        Raises DamagedError if the function did, WorkerError for all else that it raised, BrokenError if there is no
        answer.
        """
        call = self._connected.run(function, *arguments, workers=[worker], on_error="return")
        try:
            answers = await self._in_time(call)
        except BrokenError:
            raise
        except Exception as error:  # what has come is nothing that Dask can read
            raise WorkerError(f"{type(error).__name__}: {error}") from error
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
        argument: bytes,
        *,
        name: str,
        resources: dict[str, float],
    ) -> object:
        """Have a worker call a function as a task of Dask's and return the result; cancelling the wait stops the task.

        Raises BrokenError if the connection breaks or the task was stopped, WorkerError for all else that a worker raises.
        """
        future = self._connected.submit(
            function,
            argument,
            key=name,
            workers=[worker],
            allow_other_workers=False,
            resources=resources,
            retries=0,
            pure=False,
        )
        try:
            return await future
        except (
            distributed.client.FutureCancelledError,
            CommClosedError,
            KilledWorker,
            StoppedError,
        ) as error:
            raise BrokenError(type(error).__name__) from error
        except Exception as error:
            raise WorkerError(f"{type(error).__name__}: {error}") from error
        finally:
            future.release()

    @property
    def _connected(self) -> Client:
        if self._client is None:
            raise BrokenError("not connected")
        return self._client

    async def _in_time(self, answer: Awaitable[Any]) -> Any:
        """Wait for an answer for ANSWER_SECONDS at most; raise BrokenError if there is none."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except OSError as error:  # also what Dask raises when a connection is closed, and TimeoutError
            raise BrokenError(str(error)) from error

    async def _connect(self, seconds: float) -> None:
        client: Client = _Client(  # type: ignore[no-untyped-call] # it is typed in part
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
        self._scheduler_id = (await _identity(client, workers=0))["id"]
        for topic in ("print", "warn"):  # by default Dask writes these to the terminal as they come
            client.unsubscribe_topic(topic)
        client.subscribe_topic(self.topic, lambda event: self._on_event(event[1]))
        self._client = client

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, TimeoutError, RuntimeError):
                await asyncio.wait_for(client.close(), CLOSE_SECONDS)


async def _identity(client: Client, workers: int) -> dict[str, Any]:
    """Return the scheduler's description of itself and of at most so many workers; -1 for all."""
    scheduler: Any = client.scheduler
    return dict(await scheduler.identity(n_workers=workers))
