"""Run a notebook's cells in a kernel of their own; a failure is returned as one of FailureKind."""

import ast
import asyncio
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from msgspec import Struct
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from toolchain.base import terminal
from toolchain.base.decoding import decode_json, read_loosely
from toolchain.base.errors import SourceError
from toolchain.base.units import size
from toolchain.execute import expressions
from toolchain.execute.expressions import ExpressionError
from toolchain.execute.job import Job
from toolchain.execute.kernel_channels import KernelClient
from toolchain.execute.kernel_client import ANSWER_SECONDS, Client
from toolchain.execute.kernel_process import GuardedProcess
from toolchain.execute.kernel_spec import FixedSpec
from toolchain.execute.streams import as_shown, coalesce
from toolchain.model import EXPRESSIONS, CellFailure, Document, Expression, FailureKind
from toolchain.processes import hardware
from toolchain.processes.programs import how_it_ended
from toolchain.project.book_toml import BOOK_TOML
from toolchain.sources.metadata import json_values

LAST_LINES = 10
"""Lines that are shown of what a cell, or a kernel that died, printed last."""
LINE_WIDTH = 200
FRAME = re.compile(r"^(?:Cell|Input) In ?\[(?P<count>\d+)\], line (?P<line>\d+)", re.MULTILINE)
"""The head of a frame of IPython's traceback in a cell, which it names by its execution count."""
CHAINED = re.compile(r"^(?:The above exception was|During handling of the above exception)", re.MULTILINE)
REMEDIES = {
    FailureKind.CELL_TIMEOUT: f"Give it less to do, or raise `cell_timeout` in [execution] of {BOOK_TOML}.",
    FailureKind.NOTEBOOK_TIMEOUT: "Give it less to do, or more seconds: "
    "`execution: {timeout: ...}` at the head of the page.",
    FailureKind.OUTPUT_LIMIT: f"Print less, or raise `output_limit` in [execution] of {BOOK_TOML}.",
    FailureKind.OUT_OF_MEMORY: "Declare what it needs, `execution: {memory: 4 GB}` at the head of the page, "
    "so that less runs beside it; or run it where there is more.",
}


class _KernelInfo(Struct, frozen=True):
    """What matters of a kernel's answer to the question what it is."""

    language_info: dict[str, Any]


