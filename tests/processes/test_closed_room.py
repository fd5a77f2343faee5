"""A program in a closed room does its work and reaches nothing else, whatever it tries."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support import closed_rooms

from toolchain.processes import closed_room
from toolchain.processes.closed_room import Kind, Room

MACHINE = tuple(Path(name) for name in ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"))
TRIES = """\
import json, os, signal, socket, subprocess, sys

planted, outside, inside, port, parent = sys.argv[1:]

def outcome(what, *arguments):
    try:
        what(*arguments)
    except (OSError, subprocess.SubprocessError):
        return False
    return True

def written(path):
    with open(path, "w") as stream:
        stream.write("x")

def called(kind, address):
    with socket.socket(socket.AF_INET, kind) as call:
        call.connect(address)

tries = {
    "reads": outcome(open, planted),
    "reads through a link": outcome(lambda: (os.symlink(planted, inside + "/link"), open(inside + "/link"))),
    "reads it by a shell": outcome(lambda: subprocess.run(["sh", "-c", 'cat "$1"', "sh", planted], check=True)),
    "lists": outcome(os.listdir, os.path.dirname(planted)),
    "reads where it may": outcome(open, inside + "/given"),
    "writes": outcome(written, outside + "/new"),
    "writes in the system": outcome(written, "/usr/toolchain-test"),
    "overwrites": outcome(written, planted),
    "truncates": outcome(os.truncate, planted, 0),
    "removes": outcome(os.remove, planted),
    "changes its mode": outcome(os.chmod, planted, 0o777),
    "writes where it may": outcome(written, inside + "/new"),
    "calls": outcome(called, socket.SOCK_STREAM, ("127.0.0.1", int(port))),
    "sends": outcome(called, socket.SOCK_DGRAM, ("192.0.2.1", 9)),
    "signals": outcome(os.kill, int(parent), 0),
    "looks into a process": outcome(open, f"/proc/{parent}/environ", "rb"),
    "mounts": outcome(lambda: subprocess.run(["mount", "-t", "tmpfs", "none", inside], check=True)),
}
print(json.dumps({name: done for name, done in tries.items() if done}))
"""


@pytest.mark.parametrize("kind", closed_rooms.CLOSED, ids=lambda kind: kind.name)
def test_whatever_a_program_tries_it_reaches_its_own_files_only(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_rooms.use(kind, monkeypatch)
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "given").touch()
    planted = outside / "planted"
    planted.write_text("secret", encoding="utf-8")
    planted.chmod(0o600)
    room = Room(machine=(*MACHINE, Path(sys.base_prefix)), writable=(inside,))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        arguments = [str(planted), str(outside), str(inside), port, str(os.getpid())]
        python = str(Path(sys.executable).resolve())
        done = subprocess.run(
            room.command([python, "-I", "-S", "-c", TRIES, *arguments], inside),
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    reached = set(json.loads(done.stdout))
    if kind.name == "Landlock":  # before Linux 6.12 it had no rules for signals
        reached -= {"signals"}
    assert reached == {"reads where it may", "writes where it may"}
    assert (planted.read_text(encoding="utf-8"), planted.stat().st_mode & 0o777) == ("secret", 0o600)
    assert [path.name for path in outside.iterdir()] == ["planted"]


@pytest.mark.parametrize("kind", closed_room.KINDS, ids=lambda kind: kind.name)
def test_a_program_that_takes_too_much_memory_fails(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_rooms.use(kind, monkeypatch)
    room = Room(machine=(*MACHINE, Path(sys.base_prefix)), writable=(tmp_path,))
    python = str(Path(sys.executable).resolve())

    def code_with(memory: int) -> int:
        command = room.command([python, "-I", "-S", "-c", "bytes(1 << 29)"], tmp_path, memory=memory)
        return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode

    assert code_with(1 << 31) == 0
    assert code_with(1 << 28) != 0


def test_a_kind_that_does_not_hold_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bwrap").write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert not closed_room.holds(closed_room.KINDS[0], MACHINE, "true")
    assert not closed_room.holds(closed_room.KINDS[-1], MACHINE, "true")
    (tmp_path / "bwrap").write_text("#!/bin/sh\nexit 1\n")
    assert not closed_room.holds(closed_room.KINDS[0], MACHINE, "true")


def test_only_files_and_folders_are_taken_out_of_a_room(tmp_path: Path) -> None:
    folder, planted = tmp_path / "folder", tmp_path / "planted"
    folder.mkdir()
    planted.touch()
    (folder / "link").symlink_to(planted)
    (folder / "file").touch()
    (folder / "below").mkdir()
    os.mkfifo(folder / "pipe")

    closed_room.sweep(folder)

    assert sorted(path.name for path in folder.iterdir()) == ["below", "file"]
    assert planted.exists()
