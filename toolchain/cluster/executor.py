"""Notebooks that run on other machines, as Dask workers."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from toolchain import kernel
from toolchain.cluster import certificates, extra
from toolchain.errors import ClusterError, ConfigError
from toolchain.execute.attempts import Rules
from toolchain.execute.job import Job
from toolchain.execute.local import in_a_thread
from toolchain.model import Plan, Reason
from toolchain.progress import Reporter
from toolchain.sections import ClusterSection
from toolchain.settings import Settings
from toolchain.units import count

if TYPE_CHECKING:
    from toolchain.cluster.session import Session


class Cluster:
    """Runs notebooks on a cluster. Use as a context: one that we have started is ended with it."""

    def __init__(self, settings: Settings, section: ClusterSection, reporter: Reporter) -> None:
        """Connect to nothing yet: a build that runs nothing does not need it."""
        extra.require()
        self._settings = settings
        self._section = section
        self._reporter = reporter
        self._started: Any = None
        self._most_gpus: int | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the cluster that we have started."""
        if self._started is not None:
            self._started.close()

    def gpus(self) -> int:
        """Return how many GPUs a notebook can have here."""
        if self._most_gpus is None:
            self._most_gpus = in_a_thread(self._session((), workers=1).gpus())
        return self._most_gpus

    def refuse(self, plan: Plan) -> None:
        """Raise ClusterError if a notebook needs more GPUs than any worker has, although there are some.

        Where there is none at all, a notebook that needs one is as it is on any machine without: missing.
        """
        for each in plan.notebooks:
            wanted = each.document.declared.gpus
            if each.reason == Reason.MISSING and 0 < self.gpus() < wanted:
                raise ClusterError(
                    f"{each.document.path}: declares {count(wanted, 'GPU')}, and no worker has more than {self.gpus()}",
                    remedy="Start one that has: `toolchain worker --gpus-per-worker N ADDRESS`.",
                )

    def run_all(self, jobs: Iterable[Job], rules: Rules) -> None:
        """Run notebooks, those first that come first; each outcome is kept as soon as it is there.

        Raises ClusterError if no worker has what a notebook needs, or if the scheduler is gone for too long.
        """
        jobs = tuple(jobs)
        in_a_thread(self._session(jobs, workers=len(jobs)).run(jobs, rules))

    def _session(self, jobs: tuple[Job, ...], workers: int) -> "Session":
        from toolchain.cluster.link import Link  # noqa: PLC0415 - slow to import
        from toolchain.cluster.session import Book, Session  # noqa: PLC0415 - as above

        devices = sorted({job.planned.device_class for job in jobs})
        book = Book(
            project=self._settings.project,
            recipes={device: kernel.recipe(self._settings, device) for device in devices},
            libraries=self._settings.toml.kernel.libraries,
            capabilities=self._settings.toml.kernel.compute_capabilities,
        )
        address, security = self._reached(workers)
        return Session(
            partial(Link, address, security),
            self._section,
            book,
            self._reporter,
            most=self._settings.options.jobs,
        )

    def _reached(self, workers: int) -> tuple[str, Any]:
        """Return where the scheduler is, and what is needed to speak with it; start a cluster if that is told."""
        if self._section.scheduler:
            address = self._section.scheduler
            security = certificates.require(address, self._settings.certificates)
            return str(certificates.address(address)), security
        if self._started is None:
            self._started = _start(self._section)
        if self._section.workers:
            self._started.scale(min(self._section.workers, workers))
        return self._started.scheduler_address, getattr(self._started, "security", None)


def _start(section: ClusterSection) -> Any:
    """Start a cluster by its class."""
    try:
        return _class(section.kind)(**section.options)
    except ConfigError:
        raise
    except Exception as error:
        raise ClusterError(
            f"{section.kind}: cannot be started: {type(error).__name__}: {error}",
            remedy="Correct `options` in [execution.cluster].",
        ) from error


def _class(name: str) -> Callable[..., Any]:
    module, _, attribute = name.rpartition(".")
    with suppress(ImportError, AttributeError, ValueError):
        found: Callable[..., Any] = getattr(import_module(module), attribute)
        return found
    raise ConfigError(
        f"[execution.cluster] class: {name!r} cannot be imported",
        remedy="Install the package that has it beside the toolchain, or correct the name.",
    )
