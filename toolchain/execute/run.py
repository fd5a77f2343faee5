"""Run one notebook in the notebooks' environment: the same for every executor, and the one importer of nbclient."""

import ast
import asyncio
import json
import os
import re
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from toolchain import __version__
from toolchain.execute import scratch
from toolchain.execute.start import FixedSpec, environment, kernel_spec
from toolchain.model import CellFailure, Document, Executed, Failed, FailureKind, Outcome, Planned
from toolchain.settings import Settings

PROVENANCE = "toolchain"
"""Key of the notebook's metadata under which a result says where it comes from."""

LAST_WORDS = 10
"""Lines of a dead kernel's own output that are shown."""
RAISED_AT = re.compile(r"^(?:Cell|Input) In ?\[\d+\], line (?P<line>\d+)", re.MULTILINE)
"""IPython's outermost frame: the line of the failing cell that was running."""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


async def run_notebook(
    planned: Planned, python: Path, settings: Settings, *, commit: str, at_cell: Callable[[int], None]
) -> Outcome:
    """Execute a notebook in a scratch folder of its own; `at_cell` hears the number of each code cell as it starts.

    Nothing is left behind: the kernel is ended and the folder removed, also when the task is cancelled.
    """
    document = planned.document
    notebook = nbformat.reads(document.notebook, as_version=4)
    start, clock = datetime.now(UTC), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="toolchain-", ignore_cleanup_errors=True) as temporary:
        root = Path(temporary) / "project"
        folder = scratch.fill(root, document, settings)
        # Of the copies: the sources may have been edited since the plan was made, and may be while this runs.
        inputs = scratch.copied(root, document, settings)
        run = _Run(document, notebook, settings, at_cell)
        failure = await run.execute(
            kernel_spec(python, document.kernel_name),
            Path(temporary),
            folder,
            environment(Path(temporary), document, settings),
        )
    seconds = time.monotonic() - clock
    if failure:
        return Failed(planned=planned, failure=failure, partial=nbformat.writes(notebook), seconds=seconds)
    notebook.metadata[PROVENANCE] = {
        "start": start.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "cell_seconds": [round(each, 3) for each in run.cell_seconds],
        "device": "cpu",
        "versions": run.versions,
        "toolchain": __version__,
        "commit": commit,
    }
    return Executed(
        planned=planned,
        notebook=nbformat.writes(notebook),
        inputs=inputs,
        seconds=seconds,
        device="cpu",
        start=start.isoformat(timespec="seconds"),
        versions=run.versions,
    )


class _Run:
    """One execution: what it has done so far, for provenance and for a failure's place."""

    def __init__(
        self, document: Document, notebook: NotebookNode, settings: Settings, at_cell: Callable[[int], None]
    ) -> None:
        self.document = document
        self.notebook = notebook
        self.settings = settings
        self.at_cell = at_cell
        self.cell = 0
        self.cell_seconds: list[float] = []
        self.versions: dict[str, str] = {}

    async def execute(
        self, spec: KernelSpec, temporary: Path, folder: Path, environment: dict[str, str]
    ) -> CellFailure | None:
        """Run all cells in a new kernel; return what went wrong, or None."""
        limits = self.settings.toml.execution
        manager = AsyncKernelManager(
            kernel_spec_manager=FixedSpec(spec),
            kernel_name=self.document.kernel_name,
            connection_file=str(temporary / "kernel.json"),
            # Sockets in the scratch folder, which is ours alone, where the system has them; loopback elsewhere.
            transport="tcp" if os.name == "nt" else "ipc",
            ip="127.0.0.1" if os.name == "nt" else str(temporary / "kernel"),
        )
        client = NotebookClient(
            self.notebook,
            km=manager,
            timeout=limits.cell_timeout,
            record_timing=False,
            coalesce_streams=True,
            shutdown_kernel="immediate",
        )
        limit = self.document.declared.timeout or limits.timeout
        timer = asyncio.timeout(limit)
        try:
            # nbclient ends a kernel of its own only; this one is ours by the manager, and nobody else would.
            with (temporary / "kernel.log").open("w", encoding="utf-8") as log:
                setup = client.async_setup_kernel(
                    env=environment, cwd=str(folder), cleanup_kc=True, stdout=log, stderr=log
                )
                async with timer, setup:
                    await self._cells(client)
                    self.versions = await self._imported_versions(client)
        except CellTimeoutError:
            return self._failure(FailureKind.CELL_TIMEOUT, f"did not end within {limits.cell_timeout:g} s")
        except (TimeoutError, DeadKernelError) as error:
            # nbclient takes every cancellation for a dead kernel: our own limit, and the person's interrupt.
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from error
            if timer.expired():
                return self._failure(
                    FailureKind.NOTEBOOK_TIMEOUT, f"the notebook did not end within {limit:g} s"
                )
            return self._failure(
                FailureKind.DEAD_KERNEL, "the kernel died", _last_words(temporary / "kernel.log")
            )
        except RuntimeError as error:  # jupyter_client's way to say that a kernel ended while it started
            if self.cell:
                raise
            last = _last_words(temporary / "kernel.log")
            return self._failure(FailureKind.DEAD_KERNEL, f"the kernel did not start: {error}", last)
        except CellExecutionError as error:
            message = _plain(f"{error.ename}: {error.evalue}").partition("\n")[0]
            return self._failure(FailureKind.CELL_ERROR, message, _traceback(self.notebook))
        return None

    async def _cells(self, client: NotebookClient) -> None:
        info = await client.kc.kernel_info(reply=True, timeout=60)
        self.notebook.metadata["language_info"] = info["content"]["language_info"]
        for index, cell in enumerate(self.notebook.cells):
            if cell.cell_type != "code":
                continue
            self.cell += 1
            self.at_cell(self.cell)
            clock = time.monotonic()
            await client.async_execute_cell(cell, index)
            self.cell_seconds.append(time.monotonic() - clock)

    async def _imported_versions(self, client: NotebookClient) -> dict[str, str]:
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
        reply = await client.kc.execute(
            "",
            silent=True,
            store_history=False,
            user_expressions={"versions": expression},
            reply=True,
            timeout=60,
        )
        answer = reply["content"].get("user_expressions", {}).get("versions", {})
        if answer.get("status") != "ok":
            return {}
        found: dict[str, str] = json.loads(ast.literal_eval(answer["data"]["text/plain"]))
        return dict(sorted(found.items()))

    def _failure(self, kind: FailureKind, message: str, traceback: str = "") -> CellFailure:
        line = self.document.cells[self.cell - 1].line if self.cell else 0
        if line and (raised := RAISED_AT.search(traceback)):
            line += int(raised["line"]) - 1
        return CellFailure(kind=kind, cell=self.cell, line=line, message=message, traceback=traceback)


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


def _traceback(notebook: NotebookNode) -> str:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                return _plain("\n".join(output.traceback))
    return ""


def _last_words(log: Path) -> str:
    """Return the end of what the kernel's process itself printed, where a crash in C leaves its message."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    return _plain("\n".join(lines[-LAST_WORDS:]))


def _plain(text: str) -> str:
    return ESCAPES.sub("", text)
