"""Views: what the gate makes of notebooks, each looked at once."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.code import digest_of_rooms
from toolchain.base.decoding import read_json
from toolchain.base.files import is_file, remove_unused, sha256_bytes, sha256_file, write_atomically
from toolchain.outputs.refusal import Problem, Rules

ROOMS = ("outputs", "base")
"""What a view is made by."""
FORGOTTEN = 90 * 24 * 3600.0
"""Seconds after which what was said of a notebook that nobody shows any more is forgotten."""


class View(Struct, frozen=True):
    """What is shown of a notebook."""

    sha256: str
    """Of the view: the notebook's own where it passed as it is."""
    problems: tuple[Problem, ...]
    path: Path | None = None
    """File of a view that differs from its notebook."""


class _Said(Struct, frozen=True):
    """What the gate has said of a notebook."""

    by: str
    """Digest of the code and the rules that said it."""
    view: str
    problems: tuple[Problem, ...]


class Views:
    """The views of notebooks by the notebooks' digests, kept in a folder.

    What is kept there counts as long as the code that looks is the same, and the file is what was written.
    """

    def __init__(self, folder: Path) -> None:
        """Keep them in a folder, which need not exist yet."""
        self._folder = folder
        self._views: dict[tuple[str, int, Rules], View] = {}

    def of(self, sha256: str, cells: int, rules: Rules, read: Callable[[], bytes]) -> View:
        """Return the view of a notebook by a page's rules; `read` gives it, if it has to be looked at.

        `cells` is how many code cells its page has. Raises OSError if the view cannot be kept.
        """
        key = (sha256, cells, rules)
        if key not in self._views:
            by = sha256_bytes(f"{digest_of_rooms(ROOMS)} {rules} {cells}".encode())
            self._views[key] = self._recalled(sha256, by) or self._looked_at(sha256, by, key, read())
        return self._views[key]

    def forget_unused(self) -> None:
        """Forget what nobody has asked for in a long time."""
        with suppress(OSError):
            remove_unused(self._folder, FORGOTTEN)

    def _recalled(self, sha256: str, by: str) -> View | None:
        said = read_json(self._folder / f"{sha256}.json", _Said)
        if said is None or said.by != by:
            return None
        path = None if said.view == sha256 else self._path(said.view)
        if path is not None and not (is_file(path) and sha256_file(path) == said.view):
            return None
        with suppress(OSError):
            os.utime(self._folder / f"{sha256}.json")
            if path is not None:
                os.utime(path)
        return View(said.view, said.problems, path)

    def _looked_at(self, sha256: str, by: str, key: tuple[str, int, Rules], notebook: bytes) -> View:
        # Slow to import, and mostly everything has been looked at.
        from toolchain.outputs.gate import admit  # noqa: PLC0415

        _, cells, rules = key
        admitted = admit(notebook, cells, rules)
        view, path = sha256, None
        if admitted.view != notebook:
            view = sha256_bytes(admitted.view)
            path = self._path(view)
            write_atomically(path, admitted.view)
        said = _Said(by=by, view=view, problems=admitted.problems)
        write_atomically(self._folder / f"{sha256}.json", msgspec.json.encode(said))
        return View(view, admitted.problems, path)

    def _path(self, view: str) -> Path:
        return self._folder / f"{view}.ipynb"
