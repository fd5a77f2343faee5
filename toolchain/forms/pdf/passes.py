"""The programs that set one edition, in a closed room and a folder of its own: TeX again and again, the index between.

No program stands between us and these, as latexmk would. It hands names that TeX has written down to a shell, and those
come out of the text. What decides how often TeX runs is simple: again, until what it writes for itself stays the same.

The folder has links to what Sphinx has written; TeX writes beside them. The styles of the index are programs to xindy:
they are no part of the folder, and xindy reads them in Sphinx's own, where TeX writes nothing.
"""

import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from toolchain.base import aside
from toolchain.base.files import sha256_bytes, sha256_file, sha256_lines
from toolchain.environment import typesetting
from toolchain.processes import closed_room
from toolchain.processes.programs import Programs

MOST_PASSES = 5
XELATEX = (
    *(typesetting.TEX, "-no-pdf", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error"),
    *("-no-shell-escape", "-recorder"),
)
WRITER = ("xdvipdfmx", "-E", "-D", "")
"""Nothing converts PostScript: that would be a line for a shell, with a name from the text in it."""
READ = re.compile(r"^INPUT (?P<path>/.+)$", re.MULTILINE)
"""In TeX's record of a run: a file outside of the run's folder."""
RECORDS = (".aux", ".log", ".pdf")
"""What a run leaves for others to read."""
NOT_READ_BACK = {".log", ".fls", ".xdv", ".pdf"}
"""TeX does not read these again, so they may change without another pass."""
NOT_FOR_TEX = {".xdy", ".bat"}
NAMES_NOT_FOR_TEX = {"Makefile", "latexmkrc", "latexmkjarc"}
"""Files of Sphinx that tell other programs what to do."""
XINDY_OPTIONS = re.compile(r"^export XINDYOPTS = (?P<options>.+)$", re.MULTILINE)
CITED = re.compile(r"^\\(?:citation|bibdata|bibstyle)\{.*$", re.MULTILINE)


class ProgramError(Exception):
    """A program has failed, or was ended for taking too long."""

    def __init__(self, program: str, log: Path, *, late: bool) -> None:
        """Keep which it was, and its log."""
        super().__init__(program)
        self.program = program
        self.log = log
        self.late = late


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
        path = self.file(suffix)
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def furnish(self) -> None:
        """Let the run's folder have links to all that TeX may read of what Sphinx has written, and to nothing else."""
        self.folder.mkdir(parents=True, exist_ok=True)
        closed_room.sweep(self.folder)
        for name in self._names_for_tex():
            link = self.folder / name
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(self.latex / name, self.folder))

    def sources(self) -> dict[str, str]:
        """Return the digest of each file of Sphinx's."""
        records = {f"{stem}{suffix}" for stem in self.stems for suffix in RECORDS}
        files = (path for path in self.latex.rglob("*") if path.is_file() and path.name not in records)
        return {path.relative_to(self.latex).as_posix(): sha256_file(path) for path in files}

    def memory(self) -> dict[str, str]:
        """Return the digest of each file that TeX may read again in the next pass."""
        return {path.name: sha256_file(path) for path in self._written() if path.suffix not in NOT_READ_BACK}

    def outputs(self) -> str:
        """Return the digest of all that a run has written."""
        return sha256_lines(f"{path.name} {sha256_file(path)}" for path in sorted(self._written()))

    def _written(self) -> list[Path]:
        paths = self.folder.iterdir() if self.folder.is_dir() else ()
        return [path for path in paths if path.is_file() and not path.is_symlink()]

    def hand_over(self) -> None:
        """Put the PDF, and what TeX has recorded of it, beside the text that they are made of."""
        for suffix in RECORDS:
            if self.file(suffix).is_file():
                shutil.copyfile(self.file(suffix), self.latex / f"{self.stem}{suffix}")

    def sweep(self) -> None:
        """Remove what only a program that somebody has taken over would have left."""
        closed_room.sweep(self.folder, self._names_for_tex())

    def _names_for_tex(self) -> frozenset[str]:
        others = {f"{stem}{suffix}" for stem in self.stems for suffix in RECORDS} | NAMES_NOT_FOR_TEX
        paths = (path for path in self.latex.iterdir() if path.suffix not in NOT_FOR_TEX)
        return frozenset(path.name for path in paths) - others


