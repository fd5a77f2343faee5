"""Books whose LaTeX a test writes itself, typeset without Sphinx, and what must stay out of their reach."""

import re
import shutil
import zlib
from pathlib import Path

import pikepdf
import sphinx

from toolchain.base.errors import BuilderError
from toolchain.forms.pdf.typeset import Typesetter
from toolchain.messages.progress import Event, StageStep
from toolchain.project import settings

HEAD = r"""\documentclass{article}
\usepackage{fancyvrb,graphicx,makeidx}
\makeindex
\begin{document}
\makeatletter
\newread\source \newwrite\target
\def\taken#1{\openin\source=#1 \ifeof\source(nothing)\else\read\source to\line(\line)\fi\closein\source}
\def\put#1#2{\immediate\openout\target=#1 \immediate\write\target{#2}\immediate\closeout\target}
Words.
"""
PLANTED = "PLANTED"
"""What files out of reach have in them, and variables."""


class Book:
    """A book whose LaTeX a test writes, and a folder out of its reach with files that nothing may read."""

    def __init__(self, folder: Path) -> None:
        self.project, self.outside = folder / "book", folder / "outside"
        for path in (self.project / "_config", self.project / "_build/latex", self.project / "_build/sphinx"):
            path.mkdir(parents=True)
        self.latex = self.project / "_build/latex"
        (self.project / "_config/book.toml").write_text(
            '[book]\ntitle = "A book"\nslug = "book"\nauthors = ["Its author"]\n', encoding="utf-8"
        )
        styles = Path(sphinx.__file__).parent / "texinputs"
        shutil.copyfile(styles / "sphinx.xdy", self.latex / "sphinx.xdy")
        (self.latex / "Makefile").write_text("export XINDYOPTS = -L english -C utf8 -M sphinx.xdy\n")
        self.outside.mkdir()
        (self.outside / "planted.txt").write_text(f"{PLANTED}\n", encoding="utf-8")
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.save(self.outside / "planted.pdf")

    def typeset(self, attack: str, head: str = HEAD) -> str:
        """Typeset a text; return what the error says, or nothing if there is none.

        `passes` says how often TeX ran, and `sorted_ns` when the index was sorted the last time.
        """
        project_settings = settings.load(self.project)
        (edition,) = project_settings.editions
        self.pdf = self.latex / f"{edition.stem}.pdf"
        text = head + attack.replace("OUT", str(self.outside)) + "\n\\end{document}\n"
        (self.latex / f"{edition.stem}.tex").write_text(text, encoding="utf-8")
        logs, finished = self.project / "_build/sphinx", self.project / "_build/pdf"
        finished.mkdir(exist_ok=True)
        self.passes = 0
        try:
            Typesetter(project_settings, 1, logs, self._count).editions(self.latex, finished)
        except BuilderError as error:
            return error.message.replace(str(self.outside), "OUT")
        return ""

    def _count(self, event: Event) -> None:
        self.passes += isinstance(event, StageStep) and ": pass " in event.what

    @property
    def sorted_ns(self) -> int:
        """The time of the last run of what sorts the index; 0 if it never ran."""
        logs = [*self.project.glob("_build/sphinx/*.xindy.log")]
        return max((log.stat().st_mtime_ns for log in logs), default=0)

    def forget(self) -> None:
        """Have the next run begin with nothing."""
        shutil.rmtree(self.project / "_build/typeset", ignore_errors=True)

    def harm(self) -> list[str]:
        """Return what the text has done that it should not have been able to."""
        made = [path.name for path in self.project.rglob("*") if path.name in ("made", "made.tex")]
        made += [path.name for path in self.outside.iterdir() if not path.name.startswith("planted.")]
        leaks = [PLANTED] if self.pdf.exists() and PLANTED.encode() in contents(self.pdf) else []
        return made + leaks


def contents(pdf: Path) -> bytes:
    """Return all bytes of a PDF, and those of its streams as they are read."""
    parts = [pdf.read_bytes()]
    for match in re.finditer(rb"stream\r?\n", parts[0]):
        try:
            parts.append(zlib.decompressobj().decompress(parts[0][match.end() :]))
        except zlib.error:
            continue
    return b"\n".join(parts)
