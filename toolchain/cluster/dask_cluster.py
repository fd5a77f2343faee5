"""A cluster that one of Dask's classes has started: on a batch system, on machines reached by SSH, in a cloud."""

import logging
import math
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

from toolchain.base.errors import ClusterError, ConfigError
from toolchain.cluster import log
from toolchain.processes import signals
from toolchain.project.sections import ClusterSection

ANSWER_SECONDS = 60.0
"""A batch system that is there takes a job by then, or ends it."""
CLOSE_SECONDS = 60.0
LINES = 3
"""So many of the last lines that a machine reached by SSH has written are shown."""
REMEDY = "Correct `options` in [execution.cluster]."
OPEN = (
    "has no certificates, so everybody who reaches its scheduler or its workers, other users of this machine too, "
    "could have it run any code"
)
OPEN_REMEDY = (
    "Add `security = true` to `options`, where the class knows it; or say `trusted_network = true` in [execution.cluster] "
    "if nobody else is in the network, nor on the machines."
)
SAFE = ("tls", "inproc")
"""Protocols of Dask's that nobody else can speak: with certificates, and inside of one process."""


class Started:
    """A cluster that runs, and is to be ended."""

    def __init__(self, section: ClusterSection) -> None:
        """Start it.

        Raises ConfigError if the class cannot be imported, or would let everybody in; ClusterError if it cannot be started
        as it is told.
        """
        with _kept_signal_handlers():
            cluster_class = _load_class(section.kind)
        options = _with_certificates(section, cluster_class)
        # That a machine without a way to the Internet does not reach it, and that the port for Dask's pages is taken.
        warnings.filterwarnings("ignore", module=r"distributed\.")
        self._kind = section.kind
        self._settings = ExitStack()
        if not _asks_for_pages(options):
            self._settings.enter_context(_no_http())
        with _remote_lines() as lines:
            try:
                self._cluster = cluster_class(**options)
            except Exception as error:
                self._settings.close()
                raise self._error("cannot be started", error, *lines[-LINES:]) from error
        if not section.trusted_network and self.address.partition("://")[0] not in SAFE:
            self.close()
            raise _open_to_all(section)

    @property
    def address(self) -> str:
        """Where its scheduler is."""
        return str(self._cluster.scheduler_address)

    @property
    def security(self) -> Any:
        """Dask's TLS settings for the scheduler; None without encryption."""
        return getattr(self._cluster, "security", None)

    @property
    def planned(self) -> float:
        """How many workers it is to have; without end if it does not say."""
        return len(self._cluster.plan) if self._is_tended else math.inf

    def ask(self, workers: int) -> None:
        """Ask for so many workers; 0 if it has as many as its options say.

        Raises ClusterError if it refuses, ConfigError if that makes no sense.
        """
        if workers and getattr(self._cluster, "new_spec", self) is None:
            raise ConfigError(
                f"[execution.cluster] workers: a cluster of the class {self._kind} cannot be asked for workers",
                remedy="Leave `workers` out: `options` say which it has.",
            )
        try:
            if workers:
                self._cluster.scale(workers)
            self._tend()
        except Exception as error:
            raise self._error("cannot have workers", error) from error
        if not self.planned:
            raise ConfigError(
                f"[execution.cluster] workers: {self._kind} is asked for no worker",
                remedy="Say with `workers` or in `options` how many there are to be.",
            )

    def tend(self) -> str:
        """Start anew what has ended, such as a job whose time was over; return why that failed, or an empty string."""
        try:
            self._tend()
        except Exception as error:  # noqa: BLE001 - whatever a batch system's class may raise: we go on with what there is
            return _reason(error)
        return ""

    def close(self) -> str:
        """End it, with all workers; return why that failed, or an empty string."""
        with signals.blocked(), self._settings:
            try:
                self._cluster.close(timeout=CLOSE_SECONDS)
            except Exception as error:  # noqa: BLE001 - as above: there may be results to keep
                self._cluster.shutdown_on_close = False  # or it would be tried again at our end
                return _reason(error)
        return ""

    @property
    def _is_tended(self) -> bool:
        """Whether it is of the kind that knows what it has started."""
        from distributed import SpecCluster  # noqa: PLC0415 - slow to import

        return isinstance(self._cluster, SpecCluster)

    def _tend(self) -> None:
        if self._is_tended:
            self._cluster.sync(_start_workers, self._cluster, callback_timeout=ANSWER_SECONDS)

    def _error(self, problem: str, error: Exception, *lines: str) -> ClusterError:
        return ClusterError("\n  ".join((f"{self._kind} {problem}: {_reason(error)}", *lines)), remedy=REMEDY)