class Execution:
    """One run of a notebook's cells; it knows how far it has come, for provenance and for a failure's place."""

    def __init__(self, job: Job, notebook: NotebookNode, at_cell: Callable[[int], None]) -> None:
        """Put the outputs into `notebook`; `at_cell` is given the number of each code cell as it starts."""
        self.document = job.planned.document
        self.notebook = notebook
        self.cell = 0
        """Number of the code cell that runs, or ran last."""
        self.cell_seconds: list[float] = []
        self.versions: dict[str, str] = {}
        self._job = job
        self._at_cell = at_cell
        self._running: NotebookNode | None = None
        self._expression: Expression | None = None
        """The one that is evaluated, after that cell."""

    async def run(
        self, spec: KernelSpec, temporary: Path, folder: Path, environment: dict[str, str]
    ) -> CellFailure | None:
        """Run all cells in a new kernel; return what went wrong, or None. Nothing of the kernel is left then."""
        manager = AsyncKernelManager(
            kernel_spec_manager=FixedSpec(spec),
            kernel_name=self.document.kernel_name,
            client_factory=KernelClient,
            connection_file=str(temporary / "kernel.json"),
            # Sockets in the scratch folder, which is ours alone, where the system has them; loopback elsewhere.
            transport="tcp" if os.name == "nt" else "ipc",
            ip="127.0.0.1" if os.name == "nt" else str(temporary / "kernel"),
        )
        process = GuardedProcess(kernel_id=self.document.name, kernel_spec=spec, parent=manager)
        manager.provisioner = process
        client = Client(
            self.notebook,
            manager,
            cell_timeout=self._job.cell_timeout,
            output_limit=size(self._job.output_limit),
            allow_errors=self.document.allow_errors,
        )
        timer = asyncio.timeout(self._job.timeout)
        kills, log = hardware.out_of_memory_kills(), temporary / "kernel.log"
        try:
            try:
                with log.open("w", encoding="utf-8") as stream:
                    # nbclient ends a kernel of its own only; this one is ours by the manager: cleanup_kc.
                    setup = client.async_setup_kernel(
                        env=environment, cwd=str(folder), cleanup_kc=True, stdout=stream, stderr=stream
                    )
                    async with timer, setup:
                        await self._cells(client)
                        self.versions = await self._imported_versions(client)
            finally:
                process.end()
                client.forget()
                client.keep_widgets()
                for cell in self.notebook.cells:
                    if cell.cell_type == "code":
                        cell.outputs = coalesce(cell.outputs)
        except ExpressionError as error:
            return self.failure(error.kind, _plain(error.message), _plain(error.traceback))
        except CellExecutionError as error:
            message = _plain(_said(error)).partition("\n")[0]
            return self.failure(FailureKind.CELL_ERROR, message, _traceback(self.notebook))
        except (TimeoutError, RuntimeError) as error:
            # nbclient takes every cancellation for a dead kernel: our own limits, and the person's interrupt.
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from error
            if timer.expired():
                message = f"the notebook did not end within {self._job.timeout:g} s"
                return self.failure(FailureKind.NOTEBOOK_TIMEOUT, message)
            if client.over_limit:
                return self.failure(FailureKind.OUTPUT_LIMIT, f"wrote more than {self._job.output_limit}")
            return self._kernel_failure(error, process.exit_code, kills, _last_lines(read_loosely(log)))
        message = f"its widgets hold more than {self._job.output_limit} in the end"
        return self.failure(FailureKind.OUTPUT_LIMIT, message) if client.over_limit else None

    def failure(self, kind: FailureKind, message: str, traceback: str = "") -> CellFailure:
        """Say what went wrong in the cell that runs, or ran last."""
        line = self.document.cells[self.cell - 1].line if self.cell else 0
        if self._expression:
            line = self._expression.line
        elif line and self._running:
            line += _raised_at(traceback, self._running.execution_count) - 1
        return CellFailure(
            kind=kind,
            cell=self.cell,
            line=line,
            message=message,
            traceback=traceback,
            last_output=_last_output(self._running) if self._running and not self._expression else "",
            remedy=REMEDIES.get(kind, ""),
            expression=self._expression.written if self._expression else "",
        )

    async def _cells(self, client: Client) -> None:
        """Run the code cells one after the other."""
        reply = await client.answer(client.kc.kernel_info(reply=True, timeout=ANSWER_SECONDS))
        self.notebook.metadata["language_info"] = _language(reply["content"])
        await self._expressions(client)
        for index, cell in enumerate(self.notebook.cells):
            if cell.cell_type != "code":
                continue
            self.cell += 1
            self._running = cell
            self._at_cell(self.cell)
            start = time.monotonic()
            await client.async_execute_cell(cell, index)
            self.cell_seconds.append(time.monotonic() - start)
            await self._expressions(client)

    async def _expressions(self, client: Client) -> None:
        """Evaluate what stands in the text between the cell that ran last and the next one; keep the values."""
        for expression in self.document.evaluated:
            if expression.after == self.cell:
                self._expression = expression
                value = await expressions.value(expression, client, self._job.cell_timeout)
                self.notebook.metadata.setdefault(EXPRESSIONS, []).append(msgspec.to_builtins(value))
        self._expression = None

    async def _imported_versions(self, client: Client) -> dict[str, str]:
        """Ask a Python kernel for its own version and those of the packages that the cells import."""
        if client.nb.metadata.get("language_info", {}).get("name") != "python":
            return {}
        names = sorted(_imported_modules(self.document))
        metadata = "__import__('importlib.metadata').metadata"
        expression = (
            "__import__('json').dumps({'python': __import__('platform').python_version(), **{"
            f"d: {metadata}.version(d) for m, ds in {metadata}.packages_distributions().items() "
            f"if m in {names!r} for d in ds}}}})"
        )
        question = client.kc.execute(
            "",
            silent=True,
            store_history=False,
            user_expressions={"versions": expression},
            reply=True,
            timeout=ANSWER_SECONDS,
        )
        reply = await client.answer(question)
        answer = reply["content"].get("user_expressions", {}).get("versions", {})
        if answer.get("status") != "ok":
            return {}
        return dict(sorted(_told(answer.get("data", {}).get("text/plain", "")).items()))

    def _kernel_failure(
        self, error: Exception, exit_code: int | None, kills: int | None, last_words: str
    ) -> CellFailure:
        """Say why a kernel ended; `kills` counts what the system had killed for lack of memory when it started.

        Killed by the system means killed like `kill -9` while that number grew. Somebody may have killed this kernel
        in the same moments by hand; no system tells more.
        """
        if isinstance(error, CellTimeoutError):
            message = f"did not end within {self._job.cell_timeout:g} s"
            return self.failure(FailureKind.CELL_TIMEOUT, message)
        kills_now = hardware.out_of_memory_kills()
        if exit_code == -signal.SIGKILL and kills is not None and kills_now is not None and kills_now > kills:
            message = "the system killed the kernel, because memory ran out"
            return self.failure(FailureKind.OUT_OF_MEMORY, message, last_words)
        if isinstance(error, RuntimeError) and not isinstance(error, DeadKernelError):
            if self.cell:
                raise error  # pragma: no cover - a defect, whatever it is
            # jupyter_client's way to say that a kernel ended while it started.
            return self.failure(FailureKind.DEAD_KERNEL, f"the kernel did not start: {error}", last_words)
        silent = f"the kernel did not answer within {ANSWER_SECONDS} s"
        message = silent if exit_code is None else f"the kernel died: {how_it_ended(exit_code)}"
        return self.failure(FailureKind.DEAD_KERNEL, message, last_words)


