"""Notes the programs that Sphinx and its extensions look for or start: what they have drawn depends on them."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from toolchain.base.files import is_utf8, remove
from toolchain.processes.looked_up import NOTES, look
from toolchain.sphinxext.quick.replacing import replace

_LOOKS: dict[str, str] = {}
"""What this process has noted, and those that it was forked from."""
_FILES: list[Path] = []
"""Where it is kept, if that is known."""


def begin() -> None:
    """Notice from now on what is looked for in this process, and in those forked from it."""
    replace(shutil, "which", _noting_which)
    replace(subprocess.Popen, "__init__", _noting_start)


def keep_in(folder: Path, *, anew: bool) -> None:
    """Keep in a folder what was noted and will be; `anew`, nothing that stood there stays."""
    file = folder / NOTES
    if anew:
        remove(file)
    _FILES[:] = [file]
    for name, looked in _LOOKS.items():
        _write(name, looked)


def _noting_which(which: Callable[..., Any]) -> Callable[..., Any]:
    def noting(cmd: Any, mode: int = os.F_OK | os.X_OK, path: Any = None) -> Any:
        if path is None:
            _note(cmd)
        return which(cmd, mode, path)

    return noting


def _noting_start(start: Callable[..., None]) -> Callable[..., None]:
    def noting(process: Any, args: Any, *others: Any, **named: Any) -> None:
        if not named.get("shell"):
            _note(args if isinstance(args, str | bytes | os.PathLike) else next(iter(args), ""))
        start(process, args, *others, **named)

    return noting


def _note(program: Any) -> None:
    """Note a program, unless its name depends on the folder that somebody is in."""
    with suppress(TypeError, OSError):  # who has named it will hear of that
        name = os.fsdecode(program)
        if name in _LOOKS or not is_utf8(name) or (os.sep in name and not Path(name).is_absolute()):
            return
        _LOOKS[name] = ""  # to look asks for it, too
        _LOOKS[name] = look(name)
        if _FILES:
            _write(name, _LOOKS[name])


def _write(name: str, looked: str) -> None:
    with suppress(OSError), _FILES[0].open("ab") as stream:
        stream.write(msgspec.json.encode((name, looked)) + b"\n")
