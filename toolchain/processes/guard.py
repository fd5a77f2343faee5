"""Programs that must not outlive us run under a guard: a small process that ends them, and all they started.

A guard holds one end of a pipe, and its owner the other. Whatever ends the owner, a kill -9 too, closes the owner's
end; the guard then kills the program with every process that descends from it, and ends. It does the same when the
program has ended by itself, so nothing that the program started stays behind. On Linux orphans come to the guard
(it is a subreaper), also those in sessions of their own; elsewhere it kills the program's process group.

Why a pipe and not Linux' parent-death signal: that one comes when the *thread* dies that started the process, ours
is not always the main thread, and it reaches the one process only, not its children. The guard has one thread, so
between it and the program the signal is right, and there it is used: a guard that is killed takes the program along.

This file is also the guard's own program; it runs without site-packages and imports nothing of ours.
"""

import ctypes
import os
import select
import signal
import sys
import time

AVAILABLE = os.name == "posix"
"""Elsewhere programs run without a guard."""
SECONDS_TO_END = 5.0
"""A process that the system does not let go of is not waited for longer."""
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
CANNOT_START = 127


class Leash:
    """The owner's end of a guard's pipe: the guard's program lives until this is closed."""

    def __init__(self) -> None:
        """Make the pipe. Give `stdin` to the guard as its standard input, then call `started`."""
        self.stdin, self._held = os.pipe() if AVAILABLE else (os.open(os.devnull, os.O_RDONLY), -1)

    def started(self) -> None:
        """Close our copy of the guard's end."""
        if self.stdin >= 0:
            os.close(self.stdin)
            self.stdin = -1

    def close(self) -> None:
        """Have the guard end its program and itself; it takes a moment, for which wait on the guard's process."""
        self.started()
        held, self._held = self._held, -1  # two threads may want to close it
        if held >= 0:
            os.close(held)


def interrupt(guard: int, name: str) -> None:
    """Send SIGINT to the programs of this name below a guard; on Linux only, where they can be found."""
    for process in _descendants(guard):
        try:
            with open(f"/proc/{process}/comm", encoding="utf-8", errors="replace") as stream:  # noqa: PTH123 - pathlib is slow to import
                if stream.read().strip() == name:
                    os.kill(process, signal.SIGINT)
        except OSError:  # it has just ended
            continue


def command(program: list[str]) -> list[str]:
    """Return the command that runs a program under a guard, whose exit code, or signal, is the program's."""
    return [sys.executable, "-I", "-S", __file__, *program] if AVAILABLE else program


def _main(program: list[str]) -> None:
    """Run a program to its end or to that of the leash, which is standard input."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    if prctl:
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wakeups, wakeup_end = os.pipe()
    os.set_blocking(wakeup_end, False)
    signal.set_wakeup_fd(wakeup_end, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: None)
    guard = os.getpid()
    child = os.fork()
    if child == 0:
        _become(program, guard, prctl)
    while True:
        ready, _, _ = select.select([0, wakeups], [], [])
        signals = os.read(wakeups, 1024) if wakeups in ready else b""  # a byte for each, its number
        ended, status = _ended(child)
        if ended or 0 in ready or set(signals) - {signal.SIGCHLD}:
            break
    _end_with(_end_all(child, status))


def _ended(child: int) -> tuple[bool, int]:
    """Say whether the program has ended, and its wait status if it has been waited for, too.

    Python has `waitid` on macOS since 3.13 only. Without it the number is free a moment before its group is ended.
    """
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None, 0
    ended, status = os.waitpid(child, os.WNOHANG)
    return ended == child, status


def _become(program: list[str], guard: int, prctl: object) -> None:
    """Turn this new process into the program, in a session of its own."""
    try:
        if callable(prctl):
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != guard:
            os._exit(CANNOT_START)
        signal.set_wakeup_fd(-1)
        # Python ignores these, and what is ignored stays so in a program that is started.
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if "JPY_PARENT_PID" in os.environ:  # Jupyter's kernels end when this one is no longer their parent
            os.environ["JPY_PARENT_PID"] = str(guard)
        os.execvp(program[0], program)  # noqa: S606 - no shell is what is wanted
    except OSError as error:
        os.write(2, f"{program[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(CANNOT_START)


def _end_all(child: int, status: int) -> int:
    """Kill the program and whatever descends from it until nothing is left; return its wait status.

    `status` is what is known of that.
    """
    # Where it is not waited for yet, the program's number still belongs to it and to its group.
    _kill(-child)
    _kill(child)
    deadline = time.monotonic() + SECONDS_TO_END
    while time.monotonic() < deadline:
        for process in _descendants(os.getpid()):
            _kill(process)
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                status = ended[1] if ended[0] == child else status
        except ChildProcessError:
            break
        time.sleep(0.005)
    return status


def _descendants(ancestor: int) -> list[int]:
    """Return the numbers of all processes that descend from one; on Linux only, which alone has /proc."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if sys.platform == "linux" else ():  # noqa: PTH208 - pathlib is slow to import
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stream:  # noqa: PTH123 - as above
                    parent = int(stream.read().rpartition(b")")[2].split()[1])
            except OSError:  # it has just ended
                continue
            children.setdefault(parent, []).append(int(name))
    descendants, parents = [], [ancestor]
    while parents:
        below = children.get(parents.pop(), [])
        descendants += below
        parents += below
    return descendants


def _kill(process: int) -> None:
    """Kill a process, or a group if the number is negative."""
    try:
        os.kill(process, signal.SIGKILL)
    except OSError:  # it has ended, or became another user's
        return


def _end_with(status: int) -> None:
    """End as the program did, by its wait status, so that whoever waits for us learns how."""
    if os.WIFSIGNALED(status):
        import resource  # noqa: PLC0415 - seldom needed

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    _main(sys.argv[1:])