class Passes:
    """Runs the programs."""

    def __init__(
        self, place: Place, programs: Programs, epoch: int, limit: float, step: Callable[[str], None]
    ) -> None:
        """`epoch` is the date of the PDF, `limit` the seconds that all of it may take; `step` is told of each pass."""
        self._place = place
        self._programs = programs
        self._epoch = epoch
        self._deadline = time.monotonic() + limit
        self._step = step

    def run(self) -> None:
        """Make the PDF, if the one that is there is not made of the same. Raises ProgramError."""
        place, made = self._place, self._place.logs / f"{self._place.stem}.made"
        known = made.read_text(encoding="utf-8", errors="replace").split() if made.is_file() else []
        if known[1:] != [place.outputs()]:
            # What a run left that was broken off, or that was damaged since, would spoil this one.
            shutil.rmtree(place.folder, ignore_errors=True)
        elif known[0] == self._inputs():
            return
        made.unlink(missing_ok=True)
        place.furnish()
        self._set_pages()
        self._start([*WRITER, "-o", f"{place.stem}.pdf", f"{place.stem}.xdv"], place.folder)
        if not place.file(".pdf").is_file():
            raise ProgramError(WRITER[0], self._say(WRITER[0], "left no PDF"), late=False)
        made.write_text(f"{self._inputs()} {place.outputs()}", encoding="utf-8")

    def _set_pages(self) -> None:
        """Run TeX until what it reads again is what it has written, and sort and list what it asks for in between."""
        place = self._place
        after, sorted_of, cited = place.memory(), "", ""
        for number in range(1, MOST_PASSES + 1):
            self._step(f"{place.stem}: pass {number} of {typesetting.TEX}")
            self._start([*XELATEX, f"{place.stem}.tex"], place.folder)
            sorted_of = self._sort_index(sorted_of)
            cited = self._list_references(cited)
            before, after = after, place.memory()
            if before == after:
                return
        log = self._say(typesetting.TEX, "needed too many passes")
        raise ProgramError(typesetting.TEX, log, late=False)

    def _inputs(self) -> str:
        """Return the digest of all that the PDF is made of, as far as TeX has said what it read."""
        outside = (Path(name) for name in dict.fromkeys(READ.findall(self._place.text(".fls"))))
        stats = [(str(path), path.stat()) for path in outside if path.is_file()]
        lines = [
            *XELATEX,
            *WRITER,
            *sorted(f"{name}={value}" for name, value in self._variables("").items()),
            *(f"{name} {digest}" for name, digest in sorted(self._place.sources().items())),
            *(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats),
        ]
        return sha256_lines(lines)

    def _sort_index(self, sorted_of: str) -> str:
        """Sort the index if its entries are others than those that were sorted last; return their digest."""
        entries, index = self._place.file(".idx"), self._place.file(".ind")
        if not entries.is_file():
            return ""
        digest = sha256_file(entries)
        if digest != sorted_of and entries.stat().st_size == 0:
            index.write_bytes(b"")
        elif digest != sorted_of:
            options = _xindy_options(self._place.latex)
            folder = self._place.latex if options else self._place.folder
            program = ["xindy", *options] if options else ["makeindex", "-s", "python.ist"]
            names = [os.path.relpath(path, folder) for path in (index, entries)]
            self._start([*program, "-o", *names], folder)
        return digest

    def _list_references(self, listed_of: str) -> str:
        """Let BibTeX make the list of references that LaTeX itself asks for; a page's own is Sphinx's and needs none."""
        asked = "\n".join(CITED.findall(self._place.text(".aux")))
        digest = sha256_bytes(asked.encode()) if "\\bibdata{" in asked else ""
        if digest and digest != listed_of:
            self._start(["bibtex", self._place.stem], self._place.folder)
        return digest

    def _start(self, program: list[str], folder: Path) -> None:
        """Run a program in the closed room. Raises ProgramError if it fails."""
        name, log = program[0], self._log(program[0])
        late = False
        with aside.folder_for_now() as temporary:
            room = typesetting.room(self._place.latex, writable=(self._place.folder, temporary.resolve()))
            variables = self._variables(str(temporary))
            limit = max(self._deadline - time.monotonic(), 0.001)
            command = room.command(program, folder)
            interrupted = name if name == typesetting.TEX else ""
            try:
                code = self._programs.run(
                    command, folder, variables, log, lambda _: None, limit=limit, interrupted=interrupted
                )
            except TimeoutError:
                code, late = 1, True
        self._place.sweep()
        if code:
            how = f"received signal {-code}" if code < 0 else f"gave return code {code}"
            raise ProgramError(name, self._say(name, how), late=late)

    def _variables(self, temporary: str) -> dict[str, str]:
        return typesetting.variables(
            SOURCE_DATE_EPOCH=str(self._epoch),
            FORCE_SOURCE_DATE="1",
            TEXMFOUTPUT=str(self._place.folder),
            TMPDIR=temporary,
            VARTEXFONTS=f"{temporary}/fonts",
            # TeX breaks the lines of its log at 79 characters otherwise, in the middle of names.
            max_print_line="10000",
        )

    def _log(self, program: str) -> Path:
        return self._place.logs / f"{self._place.stem}.{program}.log"

    def _say(self, program: str, how: str) -> Path:
        """Write into a program's log how it ended; return its path."""
        log = self._log(program)
        with log.open("a", encoding="utf-8") as stream:
            stream.write(f"\n{program} {how}\n")
        return log


def _xindy_options(latex: Path) -> list[str]:
    """Return the options that Sphinx chose for the index of the book's language: it writes them into a Makefile.

    There are none if a book has told Sphinx to do without xindy.
    """
    match = XINDY_OPTIONS.search((latex / "Makefile").read_text(encoding="utf-8"))
    return match["options"].split() if match else []
