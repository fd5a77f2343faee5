"""What git says of the project: the commit, and the date that artefacts carry."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from toolchain.base import refusals
from toolchain.base.aside import folder_for_now
from toolchain.base.decoding import read_json, read_whole
from toolchain.base.errors import ConfigError, UnwritableError
from toolchain.base.files import sha256_lines, write_atomically
from toolchain.project import head

if TYPE_CHECKING:
    import subprocess

# What is slow to import stands where it is needed: of most builds nobody asks git.

COMMIT = "# branch.oid "
"""Begins the line in which `git status` tells it."""
DIGITS = 12
EXPORTED = "SOURCE_DATE_EPOCH"
SECONDS = re.compile(r"[0-9]{1,12}")
DUBIOUS = re.compile(r"detected dubious ownership in repository at '(?P<folder>[^'\n]+)'")
LATEST = 4102444799
"""A date of a later century somebody has mistyped, and not every program can write it."""
NEVER_COMMITTED = 946684800
"""The date of what has no commit: 1 January 2000, the same for everyone."""


def commit(project: Path) -> str:
    """Return the commit checked out, with `+` after it if files differ from it; empty outside git."""
    lines = _git(project, "status", "--porcelain=v2", "--branch", "--no-ahead-behind", "--untracked-files=no")
    known = next(
        (line.removeprefix(COMMIT)[:DIGITS] for line in lines.splitlines() if line.startswith(COMMIT)), ""
    )
    changed = any(not line.startswith("# ") for line in lines.splitlines())
    if not re.fullmatch(r"[0-9a-f]+", known):  # `(initial)`: there is none yet
        return ""
    return f"{known}+" if changed else known


HEADER = "\x01"
"""Begins what git is to say of a commit, before the names of its files."""
BOT = "[bot]"
"""Ends the names of programs on forges."""


class _Remembered(Struct, frozen=True):
    """A date that git has told."""

    of: str
    """What it was told of."""
    seconds: int


def epoch(project: Path, folders: tuple[str, ...], memory: Path) -> int:
    """Return the time of the last commit that touched these folders, in seconds since 1970.

    Git is asked only if another commit is checked out than the one that `memory` has the date of. An exported SOURCE_DATE_EPOCH goes before it, as everywhere. Raises ConfigError if that is no date.
    """
    if exported := os.environ.get(EXPORTED, ""):
        if SECONDS.fullmatch(exported) and int(exported) <= LATEST:
            return int(exported)
        raise ConfigError(
            f"{EXPORTED} is {exported[:40]!r}, which is no number of seconds since 1970 that a date can have",
            remedy="Let it be a date up to 2099, such as $(date +%s), or unset it: that of the last commit is taken.",
        )
    before, remembered = _history(project, folders), read_json(memory, _Remembered)
    if before and remembered and remembered.of == before:
        return remembered.seconds
    answer = _git(project, "log", "-1", "--format=%ct", "--", *folders)
    if not SECONDS.fullmatch(answer):
        return NEVER_COMMITTED
    seconds = min(int(answer), LATEST)
    if before and before == _history(project, folders):
        with suppress(OSError):  # then git is asked again
            write_atomically(memory, msgspec.json.encode(_Remembered(before, seconds)))
    return seconds


def _history(project: Path, folders: tuple[str, ...]) -> str:
    """Return what the date of these folders depends on; empty if that is not known without asking git."""
    state = head.state(project)
    return sha256_lines((state, *folders)) if state else ""


class History(Struct, frozen=True):
    """What git tells of the files of a project, and of who has made them; nothing where it does not know all commits."""

    of: str = ""
    """What it was told of."""
    changed: dict[str, int] = {}
    """When files were last changed in a commit, in seconds since 1970, by their paths relative to the project."""
    contributors: tuple[str, ...] = ()
    """The authors of commits as `.mailmap` names them, those with most commits first."""


def history(project: Path, folder: str, memory: Path) -> History:
    """Return what git tells of the files in a folder; it is asked as seldom as by `epoch`.

    In a shallow clone the oldest commit seems to have made all files that are older: their dates are left out, and the authors.
    """
    before, remembered = _history(project, (folder, _people(project))), read_json(memory, History)
    if before and remembered and remembered.of == before:
        return remembered
    is_whole = _git(project, "rev-parse", "--is-shallow-repository") == "false"
    cut = set() if is_whole else set(_shallow(project))
    told = _git(project, "log", "-z", "--format=%x01%H %ct", "--name-only", "--relative", "--", folder or ".")
    people = (
        _git(project, "shortlog", "--summary", "--numbered", "HEAD", "--", folder or ".") if is_whole else ""
    )
    names = (line.partition("\t")[2].strip() for line in people.splitlines())
    found = History(
        before, _changed(told, cut), tuple(name for name in names if name and not name.endswith(BOT))
    )
    if before and before == _history(project, (folder, _people(project))):
        with suppress(OSError):  # as above
            write_atomically(memory, msgspec.json.encode(found))
    return found


def _people(project: Path) -> str:
    """Return what says which names are the same person's."""
    path = mailmap(project)
    return (read_whole(path) or b"").decode(errors="replace") if path else ""


