"""A closed room for programs that read what somebody else has written: they reach what they need and nothing else.

TeX is a programming language, the program that sorts the index runs Lisp, and what draws pictures has had its holes. So
a text that takes such a program over must find nothing there: no file of the person's, nowhere to write but the folder of
its own run, no network, no variable with a secret. What a system offers for that differs, so the strongest kind of room
that really holds here is taken: each is tried, none is believed by its version.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from toolchain.base import aside
from toolchain.processes.programs import environment

LANDLOCK = Path(__file__).with_name("landlock.py")
"""A program of its own, which nothing imports: only Linux knows what it asks for."""
TRIAL_SECONDS = 20.0
TRIAL = """\
echo > "$1/inside" && "$3" --version > "$1/version" 2>&1 && ! cat "$2/planted" && ! (echo > "$2/outside")
"""
"""Can the program `$3` work in `$1`, and is `$2` out of reach?"""
LIMITED = 'ulimit -v "$1" 2> /dev/null; shift; exec "$@"'
"""Runs a program in so many kB of memory, where the system knows such a limit; macOS does not."""


class Room(Struct, frozen=True):
    """What programs reach. It is said in folders and files, of which those that are not there do not matter."""

    machine: tuple[Path, ...]
    """The system's programs and what belongs to them."""
    readable: tuple[Path, ...] = ()
    """What this run reads besides."""
    writable: tuple[Path, ...] = ()
    """What it writes."""
    tried_with: str = "true"
    """The program that has to work in the room, or another kind of room is taken."""

    def command(self, program: list[str], folder: Path, *, memory: int = 0) -> list[str]:
        """Return the command that runs a program in the room, with `folder` as its own, in `memory` bytes if that is given."""
        found = Path(shutil.which(program[0]) or program[0])
        inside = Room(
            machine=(*self.machine, *(_with_library(found) if found.is_absolute() else ())),
            readable=self.readable,
            writable=self.writable,
        )
        limited = ["sh", "-c", LIMITED, "sh", str(memory // 1024), *program] if memory else program
        return strongest(self.machine, self.tried_with).closes(inside, folder, limited)


class Kind(Struct, frozen=True):
    """A kind of room."""

    name: str
    keeps: str
    """What it keeps its programs from, in words for whoever builds."""
    closes: Callable[[Room, Path, list[str]], list[str]]
    """Returns the command that runs a command in a room and in a folder."""


@cache
def strongest(machine: tuple[Path, ...], program: str) -> Kind:
    """Return the strongest kind of room that holds on this machine and lets a program work."""
    tried = program if shutil.which(program) else "true"
    return next(kind for kind in KINDS if kind is KINDS[-1] or holds(kind, machine, tried))


def holds(kind: Kind, machine: tuple[Path, ...], program: str) -> bool:
    """Try a kind of room."""
    with aside.folder_for_now() as inner, aside.folder_for_now() as outer:
        inside, outside = inner.resolve(), outer.resolve()
        (outside / "planted").touch()
        found = shutil.which(program) or program
        room = Room(machine=(*machine, *_with_library(Path(found))), writable=(inside,))
        trial = ["sh", "-c", TRIAL, "sh", str(inside), str(outside), found]
        try:
            result = subprocess.run(
                kind.closes(room, inside, trial),
                env=environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TRIAL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return result.returncode == 0 and (inside / "inside").is_file() and not (outside / "outside").exists()


def variables(kept: Iterable[str], person: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return the environment of programs in a room: those of the person's variables that are `kept`, and `more`."""
    return {**{name: person[name] for name in kept if name in person}, **more}


def sweep(folder: Path, kept: Collection[str] = ()) -> None:
    """Remove from a folder that programs in a room have written whatever is neither a file nor a folder.

    A link would lead us out where they could not go, and a pipe would never end. Links of ours are `kept`, by their names.
    """
    for path in folder.iterdir():
        if path.is_symlink():
            if path.name not in kept:
                path.unlink()
        elif not (path.is_file() or path.is_dir()):
            path.unlink()


def _with_library(program: Path) -> tuple[Path, ...]:
    """Return where a program lies, by its own name and without links, each with the libraries beside its folder."""
    folders = dict.fromkeys((program.parent, program.resolve().parent))
    return tuple(path for folder in folders for path in (folder, folder.parent / "lib"))


def _places(room: Room) -> dict[Path, bool]:
    """Return all that is reached, outer folders first, each with whether it may be written, under all of its names."""
    named: dict[Path, bool] = {}
    for paths, write in (((*room.machine, *room.readable), False), (room.writable, True)):
        for path in paths:
            if path.exists():
                named |= dict.fromkeys((path, path.resolve()), write)
    places: dict[Path, bool] = {}
    for path, write in sorted(named.items(), key=lambda place: len(place[0].parts)):
        around = next((places[parent] for parent in path.parents if parent in places), None)
        if around != write:
            places[path] = write
    return places


def _bubblewrap(room: Room, folder: Path, command: list[str]) -> list[str]:
    """Close the room by namespaces of its own: what is not in it is not there."""
    binds = [
        argument
        for path, write in _places(room).items()
        for argument in ("--bind" if write else "--ro-bind", str(path), str(path))
    ]
    alone = ["--unshare-all", "--die-with-parent", "--cap-drop", "ALL"]
    return [
        "bwrap",
        *alone,
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        *binds,
        "--chdir",
        str(folder),
        "--",
        *command,
    ]


def _landlock(room: Room, _folder: Path, command: list[str]) -> list[str]:
    """Close the room by rules that a process sets itself and never gets rid of."""
    rights = {"run": room.machine, "read": room.readable, "write": room.writable}
    rules = {right: [str(path) for path in _places(Room(paths))] for right, paths in rights.items()}
    program = [shutil.which(command[0]) or command[0], *command[1:]]
    return [sys.executable, "-I", "-S", str(LANDLOCK), json.dumps(rules), *program]


def _open(_room: Room, _folder: Path, command: list[str]) -> list[str]:
    return command


KINDS = (
    Kind("bubblewrap", "no other files, no network, no other processes", _bubblewrap),
    Kind("Landlock", "no other files, no network", _landlock),
    Kind("TeX's own rules", "no commands to run, and TeX itself opens no other files", _open),
)
"""The strongest first. The last one holds everywhere, and is no room: programs keep to rules that they are told."""
