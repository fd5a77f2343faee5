"""A notebook's run with all that it needs to know: frozen, and the same on every machine that it is sent to."""

from collections.abc import Mapping

from msgspec import Struct

from toolchain.base.units import size
from toolchain.execute.capacity import Resources
from toolchain.model import Planned
from toolchain.project.sections import ExecutionSection


class Job(Struct, frozen=True):
    """What a run needs besides an interpreter, the files around the notebook, and GPUs."""

    planned: Planned
    timeout: float
    """Seconds for the whole notebook."""
    cell_timeout: float
    """Seconds for a cell."""
    output_limit: str
    """What a cell may write, such as `10 MB`."""
    env: dict[str, str]
    """Environment variables of every notebook; its own are in its declaration."""
    commit: str
    """Of the project."""
    library: dict[str, str] = {}
    """Files of the book's library that it can import, by their names."""
    kernelspecs: dict[str, str] = {}
    """The texts of those that the project itself has, by the names of the kernels."""

    @property
    def name(self) -> str:
        """The notebook's name."""
        return self.planned.document.name

    @property
    def need(self) -> Resources:
        """What it takes while it runs."""
        declared = self.planned.document.declared
        return Resources(
            memory=size(declared.memory), gpus=self.planned.gpus, gpu_memory=size(declared.gpu_memory)
        )


def job_of(
    planned: Planned,
    section: ExecutionSection,
    *,
    commit: str = "",
    library: Mapping[str, str] | None = None,
    kernelspecs: Mapping[str, str] | None = None,
) -> Job:
    """Return the run of a notebook with the limits of its book, or its own."""
    return Job(
        planned=planned,
        timeout=planned.document.declared.timeout or section.timeout,
        cell_timeout=section.cell_timeout,
        output_limit=section.output_limit,
        env=section.env,
        commit=commit,
        library=dict(library or {}),
        kernelspecs=dict(kernelspecs or {}),
    )
