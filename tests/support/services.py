"""Real services on a host of a test's own: a batch system, a server for SSH. They end with the test, whatever ends it.

Each runs in a process namespace: what a service has started, also in sessions of its own, ends with its first process,
and that one with us.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.network_hosts import Host
from support.simulated_machines import until

SSHD = "/usr/sbin/sshd"
SLURM_CONF = """\
ClusterName=tests
SlurmctldHost={host}
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
KillWait=2
GresTypes=gpu
NodeName={host} CPUs=64 RealMemory=1000000 Gres=gpu:{gpus}
PartitionName=gpu Nodes={host} Default=YES MaxTime=INFINITE
"""
SSHD_CONFIG = """\
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PidFile none
SetEnv XDG_CACHE_HOME={home}/cache TMPDIR={home}/tmp
"""


def lacking(*programs: str) -> str:
    """Say which programs are not on this machine; nothing if all are."""
    absent = [program for program in programs if shutil.which(program) is None]
    if os.geteuid():
        return "services are started as root"
    return f"{', '.join(absent)}: not on this machine" if absent else ""


class Slurm:
    """A batch system with one node."""

    def __init__(self, host: Host, conf: Path) -> None:
        """`conf` is what SLURM_CONF has to name."""
        self.host = host
        self.conf = conf

    @property
    def env(self) -> dict[str, str]:
        """What programs find it by."""
        return {"SLURM_CONF": str(self.conf)}

    @property
    def jobs(self) -> list[str]:
        """The jobs that run or wait; those that were cancelled and are being put away do neither."""
        return self.run("squeue", "--noheader", "--states=PENDING,RUNNING,SUSPENDED", "--format=%i").split()

    def run(self, *command: str) -> str:
        """Run one of its programs; return its standard output."""
        return self.host.run("env", f"SLURM_CONF={self.conf}", *command).stdout


@contextmanager
def slurm(host: Host, gpus: int) -> Iterator[Slurm]:
    """Run Slurm with one node that has so many GPUs."""
    folder = _folder(host, "slurm")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    conf = folder / "slurm.conf"
    conf.write_text(SLURM_CONF.format(host=host.name, folder=folder, gpus=gpus))
    devices = [folder / f"gpu{number}" for number in range(gpus)]
    for device in devices:
        device.symlink_to("/dev/null")  # Slurm wants files of devices, and opens none
    (folder / "gres.conf").write_text("".join(f"Name=gpu File={device}\n" for device in devices))
    script = f"export SLURM_CONF={conf} && slurmctld && slurmd -N {host.name} && exec sleep infinity"
    with _service(host, script, folder):
        batch_system = Slurm(host, conf)
        until(lambda: "idle" in batch_system.run("sinfo", "--noheader"), "Slurm's node is there")
        yield batch_system


@contextmanager
def sshd(host: Host) -> Iterator[Path]:
    """Run a server for SSH; give a folder with its file of known hosts, and with the key `user` that it lets in."""
    folder = _folder(host, "sshd")
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    (folder / "known_hosts").write_text(f"{host.name} {(folder / 'host.pub').read_text()}")
    (folder / "config").write_text(SSHD_CONFIG.format(folder=folder, home=host.folder))
    script = f"mount -t tmpfs none /run && mkdir /run/sshd && exec {SSHD} -D -e -f {folder}/config"
    with _service(host, script, folder):
        listening = ("ss", "--no-header", "--listening", "--tcp", "--numeric")
        until(lambda: ":22 " in host.run(*listening).stdout, "sshd listens")
        yield folder


def _folder(host: Host, name: str) -> Path:
    """Make a folder that all hosts see; it goes with them."""
    folder = host.folder.parent / name
    folder.mkdir()
    return folder


@contextmanager
def _service(host: Host, script: str, folder: Path) -> Iterator[None]:
    inside = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script)
    with (folder / "said").open("w") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *host.command(*inside)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=host.env,
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()
