"""Run one notebook in the notebooks' environment: the same for every executor."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from toolchain import __version__
from toolchain.execute.cells import Execution
from toolchain.execute.scratch import Surroundings, scratch_root
from toolchain.execute.start import environment, kernel_spec
from toolchain.execute.temporary import temporary_folder
from toolchain.execute.trace import Trace
from toolchain.model import Executed, Failed, FailureKind, Outcome, Planned
from toolchain.settings import Settings

PROVENANCE = "toolchain"
"""Key of the notebook's metadata under which a result says where it comes from."""


async def run_notebook(
    planned: Planned,
    python: Path,
    settings: Settings,
    *,
    commit: str,
    at_cell: Callable[[int], None],
    devices: tuple[str, ...] = (),
) -> Outcome:
    """Execute a notebook in a scratch folder of its own; `at_cell` hears the number of each code cell as it starts.

    `devices` are the ids of the GPUs that are its own while it runs.
    Nothing is left behind: the kernel is ended and the folder removed, also when the task is cancelled.
    """
    document = planned.document
    notebook = nbformat.reads(document.notebook, as_version=4)
    start, clock = datetime.now(UTC), time.monotonic()
    with temporary_folder() as temporary:
        surroundings = Surroundings(document, settings)
        root = scratch_root(str(temporary))
        folder = surroundings.copy(root)
        run = Execution(document, notebook, settings, at_cell)
        spec = kernel_spec(python, document.kernel_name)
        with Trace(temporary, root, surroundings, python=spec.language == "python") as trace:
            variables = environment(temporary, document, settings, trace.environment)
            # A notebook that leases no GPU must not see one: its result would not be what its key says.
            variables["CUDA_VISIBLE_DEVICES"] = ",".join(devices)
            failure = await run.run(spec, temporary, folder, variables)
        if failure is None and (changed := trace.changed()):
            failure = run.failure(
                FailureKind.CHANGED_SOURCE, f"wrote to {changed}, which is a source of the book"
            )
        inputs = trace.inputs(folder)
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
