"""What a cell printed, as a terminal would show it: one text for each stream, nothing typed over.

nbclient and MyST-NB can do this too, in a time that grows with the square of a line's length: one line of a megabyte
keeps them busy for half an hour, and every notebook beside.
"""

from itertools import pairwise

from nbformat import NotebookNode


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
    """Return a text without what its carriage returns and backspaces have typed over."""
    if "\r" not in text and "\b" not in text:
        return text
    return "\n".join(_line_as_shown(line) for line in text.split("\n"))


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
