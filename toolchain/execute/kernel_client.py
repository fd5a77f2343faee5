"""nbclient as we use it: it runs a cell; here it also learns when a cell's output is too much."""

import asyncio
import atexit
import json
from collections.abc import Awaitable
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode, ValidationError, from_dict

from toolchain.execute.streams import as_shown

ANSWER_SECONDS = 60
"""A kernel that is idle and has not answered by then is not going to."""
WIDGETS = "application/vnd.jupyter.widget-state+json"
NO_WIDGETS = {"state": {}, "version_major": 2, "version_minor": 0}
ALIVE_SECONDS = 0.5
"""Seconds between two looks whether a kernel's process is still there."""


class Client(NotebookClient):  # type: ignore[misc] # nbclient has no types
    """Runs the cells of one notebook in one kernel."""

    def __init__(
        self,
        notebook: NotebookNode,
        manager: AsyncKernelManager,
        *,
        cell_timeout: float,
        output_limit: int,
        allow_errors: bool,
    ) -> None:
        """`cell_timeout` in seconds; `output_limit` in bytes for each cell."""
        super().__init__(
            notebook,
            km=manager,
            allow_errors=allow_errors,
            timeout_func=lambda _cell: cell_timeout,
            # What a cell printed may arrive after its reply; by default late output is dropped without a word.
            iopub_timeout=ANSWER_SECONDS,
            raise_on_iopub_timeout=True,
            record_timing=False,
            coalesce_streams=False,  # a later cell may still update outputs, by their places
            shutdown_kernel="immediate",
        )
        self.over_limit = False
        """Whether a cell was ended because it wrote too much."""
        self.output_limit = output_limit
        """Bytes that a cell may write."""
        self._written = 0
        self._closed = False

    def forget(self) -> None:
        """Have nothing done at the end of this process: nbclient forgets what it has registered only if a kernel started."""
        atexit.unregister(self._cleanup_kernel)

    async def answer(self, question: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        """Wait for the kernel's reply to a request that is no cell; raise DeadKernelError if the kernel dies."""
        _heed_cancellation()
        reply = asyncio.ensure_future(question)
        try:
            while not (await asyncio.wait({reply}, timeout=ALIVE_SECONDS))[0]:
                if not await self.km.is_alive():
                    raise DeadKernelError("Kernel died")
            return reply.result()
        finally:
            reply.cancel()

    def keep_widgets(self) -> None:
        """Keep in the notebook's metadata what its widgets were like in the end, if it has made some; not if it is too much.

        One that was closed is not there any more; the table is, empty or not, so that this can be told.
        """
        for state in self.widget_state.values():
            for output in state.get("outputs") or ():
                if output.get("output_type") == "stream":
                    output["text"] = as_shown(output["text"])
        self.set_widgets_metadata()
        if len(json.dumps(self.nb.metadata.get("widgets"))) > self.output_limit:
            self.over_limit = True
            del self.nb.metadata["widgets"]
        if self._closed:
            self.nb.metadata.setdefault("widgets", from_dict({WIDGETS: NO_WIDGETS}))

    def handle_comm_msg(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        """Follow what a widget says of itself; forget one that is closed."""
        super().handle_comm_msg(outs, msg, cell_index)
        closed = msg["content"]["comm_id"] if msg["msg_type"] == "comm_close" else None
        if closed in self.widget_state:
            self._closed |= "_model_name" in self.widget_state[closed]
            del self.widget_state[closed]
            self.widget_buffers.pop(closed, None)

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, **options: Any) -> NotebookNode:
        """Run a cell and put its outputs into it."""
        _heed_cancellation()
        self._written = 0
        return await super().async_execute_cell(cell, cell_index, **options)

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Take an output that arrives, or as much as there is room for; then the cell ends as if its kernel had died."""
        if self.clear_before_next_output:
            self._written = 0
        room = max(self.output_limit - self._written, 0)
        self._written += size_of(msg["content"])
        if self._written <= self.output_limit:
            return self._keep(outs, msg, display_id, cell_index)
        self.over_limit = True
        self.task_poll_for_reply.cancel()
        if msg["msg_type"] != "stream":
            return None
        msg["content"]["text"] = msg["content"]["text"].encode()[:room].decode(errors="ignore")
        return self._keep(outs, msg, display_id, cell_index)

    def _keep(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Keep an output; one that nbformat does not know is kept as it came: the gate of outputs says what is wrong with it."""
        try:
            kept: NotebookNode | None = super().output(outs, msg, display_id, cell_index)
        except ValidationError:
            fields = {key: value for key, value in msg["content"].items() if key != "transient"}
            kept = from_dict({"output_type": msg["msg_type"], **fields})
            outs.append(kept)
        return kept

    def clear_output(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        """Forget what the cell has shown, at once or as soon as it shows something new."""
        super().clear_output(outs, msg, cell_index)
        if not self.clear_before_next_output:
            self._written = 0

    async def _async_poll_kernel_alive(self) -> None:
        # As in nbclient, but more often, and quiet when the kernel was ended and taken away meanwhile.
        while self.km is not None:  # pragma: no branch - whether that is noticed first is chance
            if not await self.km.is_alive():
                self.task_poll_for_reply.cancel()
                return
            await asyncio.sleep(ALIVE_SECONDS)


def _heed_cancellation() -> None:
    """Raise CancelledError if this task was cancelled and nobody has told it.

    nbclient waits with `asyncio.wait_for`, which before Python 3.12 keeps a cancellation to itself when what it waits for
    ends in the same moment (CPython issue 86296): an interrupt, or the end of the notebook's time, as a cell ends.
    """
    if (task := asyncio.current_task()) and task.cancelling():
        raise asyncio.CancelledError


def size_of(content: dict[str, Any]) -> int:
    """Return the bytes of an output message that would be kept."""
    if "text" in content:
        return len(content["text"].encode())
    bundle = content.get("data") or {"traceback": content.get("traceback", "")}
    return sum(len(value) if isinstance(value, str) else len(repr(value)) for value in bundle.values())
