"""The programs that set one edition, in a closed room and a folder of its own: TeX again and again, the index between.

No program stands between us and these, as latexmk would. It hands names that TeX has written down to a shell, and those
come out of the text. What decides how often TeX runs is simple: again, until what it writes for itself stays the same.
It begins with what it wrote the last time, where that ends at the same pages as to begin with nothing: one pass is enough
for a text that moves nothing, and two for most others.

The folder has links to what Sphinx has written; TeX writes beside them. The styles of the index are programs to xindy:
they are no part of the folder, and xindy reads them in Sphinx's own, where TeX writes nothing.
"""

import os
import re
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from toolchain.base import aside
from toolchain.base.files import sha256_bytes, sha256_file, sha256_lines
from toolchain.environment import typesetting
from toolchain.forms.pdf import made
from toolchain.forms.pdf.made import Made
from toolchain.forms.pdf.place import Place
from toolchain.processes.programs import Programs

MOST_PASSES = 5
XELATEX = (
    *(typesetting.TEX, "-no-pdf", "-interaction=nonstopmode", "-file-line-error"),
    *("-no-shell-escape", "-recorder"),
)
"""It reads on after an error, so that all are told at once; its exit code says that there were any."""
MARKED = r"\def\bookunfinished{}\input{%s.tex}"
"""What TeX reads in the place of an edition's file to say on every page that something is wrong."""
WRITER = ("xdvipdfmx", "-E", "-D", "")
"""Nothing converts PostScript: that would be a line for a shell, with a name from the text in it."""
PROGRAMS = (typesetting.TEX, WRITER[0], "xindy", "makeindex", "bibtex")
DATE = "SOURCE_DATE_EPOCH"
"""The variable that has it."""
STYLES_OF_INDEX = {".xdy", ".ist"}
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
        self._made = made.note(place.logs, place.stem)

    def run(self) -> None:
        """Make the PDF, if the one that is there is not made of the same. Raises ProgramError."""
        place, last = self._place, made.read(self._made)
        if last is None or last.written != place.outputs():
            # What a run left that was broken off, or that was damaged since, would spoil this one.
            last = None
        elif made.same_inputs(last, now := self._look()):
            return
        elif (last.programs, last.style, last.machine) != (now.programs, now.style, now.machine):
            last = None
        self._made.unlink(missing_ok=True)
        index = self._set_from(last) if last and place.settles_in_one_way() else None
        if index is None:
            place.empty()
            index = self._set("")
        if not place.file(".pdf").is_file():
            raise ProgramError(WRITER[0], self._say(WRITER[0], "left no PDF"), late=False)
        made.write(self._made, msgspec.structs.replace(self._look(), index=index, written=place.outputs()))

    def rest(self) -> Path | None:
        """Set what can be set of a text that TeX has stopped at, marked on every page; None if that is nothing.

        The contents are what the run has written that failed.
        """
        stem, folder = self._place.stem, self._place.folder
        self._step(f"{stem}: what can be set of it")
        with suppress(ProgramError):
            self._start([*XELATEX, f"-jobname={stem}", MARKED % stem], folder)
        try:
            self._start([*WRITER, "-o", f"{stem}.pdf", f"{stem}.xdv"], folder)
        except ProgramError:
            return None
        return self._place.file(".pdf")

    def _set_from(self, last: Made) -> str | None:
        """Set the edition with what TeX has noted for itself the last time; None if it is to be done without.

        Notes that an earlier text has left may be an error where there would be none, or never be written again.
        """
        try:
            index = self._set(last.index)
        except ProgramError as error:
            if error.late:
                raise
            return None
        return index if self._place.settles_in_one_way() and not self._place.forgotten() else None

    def _set(self, index: str) -> str:
        """Set the edition and write its PDF; the index is the one of these entries. Return the digest of those it is of now."""
        place = self._place
        place.furnish()
        index = self._set_pages(index)
        self._start([*WRITER, "-o", f"{place.stem}.pdf", f"{place.stem}.xdv"], place.folder)
        return index

    def _set_pages(self, sorted_of: str) -> str:
        """Run TeX until what it reads again is what it has written, and sort and list what it asks for in between."""
        place = self._place
        after, cited = place.memory(), ""
        for number in range(1, MOST_PASSES + 1):
            self._step(f"{place.stem}: pass {number} of {typesetting.TEX}")
            self._start([*XELATEX, f"{place.stem}.tex"], place.folder)
            sorted_of = self._sort_index(sorted_of)
            cited = self._list_references(cited)
            before, after = after, place.memory()
            if before == after:
                return sorted_of
        log = self._say(typesetting.TEX, "needed too many passes")
        raise ProgramError(typesetting.TEX, log, late=False)

    def _look(self) -> Made:
        """Look at all that the PDF is made of, as far as TeX has said what it read."""
        started = {name: value for name, value in self._variables("").items() if name != DATE}
        lines = [*XELATEX, *WRITER, *(f"{name}={value}" for name, value in sorted(started.items()))]
        read = (path for path in self._place.read() if path.is_absolute())
        programs = tuple(Path(path) for name in PROGRAMS if (path := shutil.which(name)))
        return Made(
            programs=sha256_lines(lines),
            epoch=self._epoch,
            sources=self._place.sources(),
            style=self._place.style(),
            machine=made.look((*read, *programs, *typesetting.libraries(programs), *typesetting.registers())),
        )

    def _sort_index(self, sorted_of: str) -> str:
        """Sort the index if it is not the one of these entries already; return their digest, with how they are sorted."""
        entries, index = self._place.file(".idx"), self._place.file(".ind")
        if not entries.is_file():
            return ""
        options = _xindy_options(self._place.latex)
        styles = sorted(path for path in self._place.latex.iterdir() if path.suffix in STYLES_OF_INDEX)
        digest = sha256_lines([*options, *map(sha256_file, (entries, *styles))])
        if digest != sorted_of and entries.stat().st_size == 0:
            index.write_bytes(b"")
        elif digest != sorted_of:
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
            **{DATE: str(self._epoch)},
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
