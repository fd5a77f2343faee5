"""What LaTeX has written about labels, by the names that Sphinx has for them."""

import re
from pathlib import Path
from typing import Any

import pikepdf
from msgspec import Struct

from toolchain.base.decoding import read_loosely

MEANS_SOMETHING = frozenset("$%&#_{}\\~^[]✓✔✕✖\ufeff⎽ℯⅈ¶§€∞±→‣–⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉")  # noqa: RUF001 - they are meant
"""Characters in place of which Sphinx writes others in LaTeX's text, and underscores in its names."""


class PrintedLabel(Struct, frozen=True):
    """What LaTeX has written about a label."""

    number: str
    """As LaTeX counts: of a place without a number, that of what it is in."""
    destination: str


class PrintedLabels(dict[str, PrintedLabel]):
    """Labels, found by Sphinx's names: `page:id`, `page::doc`, `equation:page:id`."""

    def __setitem__(self, name: str, label: PrintedLabel) -> None:
        """Keep a label; those of formulas stand in LaTeX as they are typed, and are found as the others are."""
        super().__setitem__(name_in_latex(name), label)

    def __getitem__(self, name: str) -> PrintedLabel:
        """Return the label with a name. Raises KeyError if there is none."""
        return super().__getitem__(name_in_latex(name))

    def __contains__(self, name: object) -> bool:
        """Say whether there is a label with a name."""
        return super().__contains__(name_in_latex(str(name)))

    def get(self, name: str, default: Any = None) -> Any:
        """Return the label with a name, or what stands for none."""
        return super().get(name_in_latex(name), default)


def name_in_latex(name: str) -> str:
    """Return a label's name as Sphinx has LaTeX write it: without what means something there, or is beyond ASCII."""
    plain = "".join("_" if character in MEANS_SOMETHING else character for character in name)
    return plain.encode("ascii", "backslashreplace").decode("ascii").replace("\\", "_")


def destination_of_citation(page: str, identity: str) -> str:
    """Return the name of the destination of an entry of the bibliography.

    LaTeX writes it as UTF-8, which PDF knows in other strings only; so this is how it reads, there and in links to it.
    """
    return str(pikepdf.String(f"cite.{page}:{identity}".encode()))


def read_record(record: Path) -> tuple[PrintedLabels, dict[str, str]]:
    """Return the labels, and what stands for each entry of the bibliography, of LaTeX's record of a PDF."""
    labels, citations = PrintedLabels(), {}
    for line in read_loosely(record).splitlines():
        command, _, arguments = line.partition("{")
        if command not in (r"\newlabel", r"\bibcite"):
            continue
        name, label, *_ = (*_braced_groups(f"{{{arguments}"), "", "")
        if command == r"\newlabel":
            fields = _braced_groups(label)
            if len(fields) > 3:  # noqa: PLR2004 - number, page, title, destination
                labels[name] = PrintedLabel(fields[0], fields[3])
        else:
            citations[name] = label
    return labels, citations


def _braced_groups(text: str) -> list[str]:
    """Return what stands in the outermost braces of a text of LaTeX."""
    groups, depth, start = [], 0, 0
    for match in re.finditer(r"\\.|[{}]", text):
        if match[0] == "{":
            depth += 1
            start = match.end() if depth == 1 else start
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                groups.append(text[start : match.start()])
    return groups
