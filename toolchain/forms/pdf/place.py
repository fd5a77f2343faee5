"""Where an edition is set: a folder with links to what Sphinx has written, in which TeX writes beside them."""

import os
import re
import shutil
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from toolchain.base.files import sha256_bytes, sha256_file, sha256_lines
from toolchain.environment.typesetting import RECORDS
from toolchain.processes import closed_room

NOT_READ_BACK = {".log", ".fls", ".xdv", ".pdf"}
"""TeX does not read these again, so they may change without another pass."""
NOT_FOR_TEX = {".xdy", ".bat"}
NAMES_NOT_FOR_TEX = {"Makefile", "latexmkrc", "latexmkjarc"}
"""Files of Sphinx that tell other programs what to do."""
PICTURES = {".pdf", ".png", ".jpg", ".jpeg"}
USUAL = {".aux", ".idx", ".ind", ".lof", ".lol", ".lot", ".out", ".toc"}
"""What LaTeX reads back of which all settles in one way, whatever it began with, if the text asks for no pages."""
LISTED = {".ind": ".idx"}
"""What a program has made of what TeX wrote."""
OWN_STYLES = ("sphinx", "toolchain")
"""What names of styles begin with that are known: what they define counts only where the text uses it."""
ASKS_FOR_PAGES = re.compile(
    r"\\(?!bookpagereferences)[A-Za-z@]*pageref|(?<![A-Za-z])r@|\\z[a-z]*ref|\\zsave|savepos|lastpage|pageslts"
    r"|totpages|varioref|zref|(?<![a-z])perpage|oddpage|mparhack|remember picture"
)
"""Where something stands on a page that was looked up in the pass before, it may stand elsewhere in this one."""
TOLD = re.compile(r"^\\(?:def\\book\w+|title|date|release|author)\{.*$", re.MULTILINE)
"""Lines before the text that are of it."""
RECORDED = re.compile(r"^(?P<what>INPUT|OUTPUT) (?P<path>.+)$", re.MULTILINE)


class Place(Struct, frozen=True):
    """Where an edition is set."""

    latex: Path
    """What Sphinx has written, for all editions."""
    folder: Path
    """The run's own."""
    stem: str
    """Of the name of the file that TeX begins with."""
    stems: frozenset[str]
    """Of all editions."""
    logs: Path

    def file(self, suffix: str) -> Path:
        """Return a file that TeX writes."""
        return self.folder / f"{self.stem}{suffix}"

    def text(self, suffix: str) -> str:
        """Return what TeX has written into a file; nothing if there is none."""
        return _read(self.file(suffix))

    def furnish(self) -> None:
        """Let the run's folder have links to all that TeX may read of what Sphinx has written, and to nothing else."""
        self.folder.mkdir(parents=True, exist_ok=True)
        closed_room.sweep(self.folder)
        for name in self._names_for_tex():
            link = self.folder / name
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(self.latex / name, self.folder))

    def empty(self) -> None:
        """Remove all that is there."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def sources(self) -> dict[str, str]:
        """Return the digest of each file of Sphinx's, but for what another edition alone begins with."""
        others = {f"{stem}.tex" for stem in self.stems - {self.stem}} - {path.name for path in self.read()}
        return {
            path.relative_to(self.latex).as_posix(): _digest(path)
            for path in self._of_sphinx()
            if path.name not in others
        }

    def style(self) -> str:
        """Return the digest of what decides what TeX's notes to itself mean: all but the text and its pictures."""
        lines = []
        for path in sorted(self._of_sphinx()):
            if path.suffix == ".tex" and path.stem in self.stems - {self.stem}:
                continue  # what another edition begins with: it may come and go
            if path.suffix == ".tex":
                lines.append(f"{path.name} {_preamble_digest(_read(path))}")
            elif path.suffix not in PICTURES | NOT_FOR_TEX and path.name not in NAMES_NOT_FOR_TEX:
                lines.append(f"{path.name} {_digest(path)}")
        return sha256_lines(lines)

    def settles_in_one_way(self) -> bool:
        """Say whether the passes end at the same pages whatever they begin with.

        They do if nothing stands where it stands because of a page that an earlier pass has noted: else a word with a wide
        number may be pushed to the page that gives it that number, and one with a narrow number stay on the page before.
        """
        texts = (path for path in self._of_sphinx() if path.suffix not in PICTURES | NOT_FOR_TEX)
        asking = any(
            ASKS_FOR_PAGES.search(_read(path)) for path in texts if not path.name.startswith(OWN_STYLES)
        )
        return not asking and all(Path(name).suffix in USUAL for name in self.memory())

    def memory(self) -> dict[str, str]:
        """Return the digest of each file that TeX may read again in the next pass."""
        return {path.name: sha256_file(path) for path in self._written() if path.suffix not in NOT_READ_BACK}

    def forgotten(self) -> set[str]:
        """Return which of these files the last pass has not written: an earlier text has left them."""
        written = {path.name for path in self._recorded("OUTPUT")}
        names = {name: Path(name) for name in self.memory()}
        sources = {
            name: str(path.with_suffix(LISTED.get(path.suffix, path.suffix))) for name, path in names.items()
        }
        return {name for name, source in sources.items() if source not in written}

    def read(self) -> list[Path]:
        """Return what the last pass has read: those of the run's folder by their relative paths, others by absolute ones."""
        return self._recorded("INPUT")

    def outputs(self) -> str:
        """Return the digest of all that a run has written."""
        return sha256_lines(f"{path.name} {sha256_file(path)}" for path in sorted(self._written()))

    def hand_over(self) -> None:
        """Put the PDF, and what TeX has recorded of it, beside the text that they are made of."""
        for suffix in RECORDS:
            if self.file(suffix).is_file():
                shutil.copyfile(self.file(suffix), self.latex / f"{self.stem}{suffix}")

    def sweep(self) -> None:
        """Remove what only a program that somebody has taken over would have left."""
        closed_room.sweep(self.folder, self._names_for_tex())

    def _recorded(self, what: str) -> list[Path]:
        matches = RECORDED.finditer(self.text(".fls"))
        return [
            Path(path) for path in dict.fromkeys(match["path"] for match in matches if match["what"] == what)
        ]

    def _written(self) -> list[Path]:
        paths = self.folder.iterdir() if self.folder.is_dir() else ()
        return [path for path in paths if path.is_file() and not path.is_symlink()]

    def _of_sphinx(self) -> list[Path]:
        records = self._records()
        return [path for path in self.latex.rglob("*") if path.is_file() and path.name not in records]

    def _names_for_tex(self) -> frozenset[str]:
        paths = (path for path in self.latex.iterdir() if path.suffix not in NOT_FOR_TEX)
        return frozenset(path.name for path in paths) - self._records() - NAMES_NOT_FOR_TEX

    def _records(self) -> set[str]:
        return {f"{stem}{suffix}" for stem in self.stems for suffix in RECORDS}


def _digest(path: Path) -> str:
    """Return the digest of a file of Sphinx's: every edition asks for it, before it is set and after."""
    stat = path.stat()
    return _digest_of(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


@lru_cache(maxsize=1 << 14)
def _digest_of(path: Path, *_looks: int) -> str:
    return sha256_file(path)


def _preamble_digest(source: str) -> str:
    """Return the digest of what stands before the text, but for lines that are of the text."""
    preamble = source.partition(r"\begin{document}")[0]
    return sha256_bytes(TOLD.sub("", preamble).encode())


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
