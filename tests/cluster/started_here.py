"""What a cluster that is started here lets others do; prints it. A process of its own: Dask keeps much for the whole process."""

import faulthandler
import json
import os
import sys

import distributed
import psutil

from toolchain.base.errors import ConfigError
from toolchain.cluster.dask_cluster import Started
from toolchain.project.sections import ClusterSection

SECONDS = 100
"""Nothing here takes so long: a process that waits for ever says where."""


def ports(*processes: psutil.Process) -> set[int]:
    """Return the ports that processes listen at."""
    connections = [connection for process in processes for connection in process.net_connections("tcp")]
    return {connection.laddr.port for connection in connections if connection.status == psutil.CONN_LISTEN}


def guarded() -> dict[str, object]:
    """Start a cluster as book.toml names it, and try to get in."""
    here = psutil.Process()
    options = {"n_workers": 1, "threads_per_worker": 1}
    started = Started(ClusterSection(kind="distributed.LocalCluster", options=options))
    try:
        with distributed.Client(started.address, security=started.security, set_as_default=False) as client:
            (worker,) = client.run(os.getpid).values()
            inside, outside = ports(here), ports(psutil.Process(worker))
        refused = {port: refusal(port) for port in inside | outside}
    finally:
        problem = started.close()
    return {
        "protocol": started.address.partition("://")[0],
        "inside": len(inside),
        "outside": len(outside),
        "refused": list(refused.values()),
        "problem": problem,
        "left": len(ports(here)),
    }


def refusal(port: int) -> str:
    """Try to get in without a certificate; return what comes of it, empty if one is in."""
    try:
        distributed.Client(f"tcp://127.0.0.1:{port}", timeout=1, set_as_default=False)
    except OSError as error:
        return str(error)
    return ""


def without_certificates(**options: object) -> distributed.LocalCluster:
    """Start a cluster as a class does that does not know what `security` is."""
    options.pop("security", None)
    options |= {"dashboard_address": "127.0.0.1:0"}
    return distributed.LocalCluster(**options)


def unguarded() -> dict[str, object]:
    """Start a cluster that has no certificates, whether they are asked for or not, and whether its network is trusted."""
    kind = f"{__name__}.without_certificates"
    options: dict[str, object] = {"n_workers": 0}
    errors = []
    for given in (options, options | {"security": True}):
        try:
            Started(ClusterSection(kind=kind, options=given))
        except ConfigError as error:
            errors.append((str(error), error.remedy, len(ports(psutil.Process()))))
    started = Started(ClusterSection(kind=kind, options=options, trusted_network=True))
    return {"errors": errors, "address": started.address, "problem": started.close()}


if __name__ == "__main__":
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    print(json.dumps({"guarded": guarded, "unguarded": unguarded}[sys.argv[1]]()))  # noqa: T201 - the test reads it
    faulthandler.cancel_dump_traceback_later()
