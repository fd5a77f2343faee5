"""Where the notebooks of a build run: on this machine, or on the workers of a cluster."""

from toolchain.execute.executor import Executor, Here
from toolchain.messages.progress import Reporter
from toolchain.project.settings import Settings


def choose(settings: Settings, reporter: Reporter) -> Executor:
    """Return what the options say, or else book.toml."""
    if settings.cluster is None:
        return Here(settings, reporter)
    from toolchain.cluster.executor import Cluster  # noqa: PLC0415 - needs packages that not everybody has

    return Cluster(settings, settings.cluster, reporter)