def mailmap(project: Path) -> Path | None:
    """Return the place of the file that says who is who among authors; None outside git."""
    top = head.top(project)
    return top / ".mailmap" if top else None


def _shallow(project: Path) -> list[str]:
    """Return the commits whose parents a shallow clone has not got."""
    path = _git(project, "rev-parse", "--git-path", "shallow")
    return (read_whole(project / path) or b"").decode(errors="replace").split() if path else []


def _changed(told: str, cut: set[str]) -> dict[str, int]:
    changed: dict[str, int] = {}
    known, seconds = set[str](), 0
    is_cut = False
    for token in re.split("[\0\n]+", told):
        if token.startswith(HEADER):
            commit, _, date = token.removeprefix(HEADER).partition(" ")
            is_cut, seconds = commit in cut, min(int(date), LATEST) if SECONDS.fullmatch(date) else 0
        elif token and token not in known:
            known.add(token)
            if not is_cut and seconds:
                changed[token] = seconds
    return changed


def resolve(project: Path, name: str) -> str:
    """Return the full digest of a commit, however it is named; empty if git knows none of that name, or is not there."""
    return _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")


def top(project: Path) -> Path:
    """Return the folder of the repository that a project is in; outside git the project's own."""
    return Path(_git(project, "rev-parse", "--show-toplevel") or project).resolve()


def place(project: Path) -> str:
    """Return the project's folder as seen from that of the repository, with `/` after it; empty if they are the same."""
    return _git(project, "rev-parse", "--show-prefix")


@contextmanager
def checkout(project: Path, commit: str) -> Iterator[Path]:
    """Give the project's folder as a commit has it, in a temporary folder; the repository and its index stay untouched.

    The commit's whole tree is there, since a project may refer to files beside it.
    Raises ConfigError if git cannot write it, UnwritableError if nobody could.
    """
    from toolchain.processes import programs  # noqa: PLC0415 - slow to import

    inside = place(project)
    with folder_for_now() as temporary:
        # An index of its own: `git worktree` would leave a trace if we were killed, and `git archive` leaves out what
        # .gitattributes excludes from releases.
        index = {"GIT_INDEX_FILE": str(temporary / "index")}
        tree = temporary / "tree"
        tree.mkdir()
        for arguments in (("read-tree", commit), ("checkout-index", "--all", "--quiet", f"--prefix={tree}/")):
            result = programs.run(["git", "-C", str(top(project)), *arguments], variables=index)
            if result.returncode:
                if refused := refusals.refusal_in(temporary, result.stderr):
                    raise UnwritableError(refused, temporary)
                raise ConfigError(
                    f"commit {commit[:12]} cannot be checked out: {result.stderr.strip()}",
                    remedy="Look whether `git fsck` is content; nothing was changed.",
                )
        yield (tree / inside).resolve()


def refusal(project: Path) -> str:
    """Say that git takes the repository for somebody else's and tells nothing of it; empty if it does not."""
    result = _run(project, "rev-parse", "--show-toplevel")
    owned = DUBIOUS.search(result.stderr) if result and result.returncode else None
    if owned is None:
        return ""
    import shlex  # noqa: PLC0415 - as above

    folder = shlex.quote(owned["folder"])
    return (
        f"{owned['folder']} belongs to another user: git tells no commit of it and no date. If it may be trusted: "
        f"git config --global --add safe.directory {folder}"
    )


def _git(project: Path, *arguments: str) -> str:
    result = _run(project, *arguments) if head.is_there(project) else None
    return result.stdout.strip() if result and result.returncode == 0 else ""


def _run(project: Path, *arguments: str) -> "subprocess.CompletedProcess[str] | None":
    from toolchain.processes import programs  # noqa: PLC0415 - slow to import

    try:
        return programs.run(["git", "-C", str(project), *arguments])
    except FileNotFoundError:  # git is not installed
        return None
