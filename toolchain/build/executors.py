"""Where the notebooks of a build run: on this machine, or on the workers of a cluster."""

from toolchain.execute.executor import Executor, LocalExecutor
from toolchain.messages.progress import Reporter
from toolchain.project.settings import Settings


def choose(settings: Settings, reporter: Reporter) -> Executor:
    """Return what the options say, or else book.toml."""
    if settings.cluster is None:
        return LocalExecutor(settings, reporter)
    from toolchain.cluster.executor import ClusterExecutor  # noqa: PLC0415 - needs packages that not everybody has

    return ClusterExecutor(settings, settings.cluster, reporter)
