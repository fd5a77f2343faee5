"""Where notebooks run: on this machine, or on others."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from toolchain.environment import doctor, kernel
from toolchain.messages.progress import Note, Reporter, StageFinished, StageStarted
from toolchain.model import DeviceClass, Plan
from toolchain.project.settings import Settings

if TYPE_CHECKING:
    from toolchain.execute.attempts import RunPolicy
    from toolchain.execute.job import Job


class Executor(Protocol):
    """What the notebooks of a build run on. Use as a context."""

    here: bool
    """Whether they run on this machine: what another sends is data, and nobody vouches for it."""

    def __enter__(self) -> Self:
        """Begin; nothing is started yet."""

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave nothing behind."""

    def gpus(self) -> int:
        """Return how many GPUs a notebook can have."""

    def refuse(self, plan: Plan) -> None:
        """Raise an error if a plan asks for what can never be."""

    def run_all(self, jobs: "Iterable[Job]", rules: "RunPolicy") -> None:
        """Run notebooks, those first that come first; each outcome is kept as soon as it is there."""


class LocalExecutor:
    """This machine."""

    here = True

    def __init__(self, settings: Settings, reporter: Reporter) -> None:
        """Prepare nothing yet."""
        self._settings = settings
        self._reporter = reporter

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left."""

    def gpus(self) -> int:
        """Return how many GPUs this machine has for the book's notebooks."""
        return len(doctor.gpus(self._settings))

    def refuse(self, plan: Plan) -> None:
        """Refuse nothing: what cannot run here is missing."""

    def run_all(self, jobs: "Iterable[Job]", rules: "RunPolicy") -> None:
        """Run notebooks, those first that come first; each outcome is kept as soon as it is there."""
        from toolchain.execute import local  # noqa: PLC0415 - slow to import, and mostly nothing runs

        jobs = tuple(jobs)
        pythons = self._environments({job.planned.device_class for job in jobs})
        if self._settings.layout.requirements:
            self._require_imports(jobs, pythons)
        host = local.Host(
            project=self._settings.project,
            pythons=pythons,
            jobs=self._settings.jobs,
            gpus=doctor.gpus(self._settings) if any(job.planned.gpus for job in jobs) else (),
        )
        local.run_all(jobs, host, rules)

    def _require_imports(self, jobs: "Iterable[Job]", pythons: Mapping[DeviceClass, Path]) -> None:
        """Name all at once what notebooks import and nothing has asked for, before any of them runs."""
        from toolchain.execute import imported  # noqa: PLC0415 - slow to import, and mostly nothing runs

        settings = self._settings
        wanted = next((path.name for path in settings.requirements), settings.layout.requirements[0])
        for device, python in pythons.items():
            documents = [job.planned.document for job in jobs if job.planned.device_class == device]
            imported.require(documents, python, settings.project, wanted)

    def _environments(self, devices: Iterable[DeviceClass]) -> Mapping[DeviceClass, Path]:
        """Return the interpreters that these notebooks run in, made from their locks where they are not there yet."""
        doctor.require(doctor.to_execute(self._settings))
        self._reporter(StageStarted(title="Kernel environment", within=True))
        pythons = {}
        for device in sorted(devices):
            environment = kernel.environment(self._settings, device)
            if environment.made:
                text = f"  done    the notebooks' environment was made from {device}.lock"
                self._reporter(Note(text=text))
            pythons[device] = environment.python
        self._reporter(StageFinished())
        return pythons
