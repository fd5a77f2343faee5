"""Hosts of their own on one machine: Linux namespaces with a network between them, and nothing left when they end.

No namespace has a name and no link begins on this machine itself: all of it belongs to a process for each host,
which ends with us, whatever ends us.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

NETWORK = "10.77.0"
BEGIN = """\
hostname "$1"
ip link set lo up
mount --bind "$2" /etc/hosts
shift 2
mount -t tmpfs none /mnt
for hidden; do mount -t tmpfs none "$hidden"; done
echo ready
exec sleep infinity
"""
TRIAL = "ip link add one type veth peer name two && ip link add wire type bridge && mount -t tmpfs none /mnt"


def lacking() -> str:
    """Say why there can be no hosts here; nothing if there can."""
    if not sys.platform.startswith("linux"):
        return "namespaces are Linux's"
    if absent := [
        program for program in ("ip", "unshare", "nsenter", "setpriv") if shutil.which(program) is None
    ]:
        return f"{', '.join(absent)}: not on this machine"
    trial = subprocess.run(
        ["unshare", "--net", "--uts", "--mount", "sh", "-c", TRIAL],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"no namespaces can be made here: {trial.stderr.strip()}" if trial.returncode else ""


class Host:
    """A host: its name, its address, folders that no other host sees."""

    def __init__(self, name: str, address: str, folder: Path, process: "subprocess.Popen[str]") -> None:
        """`process` holds its namespaces."""
        self.name = name
        self.address = address
        self.folder = folder
        self.process = process

    @property
    def env(self) -> dict[str, str]:
        """What its programs are started with."""
        return {
            **os.environ,
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "TMPDIR": str(self.folder / "tmp"),
        }

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command that does something there."""
        entered = ["nsenter", "--target", str(self.process.pid), "--net", "--uts", "--mount", "--"]
        return [*entered, *map(str, arguments)]

    def run(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run a program there to its end."""
        return subprocess.run(
            self.command(*arguments), env=self.env, capture_output=True, text=True, check=False
        )

    @property
    def kernels(self) -> list[int]:
        """The kernels that run there."""
        inside = Path(f"/proc/{self.process.pid}/ns/net").readlink()
        process_ids = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if b"ipykernel" in (path / "cmdline").read_bytes() and (path / "ns/net").readlink() == inside:
                    process_ids.append(int(path.name))
            except OSError:  # it has ended
                continue
        return process_ids


class Network:
    """Some hosts on one wire."""

    def __init__(self, hosts: Mapping[str, Host], wire: Host) -> None:
        """`wire` has a bridge, and a link for each host with its name."""
        self._hosts = hosts
        self._wire = wire

    def __getitem__(self, name: str) -> Host:
        """Return a host."""
        return self._hosts[name]

    def cut(self, name: str) -> None:
        """Pull a host's cable: the others hear nothing of it."""
        self._wire.run("ip", "link", "set", name, "down").check_returncode()

    def mend(self, name: str) -> None:
        """Plug it in again."""
        self._wire.run("ip", "link", "set", name, "up").check_returncode()


@contextmanager
def network(reached: Sequence[str], others: Sequence[str]) -> Iterator[Network]:
    """Make hosts: each reaches those that are `reached` by all, and `others` do not reach one another."""
    root = Path(tempfile.mkdtemp(prefix="hosts-", dir="/tmp"))  # short: the kernels' sockets lie below it
    names = [*reached, *others]
    addresses = {name: f"{NETWORK}.{number}" for number, name in enumerate(names, start=1)}
    folders = {name: root / name for name in names}
    table = root / "hosts"
    lines = ("127.0.0.1 localhost", *(f"{address} {name}" for name, address in addresses.items()))
    table.write_text("\n".join(lines) + "\n")
    try:
        with ExitStack() as stack:
            for folder in folders.values():
                (folder / "tmp").mkdir(parents=True)
            wire = stack.enter_context(_host("wire", "", root, table, ()))
            wire.run("ip", "link", "add", "wire", "type", "bridge").check_returncode()
            wire.run("ip", "link", "set", "wire", "up").check_returncode()
            hosts = {}
            for name in names:
                hidden = [folder for other, folder in folders.items() if other != name]
                host = _host(name, addresses[name], folders[name], table, hidden)
                hosts[name] = stack.enter_context(host)
                _plug(hosts[name], wire, isolated=name in others)
            yield Network(hosts, wire)
    finally:
        shutil.rmtree(root)


@contextmanager
def _host(name: str, address: str, folder: Path, table: Path, hidden: Sequence[Path]) -> Iterator[Host]:
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--uts", "--mount"]
    process = subprocess.Popen(
        [*command, "sh", "-c", BEGIN, "sh", name, str(table), *map(str, hidden)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Host(name, address, folder, process)
    finally:
        process.kill()
        process.communicate()


def _plug(host: Host, wire: Host, *, isolated: bool) -> None:
    """Connect a host to the wire."""
    peer = ("peer", "name", "eth0", "netns", str(host.process.pid))
    commands = [
        (wire, ("ip", "link", "add", host.name, "type", "veth", *peer)),
        (wire, ("ip", "link", "set", host.name, "master", "wire")),
        (
            wire,
            ("ip", "link", "set", host.name, "type", "bridge_slave", "isolated", "on" if isolated else "off"),
        ),
        (wire, ("ip", "link", "set", host.name, "up")),
        (host, ("ip", "address", "add", f"{host.address}/24", "dev", "eth0")),
        (host, ("ip", "link", "set", "eth0", "up")),
    ]
    for machine, command in commands:
        machine.run(*command).check_returncode()
