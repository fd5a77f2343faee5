"""What a cell printed, as a terminal would show it: one text for each stream, nothing typed over.

nbclient and MyST-NB can do this too, in a time that grows with the square of a line's length: one line of a megabyte
keeps them busy for half an hour, and every notebook beside.
"""

import re
from itertools import pairwise

from nbformat import NotebookNode

MOVE = re.compile(r"(\n|\r|\x1b\[\d{0,4}[ABK])")
"""What a terminal does between the pieces of a text: a new line, back to its beginning, up, down, erase."""
LEAVES_ITS_LINE = re.compile(r"\x1b\[\d{0,4}[AB]")


def coalesce(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs with the parts of each stream put together where its first part stood, stdout before stderr."""
    parts: dict[str, list[str]] = {}
    merged: list[NotebookNode] = []
    for output in outputs:
        if output.output_type != "stream":
            merged.append(output)
        elif output.name in parts:
            parts[output.name].append(output.text)
        else:
            parts[output.name] = [output.text]
            merged.append(output)
    for output in merged:
        if output.output_type == "stream":
            output.text = as_shown("".join(parts[output.name]))
    # The two arrive on ways of their own, and which one comes first is chance.
    for index, (first, second) in enumerate(pairwise(merged)):
        if first.get("name") == "stderr" and second.get("name") == "stdout":
            merged[index : index + 2] = second, first
            break
    return merged


def as_shown(text: str) -> str:
    """Return a text without what its carriage returns and backspaces have typed over, nor lines gone back to."""
    if LEAVES_ITS_LINE.search(text):
        return _screen(text)
    if "\r" not in text and "\b" not in text:
        return text
    return "\n".join(_line_as_shown(line) for line in text.split("\n"))


def _screen(text: str) -> str:
    """Return the lines that are left on a terminal on which several were written in turns, such as bars in one another."""
    lines: list[list[str]] = [[]]
    row, anew = 0, False
    for piece in MOVE.split(text.replace("\r\n", "\n")):
        if piece == "\r":
            anew = True
        elif piece == "\n":
            row, anew = row + 1, True
        elif MOVE.fullmatch(piece) and piece[-1] == "K":
            lines[row] = [] if anew or piece[2:-1] else lines[row]
        elif MOVE.fullmatch(piece):
            steps = int(piece[2:-1] or 1)
            row = max(row - steps, 0) if piece[-1] == "A" else min(row + steps, len(lines) - 1)
        elif piece:
            if anew:
                lines[row] = []
            lines[row].append(piece)
            anew = False
        if row == len(lines):
            lines.append([])
    shown = "\n".join(_line_as_shown("".join(line)).rstrip(" ") for line in lines)
    return shown.rstrip("\n") + "\n" * text.endswith("\n")


def _line_as_shown(line: str) -> str:
    """Return a line without what was typed over in it."""
    if "\b" in line:
        shown: list[str] = []
        for character in line:
            if character != "\b":
                shown.append(character)
            elif shown:
                shown.pop()
        line = "".join(shown)
    # A carriage return at the very end types over nothing yet.
    end = "\r" * line.endswith("\r")
    return line.removesuffix("\r").rpartition("\r")[2] + end
