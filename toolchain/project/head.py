"""Which commit is checked out, as git's own files say: to start git takes longer than to look at a book."""

import os
import re
from pathlib import Path

from toolchain.base.decoding import read_whole

DIGEST = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
REFERENCE = re.compile(r"ref: (refs/heads/(?!\.invalid$)\S+)")
HARMLESS = (
    "GIT_ASKPASS", "GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CURL_", "GIT_EDITOR", "GIT_HTTP_", "GIT_MERGE_AUTOEDIT",
    "GIT_PAGER", "GIT_PS1_", "GIT_SEQUENCE_EDITOR", "GIT_SSH", "GIT_SSL_", "GIT_TERMINAL_PROMPT",
)  # fmt: skip
"""Begin the names of variables that say how git asks, connects or commits: of what has been committed it says the same."""
SETTINGS = ("~/.gitconfig", "~/.config/git/config")
"""Files of the person's that say how git answers, besides the repository's own."""


def is_there(project: Path) -> bool:
    """Say whether git could know anything of a project: a repository is around it, or variables say where one is."""
    return _is_steered() or top(project) is not None


def state(project: Path) -> str:
    """Return a text that is another one whenever git would say something else of the history that is checked out.

    Empty if only git itself can tell: where variables steer it, where a repository is not this user's or is none of the
    usual layout, and where history is replaced.
    """
    around = top(project)
    if around is None or _is_steered():
        return ""
    folder = _linked(around / ".git", "gitdir: ") if (around / ".git").is_file() else around / ".git"
    common = _linked(folder / "commondir", "") if (folder / "commondir").is_file() else folder
    commit = _commit(folder, common)
    packed = _text(common / "packed-refs")
    replaced = (
        (common / "refs/replace").is_dir() or (common / "info/grafts").exists() or " refs/replace/" in packed
    )
    if not commit or replaced or not (_is_own(around) and _is_own(folder) and _is_own(common)):
        return ""
    settings = (
        common / "config",
        folder / "config.worktree",
        *(Path(name).expanduser() for name in SETTINGS),
    )
    looks = (f"{path} {_looks(path)}" for path in (*settings, common / "shallow"))
    return "\n".join((str(project), str(folder), commit, *looks))


def _is_steered() -> bool:
    return any(name.startswith("GIT_") and not name.startswith(HARMLESS) for name in os.environ)


def top(project: Path) -> Path | None:
    """Return the folder of the repository around a project; None if there is none."""
    return next((folder for folder in (project, *project.parents) if os.path.lexists(folder / ".git")), None)


def _commit(folder: Path, common: Path) -> str:
    """Return the digest of the commit; empty if it stands nowhere where git keeps it as a rule."""
    head = _text(folder / "HEAD").strip()
    if match := REFERENCE.fullmatch(head):
        name = match[1]
        packed = re.search(rf"^(\S+) {re.escape(name)}$", _text(common / "packed-refs"), re.MULTILINE)
        head = _text(common / name).strip() or (packed[1] if packed else "")
    return head if DIGEST.fullmatch(head) else ""


def _linked(path: Path, prefix: str) -> Path:
    """Return the folder that a file names, relative to the file's own."""
    return path.parent / _text(path).strip().removeprefix(prefix)


def _text(path: Path) -> str:
    return (read_whole(path) or b"").decode(errors="replace")


def _is_own(path: Path) -> bool:
    """Say whether something belongs to this user: of others' repositories git tells nothing, unless it is told to."""
    try:
        return not hasattr(os, "geteuid") or path.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _looks(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return "is not there"
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"
