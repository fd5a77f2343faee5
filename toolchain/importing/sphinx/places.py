"""Where the files and folders are that a conf.py names: there, and in the project."""

import posixpath

from toolchain.importing.draft import Draft
from toolchain.importing.ledger import Place
from toolchain.importing.sphinx.conf import ConfPy, Setting


class Places:
    """The files and folders of one conf.py."""

    def __init__(self, draft: Draft, conf: ConfPy, path: str) -> None:
        """Of the file `path`, which stands in the folder of the pages."""
        self._draft, self._conf, self._path = draft, conf, path

    def has_module(self, name: str, folder: str) -> bool:
        """Say whether a folder of what is imported has a module."""
        path = posixpath.normpath(posixpath.join(folder, *name.split(".")))
        return f"{path}.py" in self._draft.found or f"{path}/__init__.py" in self._draft.found

    def own_folders(self) -> list[str]:
        """Return where modules of the folder's own are, relative to it."""
        return [one for folder in self._conf.folders if (one := self.of_folder(folder)) is not None]

    def of_folder(self, path: str) -> str | None:
        """Return a path relative to the folder that is imported, if it is in it."""
        top = str(self._draft.folder.resolve())
        whole = posixpath.normpath(posixpath.join(top, self._draft.base, path))
        return posixpath.relpath(whole, top) if f"{whole}/".startswith(f"{top}/") else None

    def relative(self, path: str, setting: Setting, name: str) -> str:
        """Return where a file or folder is in the project; nothing if it is not there."""
        within = self.of_folder(path)
        found = self._draft.found
        if within is None or not any(f"{one}/".startswith(f"{within}/") for one in found):
            what, remedy = f"{path} of `{name}` is not there", "Add it, and name it in _config/conf.py."
            self._draft.ledger.lose(Place(self._path, line=setting.line), what, remedy)
            return ""
        return self._draft.place(within)

    def add_folders(self) -> None:
        """Have Python look for modules where it did."""
        folders = []
        for path, line in self._conf.folders.items():
            within, place = self.of_folder(path), Place(self._path, line=line)
            if within is None:
                self._draft.ledger.lose(
                    place,
                    "a folder of modules outside of what is imported",
                    "Install them where the toolchain is.",
                )
                continue
            folders.append(self._draft.place("" if within == "." else within) or ".")
            self._draft.ledger.key(place, "`sys.path`", f"`sys.path` in conf.py: {folders[-1]}")
        self._draft.conf.folders = tuple(dict.fromkeys(folders))
