"""The toolchain in processes that have imported already what it needs: importing would be most of the tests' time.

`Python().executable` does as Python does, except for `-m toolchain`: there a process that has imported the toolchain
forks a child, with the caller's environment, folder and standard streams. The child sees this Python again, whose
`-m toolchain.sphinxext` is such a fork, too, and so is Sphinx's own `-m sphinx`. What the toolchain does, and in which processes, stays the same. Only what
Python does with all that is imported, to throw it away, is left out: looking through it for garbage, and taking it apart at
the end. In a fork it would be the half of what a small build costs, as each object that is touched is copied.

What is about processes starts `python -m toolchain` as people do: tests/commands/test_cli.py, tests/execute/test_faults.py and others.
"""

import atexit
import fcntl
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path

from sphinx.application import builtin_extensions

from toolchain.sphinxext.configuration import EXTENSIONS

SEEDS = {"toolchain": "random", "toolchain.sphinxext": "0"}
"""PYTHONHASHSEED of the modules that run as forks; the toolchain itself gives Sphinx that one."""
OWN = {"PYTHONHASHSEED", "PYTHONPATH", "PYTHONPROFILEIMPORTTIME"}
"""With one of these in its environment the toolchain gets a Python of its own."""
SPHINX = "sphinx"
"""Is a fork of what the toolchain runs Sphinx in: it has imported the same."""
OURS = r"toolchain\b"
"""Modules in which it is an error to use what libraries will not have any more."""
IMPORTS = {
    "toolchain": (
        "toolchain.commands.cli",
        "toolchain.commands.build",
        "toolchain.messages.console",
        "toolchain.build.pipeline",
        "toolchain.execute.local",
        "toolchain.forms.notebooks.bundles",
        "toolchain.forms.pdf.postprocess",
        "toolchain.forms.pdf.typeset",
        "jupyter_cache.cache.main",
    ),
    "toolchain.sphinxext": ("toolchain.sphinxext.__main__", *builtin_extensions, *EXTENSIONS),
}
"""What their runs import."""

# Its own Python is not to look for packages or settings: what it is asked for may have been asked of another one.
PROGRAM = """\
#!{python} -IS
import array, json, os, socket, sys
words = [word for word in sys.argv if word != "-P"]
module = words[2] if words[1:2] == ["-m"] else ""
if module not in {modules} or (module == "toolchain" and os.environ.keys() & {own}):
    os.execv("{python}", ["{python}", *sys.argv[1:]])
# A pipe that it is to read is named by its number.
pipes = [int(word) for word in words[3:] if module == "toolchain.sphinxext"]
streams = sorted({{0, 1, 2, *pipes}})
with socket.socket(socket.AF_UNIX) as server:
    server.connect("{folder}/" + module)
    server.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))])
    server.sendall(json.dumps([words, os.getcwd(), dict(os.environ), streams]).encode() + b"\\n")
    code = int(server.makefile().readline() or 70)
if code > 128 and module == "toolchain.sphinxext":  # who has started it is to see the signal that has ended it
    os.kill(os.getpid(), code - 128)
os._exit(code)
"""


class Python:
    """The program that does as Python does, and the processes behind it, which end when this one does."""

    def __init__(self) -> None:
        """Start them."""
        self._folder = tempfile.TemporaryDirectory(prefix="quick-")
        folder = self._folder.name
        self.executable = Path(folder) / "python"
        text = PROGRAM.format(python=sys.executable, modules=(*SEEDS, SPHINX), own=OWN, folder=folder)
        self.executable.write_text(text, encoding="utf-8")
        self.executable.chmod(0o700)
        self._processes = [self._start(Path(folder) / module, seed) for module, seed in SEEDS.items()]
        for process in self._processes:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        (Path(folder) / SPHINX).symlink_to("toolchain.sphinxext")

    def _start(self, address: Path, seed: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, __file__, str(address)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )

    def close(self) -> None:
        """End them."""
        for process in self._processes:
            process.communicate()
        self._folder.cleanup()


def serve(address: Path) -> None:
    """Import a module and what it needs, then fork a process for each that asks, until standard input is closed."""
    codes: list[int] = []
    atexit.register(leave, codes)  # before any other: it comes last
    # A module may keep the program that its own processes are to be started with.
    sys.executable = str(address.with_name("python"))
    for kind in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
        warnings.filterwarnings("error", category=kind, module=OURS)
    for module in IMPORTS[address.name]:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    # Not under pytest's: a shell's background job ignores it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        os.write(1, b"ready\n")
        while listening.fileno() in select.select([listening.fileno(), 0], [], [])[0]:
            asking, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                answer(asking, codes)
            asking.close()


def leave(codes: list[int]) -> None:
    """End with the code that a module has ended with, when Python has done all that is not about its own memory."""
    if codes:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(codes[0] & 0xFF)


def answer(asking: socket.socket, codes: list[int]) -> None:
    """Run what is asked for in a child, and end it if whoever asked goes away; the child notes how it has ended."""
    if sys.platform != "linux":
        raise NotImplementedError("only Linux has what tells of a process that ends")
    _, streams, _, _ = socket.recv_fds(asking, 1, 4)
    arguments, folder, environment, numbers = json.loads(asking.makefile().readline())
    child = os.fork()
    if child == 0:
        asking.close()
        os.setsid()
        # Out of the way first: one may have the number that another is to have.
        aside = [fcntl.fcntl(stream, fcntl.F_DUPFD, 100) for stream in streams]
        os.closerange(3, 100)
        for number, stream in zip(numbers, aside, strict=True):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        tempfile.tempdir = None
        sys.executable, _, module, *sys.argv[1:] = arguments
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            codes.append(0)
        except SystemExit as error:
            if isinstance(error.code, int | None):
                codes.append(error.code or 0)
            raise
        sys.exit()
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(child)
    if ended not in select.select([ended, asking.fileno()], [], [])[0]:
        os.killpg(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(OSError):
        asking.sendall(f"{code if code >= 0 else 128 - code}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    sys.path.pop(0)  # this file's own folder, which `python -m` would not look into
    serve(Path(sys.argv[1]))
