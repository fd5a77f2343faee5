"""Channels to a kernel on which no reply is overlooked."""

import asyncio
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel

LOOK_SECONDS = 0.5
"""Seconds between two looks whether a message is there."""


class Channel(AsyncZMQSocketChannel):
    """A channel on which one can send while a message is awaited, as an Output widget of ipywidgets has nbclient do.

    jupyter_client sends past the event loop, and with that takes note of what has arrived, for which ZeroMQ then wakes
    nobody: its file descriptor tells of changes only (ZMQ_FD in zmq_getsockopt). Whoever waits would find a reply that came
    in that moment at the end of the cell's time. So there is a look now and then.
    """

    # Both as jupyter_client has it.
    async def get_msg(  # type: ignore[override]
        self,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> dict[str, Any]:
        """Return the next message; raise Empty if there is none within so many seconds, or wait for ever."""
        loop = asyncio.get_running_loop()
        end = None if timeout is None else loop.time() + timeout
        while True:
            left = LOOK_SECONDS if end is None else max(0.0, min(LOOK_SECONDS, end - loop.time()))
            try:
                return await super().get_msg(left)
            except Empty:
                if end is not None and loop.time() >= end:
                    raise


class KernelClient(AsyncKernelClient):
    """A client that runs cells: it sends on the channel of shell requests, and awaits their replies there."""

    shell_channel_class = Channel