def _with_certificates(section: ClusterSection, cluster_class: Callable[..., Any]) -> dict[str, Any]:
    """Return what a class is called with: for a cluster on this machine with certificates of its own.

    Raises ConfigError if it would do without them, and nobody has said that it may.
    """
    from distributed import LocalCluster  # noqa: PLC0415 - slow to import

    options = section.options
    if section.trusted_network or options.get("security"):
        return options
    if isinstance(cluster_class, type) and issubclass(cluster_class, LocalCluster):
        return {**options, "security": True}
    raise _open_to_all(section)


def _open_to_all(section: ClusterSection) -> ConfigError:
    return ConfigError(f"[execution.cluster] {section.kind}: {OPEN}", remedy=OPEN_REMEDY)


def _asks_for_pages(options: Any) -> bool:
    """Tell whether somebody wants the pages that Dask serves on what a cluster does."""
    if not isinstance(options, dict):
        return False
    return any(("dashboard" in name and value) or _asks_for_pages(value) for name, value in options.items())


@contextmanager
def _no_http() -> Iterator[None]:
    """Have schedulers and workers that are started from here serve nothing by HTTP."""
    import dask  # noqa: PLC0415 - slow to import
    import distributed  # noqa: F401, PLC0415 - as above; it brings its defaults

    from toolchain.cluster import no_http  # noqa: PLC0415 - as above

    roles = ("scheduler", "worker")
    with dask.config.set({f"distributed.{role}.preload": no_http.preload(role) for role in roles}):
        yield


async def _start_workers(cluster: Any) -> None:
    """Have a cluster start all workers that it is to have; raise what keeps it from that.

    What `scale` begins goes on by itself, and whoever asked is not told how it ended. One that could not be started
    would pass for started.
    """
    from distributed import Status  # noqa: PLC0415 - slow to import

    errors = []
    try:
        await cluster
    except Exception as error:  # noqa: BLE001 - raised below
        errors.append(error)
    created = [(name, worker) for name, worker in cluster.workers.items() if worker.status == Status.created]
    for name, worker in created:
        try:
            await worker
        except Exception as error:  # noqa: BLE001 - as above
            errors.append(error)
            worker.status = Status.failed
            cluster.workers.pop(name, None)
    if errors:
        raise errors[-1]


def _reason(error: Exception) -> str:
    """Return what went wrong; a batch system's own words stand at the end of what dask-jobqueue says."""
    _, _, own_words = str(error).rpartition("stderr:")
    return own_words.strip() or f"{type(error).__name__}: {error}".strip(": ")


@contextmanager
def _remote_lines() -> Iterator[list[str]]:
    """Give the lines that other machines write while a cluster starts: Dask logs them, its errors lack them."""
    import distributed  # noqa: F401, PLC0415 - slow to import; it sets the levels that are set anew here

    log.hush()
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("distributed.deploy.ssh")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.CRITICAL)


@contextmanager
def _kept_signal_handlers() -> Iterator[None]:
    """Keep a module from deciding what Ctrl-C does: when dask-jobqueue is imported, it lets it raise SystemExit."""
    before = {number: signal.getsignal(number) for number in signals.handled_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _load_class(name: str) -> Callable[..., Any]:
    """Import a class by its dotted name. Raises ConfigError if that fails."""
    module, _, attribute = name.rpartition(".")
    try:
        cluster_class: Callable[..., Any] = getattr(import_module(module), attribute)
    except Exception as error:
        raise ConfigError(
            f"[execution.cluster] class: {name!r} cannot be imported: {error}",
            remedy="Install the package that has it beside the toolchain, or correct the name.",
        ) from error
    return cluster_class
