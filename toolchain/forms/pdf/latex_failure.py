"""Why LaTeX stopped: its first error in words, the line of ours that it comes from, and what to do about it."""

import re
from itertools import accumulate
from pathlib import Path

from msgspec import Struct

from toolchain.base.decoding import lines_of, read_loosely
from toolchain.forms.pdf.latex_errors import OF_THE_MACHINE, OF_THE_TEXT, Words, explanation_of
from toolchain.model.files import NOTEBOOK, cell_of
from toolchain.processes.logs import last_lines
from toolchain.project.settings import Settings

ERROR = re.compile(
    r"^(?:! |(?P<file>[^\s:][^:\n]*\.\w+):(?P<line>\d+): )(?P<message>(?! ==> |==> ).+)", re.MULTILINE
)
LATER_PLACE = re.compile(r"^(?P<file>[^\s:][^:\n]*\.\w+):(?P<line>\d+): ", re.MULTILINE)
AT = re.compile(r"^l\.\d+ (?P<text>.*)$", re.MULTILINE)
LAST_MACRO = re.compile(r"(?P<macro>\\(?:[A-Za-z@]+\*?|.))\s*$")
RUNAWAY = re.compile(r"^Runaway \w+\?\n(?P<text>.+)\n", re.MULTILINE)
BEGUN = re.compile(r"\\begin\{(?P<name>[^}]+)\} on input line (?P<line>\d+) ended by")
MARK = re.compile(r"^%% (?P<path>\S.*):(?P<line>\d+)$")
"""The comments of toolchain.sphinxext.printed.line_comments."""
AROUND = 2
"""Lines of context before and after the one with the error."""
WIDTH = 100
"""Characters of a line of context."""
CONF = "_config/conf.py"
TOO_LONG = (
    "Most often a macro calls itself without end: look at what was changed last. "
    "A book that needs longer has timeout in [pdf] of book.toml."
)
READ_ON = 200
"""Lines at most that TeX has read after the one with the error."""
SPACE = re.compile(r"\s+")
BEGINNING = 40
"""Characters of an argument that does not end: so many are looked for."""


class Failure(Struct, frozen=True):
    """Why LaTeX stopped, for whoever wrote the text."""

    message: str
    """With the place, and a few lines around it."""
    remedy: str = ""


class _Error(Struct, frozen=True):
    """The first error of a log."""

    message: str
    macro: str
    """The last one that was read."""
    file: str
    line: int
    """0 if none is known."""
    text: str
    """Of that line, as far as it was read."""
    runaway: str
    """The beginning of an argument that did not end."""


def explain(log: Path, program_log: Path, folder: Path, settings: Settings, *, late: bool = False) -> Failure:
    """Return why LaTeX stopped: `log` is its own, `program_log` what the program printed that failed.

    `folder` has the book's text. With `late` it was ended since it took too long.
    """
    error = _first_error(_read(log))
    if late:
        words = Words(
            f"LaTeX was not done after {settings.toml.pdf.timeout:g} seconds, and was ended", TOO_LONG
        )
    elif explanation := explanation_of(OF_THE_MACHINE, _read(program_log)):
        return Failure(explanation.said, explanation.remedy)
    elif error is None:
        words = Words(f"LaTeX stopped:\n{last_lines(program_log)}")
    else:
        unknown = Words(f"LaTeX stopped: {error.message}")
        words = explanation_of(OF_THE_TEXT, error.message, error.macro) or unknown
    return Failure(_with_place(words, error, folder, settings) if error else words.said, words.remedy)


def _with_place(words: Words, error: _Error, folder: Path, settings: Settings) -> str:
    """Return the words for an error, after its place, if that is known, and before the lines around it."""
    text = folder / f"{settings.book.slug}.tex"
    lines, place = lines_of(_read(text)), ""
    line = _line_of_text(error, lines, text.name)
    if line:
        line = _back_to(words.about, line, lines)
        place = _source(lines, line, error, words.about, settings.project)
    elif (folder / error.file).is_file():
        text, line = folder / error.file, error.line
        lines = lines_of(_read(text))
    else:
        return words.said
    # A file of LaTeX's own, such as a package, is in no project.
    shown = text.relative_to(settings.project) if text.is_relative_to(settings.project) else text
    written = f"{shown.as_posix()}:{line}"
    first = f"{place}: {words.said}\n  {written}" if place else f"{written}: {words.said}"
    return f"{first}\n{_context(lines, line)}"


