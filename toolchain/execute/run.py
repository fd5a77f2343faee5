"""Run one notebook in the notebooks' environment: the same for every executor."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import nbformat

from toolchain import __version__
from toolchain.base.aside import folder_for_now
from toolchain.base.errors import KernelEnvironmentError
from toolchain.execute.cells import Execution
from toolchain.execute.installing import Overlay
from toolchain.execute.job import Job
from toolchain.execute.kernel_spec import kernel_spec, no_kernel
from toolchain.execute.kernel_start import environment, gpu_variables, path_variables
from toolchain.execute.trace import Trace
from toolchain.model import CellFailure, Document, Executed, Failed, FailureKind, Gpu, Outcome

PROVENANCE = "toolchain"
"""Key of the notebook's metadata under which a result says where it comes from."""

UNCLOSED_CELL = "{code-cell}” opened in line"
"""In what is said of the slip of a cell that is never closed."""


def scratch_root(temporary: str) -> Path:
    """Return the folder inside a temporary one that stands for the project, as the system itself names it."""
    return Path(temporary).resolve() / "project"


async def run_notebook(
    job: Job,
    python: Path,
    lay_out: Callable[[Path], tuple[str, ...]],
    *,
    at_cell: Callable[[int], None],
    gpus: tuple[Gpu, ...] = (),
) -> Outcome:
    """Execute a notebook in a scratch folder of its own.

    `at_cell` is called with the number of each code cell as it starts.
    `lay_out` puts the files that it may read below a folder that stands for the project, and returns their paths.
    `gpus` are its own while it runs.
    Nothing is left behind: the kernel is ended and the folder removed, also when the task is cancelled.
    """
    planned, document = job.planned, job.planned.document
    try:
        spec = kernel_spec(python, document.kernel_name, job.kernelspecs)
    except KernelEnvironmentError as error:
        unknown = no_kernel(error)
        return Failed(planned=planned, failure=unknown, partial=document.notebook, seconds=0.0)
    notebook = nbformat.reads(document.notebook, as_version=4)
    start, clock = datetime.now(UTC), time.monotonic()
    with folder_for_now() as temporary:
        root = scratch_root(str(temporary))
        folder = root / Path(document.path).parent
        folder.mkdir(parents=True)
        # In a thread: meanwhile the other notebooks' kernels are to be listened to.
        files = await asyncio.to_thread(lay_out, root)
        run = Execution(job, notebook, at_cell)
        trace = await asyncio.to_thread(Trace, temporary, root, files, python=spec.language == "python")
        with trace:
            overlay = Overlay(temporary / "installed", python, str(planned.components.get("python", "3")))
            variables = path_variables(python, overlay)
            variables |= environment(temporary, job, trace.environment, overlay)
            variables |= gpu_variables(gpus, python)
            failure = await run.run(spec, temporary, folder, variables)
        if failure is None and (changed := trace.changed()):
            done = "wrote to" if (root / changed).exists() else "removed"
            failure = run.failure(
                FailureKind.CHANGED_SOURCE, f"{done} {changed}, which is a source of the book"
            )
        inputs, created = await asyncio.to_thread(trace.inputs, folder), trace.made(folder)
    seconds = time.monotonic() - clock
    if failure:
        partial = nbformat.writes(notebook)
        failure = _with_slip(failure, document)
        return Failed(planned=planned, failure=failure, partial=partial, seconds=seconds, inputs=inputs)
    device = ", ".join(gpu.name for gpu in gpus) or "cpu"
    notebook.metadata[PROVENANCE] = {
        "start": start.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "cell_seconds": [round(cell_seconds, 3) for cell_seconds in run.cell_seconds],
        "device": device,
        "versions": run.versions,
        "toolchain": __version__,
        "commit": job.commit,
    }
    return Executed(
        planned=planned,
        notebook=nbformat.writes(notebook),
        inputs=inputs,
        made=created,
        seconds=seconds,
        device=device,
        start=start.isoformat(timespec="seconds"),
        versions=run.versions,
    )


def _with_slip(failure: CellFailure, document: Document) -> CellFailure:
    """Return why a run failed, with the cell that is never closed, if there is one: the text after it has run as code."""
    slips = [slip for slip in document.slips if UNCLOSED_CELL in slip.message]
    if failure.remedy or not slips:
        return failure
    return msgspec.structs.replace(failure, remedy=f"{slips[0].message}. {slips[0].remedy}")
