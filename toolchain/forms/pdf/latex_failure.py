"""What LaTeX could not set: its errors in words, the lines of ours that they come from, and what to do about the first."""

import re
from collections.abc import Iterator
from itertools import accumulate, zip_longest
from pathlib import Path

from msgspec import Struct

from toolchain.base.decoding import lines_of, read_loosely
from toolchain.forms.pdf.latex_errors import OF_THE_MACHINE, OF_THE_TEXT, Words, explanation_of
from toolchain.model.files import NOTEBOOK, cell_of
from toolchain.processes.logs import last_lines
from toolchain.project.settings import Settings, in_its_words

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
TAGS = re.compile(r"\\book(?:un)?tag(?:ged|place|fresh)?\{?\d*\}?")
"""Those of toolchain.sphinxext.printed.tags, which nobody has written."""
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
MOST = 20
"""Errors after the first that are told: most of what comes later is of what came before."""
UNKNOWN = ("Undefined control sequence", "LaTeX Error: Environment")
OVER = ("Emergency stop", "That makes 100 errors", "Fatal error")
"""What TeX says as it gives up: no error of its own."""


class Failure(Struct, frozen=True):
    """Why LaTeX stopped, for whoever wrote the text."""

    message: str
    """With the place, and a few lines around it."""
    remedy: str = ""
    others: tuple[str, ...] = ()
    """What else is wrong, each with its place."""
    is_of_text: bool = False
    """Whether it is for whoever wrote the text to mend."""


class _Error(Struct, frozen=True):
    """An error of a log."""

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


class _Text(Struct, frozen=True):
    """The book's LaTeX, and where it comes from."""

    path: Path
    lines: list[str]
    project: Path


def explain(log: Path, program_log: Path, folder: Path, settings: Settings, *, late: bool = False) -> Failure:
    """Return what LaTeX could not set: `log` is its own, `program_log` what the program printed that failed.

    `folder` has the book's text. With `late` it was ended since it took too long.
    """
    errors = list(_errors(_read(log)))
    first = errors[0] if errors else None
    text = folder / f"{settings.book.slug}.tex"
    book = _Text(text, lines_of(_read(text)), settings.project)
    if late:
        words = Words(
            f"LaTeX was not done after {settings.toml.pdf.timeout:g} seconds, and was ended", TOO_LONG
        )
    elif explanation := explanation_of(OF_THE_MACHINE, _read(program_log)):
        return Failure(explanation.said, explanation.remedy)
    elif first is None:
        words = Words(f"LaTeX stopped:\n{last_lines(program_log)}")
    else:
        words = _words(first)
    if first is None:
        return Failure(words.said, words.remedy)
    place, message = _with_place(words, first, book)
    others = () if late else _others(errors[1:], book, told={f"{place}: {words.said}"})
    return Failure(message, in_its_words(words.remedy, settings), others, is_of_text=True)


def _words(error: _Error) -> Words:
    return explanation_of(OF_THE_TEXT, error.message, error.macro) or Words(f"LaTeX stopped: {error.message}")


def _with_place(words: Words, error: _Error, book: _Text) -> tuple[str, str]:
    """Return the place of an error, if that is known, and the words for it after the place and before the lines around."""
    text, lines, place = book.path, book.lines, ""
    line = _line_of_text(error, lines, text.name)
    if line:
        line = _back_to(words.about, line, lines)
        place = _source(line, error, words.about, book)
    elif (text.parent / error.file).is_file():
        text, line = text.parent / error.file, error.line
        lines = lines_of(_read(text))
    else:
        return "", words.said
    # A file of LaTeX's own, such as a package, is in no project.
    shown = text.relative_to(book.project) if text.is_relative_to(book.project) else text
    written = f"{shown.as_posix()}:{line}"
    first = f"{place}: {words.said}\n  {written}" if place else f"{written}: {words.said}"
    return place, f"{first}\n{_context(lines, line)}"


def _others(errors: list[_Error], book: _Text, told: set[str]) -> tuple[str, ...]:
    """Return the errors of what people have written that LaTeX has come to after the first: each once, with its place."""
    others: list[str] = []
    places = {place.partition(": ")[0] for place in told}
    for error in errors:
        words = _words(error)
        place, _ = _with_place(words, error, book)
        said = f"{place}: {words.said}"
        # In one place only what is unknown is not of what came before.
        if place and said not in told and (place not in places or error.message.startswith(UNKNOWN)):
            told.add(said)
            places.add(place)
            others.append(said)
    more = len(others) - MOST
    return (*others[:MOST], f"and {more} more") if more > 0 else tuple(others)


def _errors(log: str) -> Iterator[_Error]:
    matches = list(ERROR.finditer(log))
    for match, after in zip_longest(matches, matches[1:]):
        end = after.start() if after else len(log)
        if match["message"].startswith(OVER):
            continue
        following = log[match.end() : end]
        # An error that stops LaTeX before it reads on, as with a missing package, has its place in the next message.
        place = match if match["file"] else LATER_PLACE.search(log, match.end())
        begin = BEGUN.search(match["message"])
        at = AT.search(following)
        macro = LAST_MACRO.search(following.lstrip("\n").partition("\n")[0])
        runaway = RUNAWAY.search(log, max(match.start() - 1000, 0), match.start())
        line = int(begin["line"] if begin else place["line"]) if place else 0
        yield _Error(
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


def _source(line: int, error: _Error, about: str, book: _Text) -> str:
    """Return the path and line of what a person wrote, for a line of the book's text; empty if it is not known."""
    lines, project = book.lines, book.project
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
        text = TAGS.sub("", lines[number - 1])
        cut = text if len(text) <= WIDTH else f"{text[:WIDTH]} ..."
        shown.append(f"  {'>' if number == line else ' '} {number:>5}  {cut}".rstrip())
    return "\n".join(shown)


def _read(path: Path) -> str:
    return read_loosely(path)
