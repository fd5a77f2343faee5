"""Regular expressions as an earlier process has compiled them: Python's own compiler, in Python, is a fifth of what libraries take to be imported.

What it makes of an expression depends on the text, the flags and the version of Python, on nothing else. It is handed to the
same function as ever, which holds it to its rules. https://docs.python.org/3/library/re.html has no way to keep it: a pickled
expression is compiled again.
"""

import re
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.base.decoding import decode_msgpack, read_whole
from toolchain.base.files import remember
from toolchain.base.sealed import opened, sealed

FILE = "regexes"
"""Of those of the program itself, below _build; Sphinx's process has its own in its folder."""
WORTH_IT = 8
"""New ones for which the file is written: some expressions are joined from sets, in another order in each process."""
IMPORTING = "<frozen importlib._bootstrap>"
LITERAL = frozenset({("jinja2.lexer", "__init__"), ("pygments.lexer", "_process_regex")})
"""Functions, by their modules, that compile expressions of code when it is first used."""
MOST = 4000
"""That are kept: with more, what the last run had no use for is dropped."""

Compiled = tuple[int, list[int], int, dict[str, int], list[str | None]]
"""All flags, the code, the number of groups, their numbers by name and their names by number."""


class _File(Struct, frozen=True):
    version: str = ""
    compiled: list[tuple[str, int, Compiled]] = []
    """With the text and the flags given."""


class _Recorder:
    """Stands for the module that holds compiled expressions, and keeps what it was last given in each thread."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self._last = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def compile(self, *given: Any) -> re.Pattern[str]:
        self._last.given = given
        compiled: re.Pattern[str] = self._module.compile(*given)
        return compiled

    def last(self) -> Compiled:
        _text, flags, code, groups, numbers, names = self._last.given
        return int(flags), [int(one) for one in code], groups, dict(numbers), list(names)


def _is_of_code(frame: FrameType | None) -> bool:
    """Say whether an expression is compiled as a module is imported, or by what compiles those of code.

    Any other may be made of what somebody has typed, a password for instance, which is to be in no file.
    """
    while frame:
        place = frame.f_globals.get("__name__"), frame.f_code.co_name
        if frame.f_code.co_filename == IMPORTING or place in LITERAL:
            return True
        frame = frame.f_back
    return False


def remember_in(file: Path) -> Callable[[], None]:
    """Have this process compile nothing that the file knows; return what writes to it what had to be compiled."""
    # The compiler's inner parts have no documentation: where they are others, expressions are compiled as ever.
    compiler: Any = getattr(re, "_compiler", None)
    holder: Any = getattr(compiler, "_sre", None)
    version = f"{sys.version} {getattr(holder, 'MAGIC', '')}"
    if not hasattr(holder, "compile") or isinstance(holder, _Recorder):
        return lambda: None
    left = decode_msgpack(opened(read_whole(file) or b""), _File) or _File()
    known = {(text, flags): one for text, flags, one in left.compiled if left.version == version}
    used: dict[tuple[str, int], Compiled] = {}
    compile_anew, recorder = compiler.compile, _Recorder(holder)

    def compile_(text: Any, flags: int = 0) -> Any:
        asked = text, int(flags)  # from 3.13 on a zero may be an object of its own
        if type(text) is not str or flags & re.DEBUG:
            return compile_anew(text, flags)
        if asked in known:
            all_flags, code, groups, numbers, names = used[asked] = known[asked]
            return holder.compile(text, all_flags, code, groups, numbers, tuple(names))
        compiled = compile_anew(text, flags)
        if _is_of_code(sys._getframe(1)):  # noqa: SLF001 - a way that the libraries of logging and warnings go
            used[asked] = recorder.last()
        return compiled

    compiler._sre, compiler.compile = recorder, compile_  # noqa: SLF001 - there is no other way

    def write() -> None:
        if len(used.keys() - known.keys()) < WORTH_IT:
            return
        kept = {**known, **used}
        kept = used if len(kept) > MOST else kept
        content = _File(version, [(text, flags, one) for (text, flags), one in list(kept.items())])
        with suppress(OSError):  # a full disk is told of by what has to be there
            remember(file, sealed(msgspec.msgpack.encode(content)))

    return write