def _said(error: CellExecutionError) -> str:
    """Return what ended a cell; a shell's kernel says nothing but the number that a command has ended with."""
    if not error.ename and str(error.evalue).isdigit():
        return f"exit code {error.evalue}"
    return ": ".join(filter(None, (error.ename, error.evalue)))


def _language(content: Any) -> dict[str, Any]:
    """Return what a kernel says of its language; just that nothing is known of it if it says something else."""
    try:
        info = msgspec.convert(content, _KernelInfo).language_info
        return json_values(info, "the kernel's language_info")
    except (msgspec.ValidationError, SourceError):
        return {"name": "unknown"}


def _told(representation: Any) -> dict[str, str]:
    """Return the versions that a kernel was asked for, from the representation of a text of JSON.

    None if it says something else: cells can change whatever answers there.
    """
    try:
        text = ast.literal_eval(representation)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return {}
    return (decode_json(text, dict[str, str]) or {}) if isinstance(text, str) else {}


def _imported_modules(document: Document) -> set[str]:
    """Return the top-level names that the cells import; a cell that is no plain Python adds none."""
    names: set[str] = set()
    for cell in document.cells:
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names


def _raised_at(traceback: str, count: int | None) -> int:
    """Return the line of the failing cell that was running, counted from 1; 1 if the traceback does not say.

    Of a chain of exceptions the last one ended the cell; the causes before it may come from other cells.
    """
    last_exception = CHAINED.split(traceback)[-1]
    frames = FRAME.finditer(last_exception)
    return next((int(frame["line"]) for frame in frames if frame["count"] == str(count)), 1)


def _traceback(notebook: NotebookNode) -> str:
    """Return the traceback of the first cell that failed without being expected to; empty if there is none."""
    tracebacks = (
        "\n".join(output.traceback)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", [])
    )
    return _plain(next(tracebacks, ""))


def _last_output(cell: NotebookNode) -> str:
    """Return the last lines that a cell has printed."""
    streams = (output.text for output in cell.get("outputs", []) if output.output_type == "stream")
    return _last_lines("".join(streams))


def _last_lines(text: str) -> str:
    """Return the end of a text, so much of it as people read."""
    lines = as_shown(_plain(text)).rstrip().split("\n")
    return "\n".join(line[:LINE_WIDTH] for line in lines[-LAST_LINES:])


def _plain(text: str) -> str:
    """Return a text without the escape sequences of terminals."""
    return terminal.plain(text)
