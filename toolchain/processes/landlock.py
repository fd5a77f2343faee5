"""Closes the room by Landlock, and runs a program in it: `python -I -S landlock.py RULES PROGRAM...`.

RULES is JSON with three lists of paths: `run` for what holds programs, `read`, and `write`. Landlock is Linux' way for a
process to give up rights to files for itself and all that it starts; it needs no privilege, so it works in containers,
too. What it has no rules for is refused by a filter of system calls: sockets, and changes of a file's owner or mode.

It runs without site-packages and imports nothing of ours, as the guard does.
"""

import ctypes
import json
import os
import platform
import stat
import struct
import sys
from collections.abc import Iterable

CANNOT_CLOSE = 126
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Landlock's system calls, on all machines."""
VERSION_ASKED, PATH_BENEATH = 1, 1
EXECUTE, WRITE, READ, LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, OF_DEVICES = 1 << 14, 1 << 15
OF_FILES = EXECUTE | WRITE | READ | TRUNCATE | OF_DEVICES
"""Rights that a rule about a file, and not about a folder, may have."""
RIGHTS_BY_VERSION = (13, 14, 15, 15, 16)
"""How many rights to files each version knows; later ones know as many as the last."""
TCP = 0b11
"""To listen and to connect; since version 4."""
ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
"""Of processes outside; since version 6."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

SET_NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
CAPABILITIES = 0x20080522
"""The version of what `capset` is given."""
FILES_OF_OTHERS = 1 << 1 | 1 << 2
"""A book may be another user's than root, who builds it in a container."""
REFUSED = {
    "x86_64": (0xC000003E, (41, 425, 76, 90, 268, 452, 92, 94, 260, 188, 189, 197, 198, 101, 310, 311)),
    "aarch64": (0xC00000B7, (198, 425, 45, 53, 452, 54, 5, 6, 14, 15, 117, 270, 271)),
}
"""By machine its name in a filter, and the numbers of: socket, io_uring_setup, truncate, chmod and fchmodat, chown and
fchownat, setxattr and removexattr by path, ptrace, process_vm_readv and process_vm_writev."""
X32 = 0x40000000
"""Numbers from here on are the same system calls again, on x86-64."""
LOAD, JUMP_EQUAL, JUMP_GREATER, RETURN = 0x20, 0x15, 0x35, 0x06
KILL, ALLOW, REFUSE = 0x80000000, 0x7FFF0000, 0x00050001
"""The last one makes the call fail with EPERM."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


LIBC = ctypes.CDLL(None, use_errno=True)


def _main(rules: dict[str, list[str]], program: list[str]) -> None:
    """Close the room around this process, and become the program."""
    _call(LIBC.prctl, SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _give_up_files(rules)
    _give_up_capabilities()
    _refuse_system_calls()
    # By its path: to look for it Python would have to read its own modules, and it gave that up.
    os.execv(program[0], program)  # noqa: S606 - no shell is what is wanted


def _give_up_files(rules: dict[str, list[str]]) -> None:
    version = _call(LIBC.syscall, CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_ASKED)
    every = (1 << RIGHTS_BY_VERSION[min(version, len(RIGHTS_BY_VERSION)) - 1]) - 1
    handled = struct.pack("Q", every)
    handled += struct.pack("Q", TCP) if version >= 4 else b""  # noqa: PLR2004 - Landlock's versions
    handled += struct.pack("Q", ABSTRACT_SOCKETS_AND_SIGNALS) if version >= 6 else b""  # noqa: PLR2004 - as above
    ruleset = _call(LIBC.syscall, CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    _allow(ruleset, rules["read"], READ | LIST, every)
    _allow(ruleset, rules["run"], READ | LIST | EXECUTE, every)
    _allow(ruleset, DEVICES, READ | WRITE, every)
    # Not to run: what a text has written is no program.
    _allow(ruleset, rules["write"], every & ~EXECUTE, every)
    _call(LIBC.syscall, RESTRICT_SELF, ruleset, 0)


def _allow(ruleset: int, paths: Iterable[str], rights: int, every: int) -> None:
    """Allow some rights below some paths; those that are not there do not matter."""
    for path in paths:
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        fitting = every if stat.S_ISDIR(os.fstat(handle).st_mode) else every & OF_FILES
        rule = struct.pack("=Qi", rights & fitting, handle)
        _call(LIBC.syscall, ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
        os.close(handle)


def _give_up_capabilities() -> None:
    """Give up what root can do but reach everybody's files, as far as the rules go; what it starts does not get it back."""
    header, sets = struct.pack("Ii", CAPABILITIES, 0), ctypes.create_string_buffer(24)
    _call(LIBC.capget, header, sets)
    effective, permitted, *_ = struct.unpack("6I", sets.raw)
    kept = struct.pack("6I", effective & FILES_OF_OTHERS, permitted & FILES_OF_OTHERS, 0, 0, 0, 0)
    _call(LIBC.capset, header, kept)


def _refuse_system_calls() -> None:
    """Install the filter; on a machine whose numbers are not known there is none."""
    if platform.machine() not in REFUSED:
        return
    machine, numbers = REFUSED[platform.machine()]
    refuse = len(numbers) + 1
    steps = [
        (LOAD, 0, 0, 4),
        (JUMP_EQUAL, 1, 0, machine),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, 0),
        (JUMP_GREATER, refuse, 0, X32),
        *((JUMP_EQUAL, refuse - 1 - which, 0, number) for which, number in enumerate(numbers)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    instructions = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = _Program(len(steps), instructions)
    _call(LIBC.prctl, SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0)


def _call(function: "ctypes._NamedFuncPointer", *arguments: object) -> int:
    """Call a function of the C library; raise OSError if it fails."""
    result = int(function(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


if __name__ == "__main__":
    try:
        _main(json.loads(sys.argv[1]), sys.argv[2:])
    except OSError as error:
        os.write(2, f"{sys.argv[2]}: {error.strerror}\n".encode())
        sys.exit(CANNOT_CLOSE)