def _first_error(log: str) -> _Error | None:
    match = ERROR.search(log)
    if match is None:
        return None
    following = log[match.end() :]
    # An error that stops LaTeX before it reads on, as with a missing package, has its place in the next message.
    place = match if match["file"] else LATER_PLACE.search(following)
    begin = BEGUN.search(match["message"])
    at = AT.search(following)
    macro = LAST_MACRO.search(following.lstrip("\n").partition("\n")[0])
    runaway = RUNAWAY.search(log[: match.start()][-1000:])
    line = int(begin["line"] if begin else place["line"]) if place else 0
    return _Error(
        message=match["message"],
        macro=macro["macro"] if macro else "",
        file=place["file"].removeprefix("./") if place else "",
        line=line,
        text=at["text"] if at else "",
        runaway=runaway["text"] if runaway else "",
    )


def _line_of_text(error: _Error, lines: list[str], name: str) -> int:
    """Return the line of the book's text that an error comes from; 0 if it is another file's."""
    end = error.line if error.file == name else len(lines)
    if error.runaway and (line := _start_of(error.runaway, lines[:end])):
        return line
    if error.file == name:
        return error.line
    # Headings and captions are read again from files that LaTeX has written.
    return next((number for number, text in enumerate(lines, 1) if error.macro and error.macro in text), 0)


def _back_to(about: str, line: int, lines: list[str]) -> int:
    """Return the line that an error is about: TeX may have read on to the end of a formula, a table or a paragraph."""
    for number in range(line, max(line - READ_ON, 0), -1):
        if about and about in lines[number - 1]:
            return number
        if MARK.match(lines[number - 1]):
            break
    return line


def _start_of(runaway: str, lines: list[str]) -> int:
    """Return the line that an argument which does not end begins in; TeX writes it down with spaces of its own."""
    beginning = SPACE.sub("", re.split(r"\\par\b|\\ETC\.", runaway.lstrip("{"))[0])[:BEGINNING]
    spaceless = [SPACE.sub("", line) for line in lines]
    at = "".join(spaceless).rfind(beginning) if beginning else -1
    if at < 0:
        return 0
    return next(number for number, end in enumerate(accumulate(map(len, spaceless)), 1) if at < end)


def _source(lines: list[str], line: int, error: _Error, about: str, project: Path) -> str:
    """Return the path and line of what a person wrote, for a line of the book's text; empty if it is not known."""
    traces = [about, error.macro, lines[line - 1].strip(), error.text.strip().removeprefix("...").strip()]
    mark = next((match for text in reversed(lines[:line]) if (match := MARK.match(text))), None)
    if mark is None:  # the preamble
        number = _line_with(traces, lines_of(_read(project / CONF)), 1)
        return f"{CONF}:{number}" if number else ""
    path, first = mark["path"], int(mark["line"])
    if path.endswith(NOTEBOOK):
        return f"{path}: cell {cell_of(path, first)}"
    later = (
        int(match["line"]) for text in lines[line:] if (match := MARK.match(text)) and match["path"] == path
    )
    end = next((number for number in later if number > first), None)
    source = lines_of(_read(project / path))[first - 1 : end - 1 if end else None]
    return f"{path}:{_line_with(traces, source, first) or first}"


def _line_with(traces: list[str], lines: list[str], first: int) -> int:
    """Return the number of the line that has one of these, the best first; 0 if none has."""
    for trace in traces:
        for number, line in enumerate(lines, first):
            if len(trace) > 1 and trace in line:
                return number
    return 0


def _context(lines: list[str], line: int) -> str:
    """Return a line with those around it, and a mark at it."""
    shown = []
    for number in range(max(line - AROUND, 1), min(line + AROUND, len(lines)) + 1):
        text = lines[number - 1]
        cut = text if len(text) <= WIDTH else f"{text[:WIDTH]} ..."
        shown.append(f"  {'>' if number == line else ' '} {number:>5}  {cut}".rstrip())
    return "\n".join(shown)


def _read(path: Path) -> str:
    return read_loosely(path)
