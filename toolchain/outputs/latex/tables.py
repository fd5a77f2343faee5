"""Tables of outputs: their rows and cells, and what stands between the rows."""

import re

from toolchain.outputs.latex import admitted, columns
from toolchain.outputs.latex.tokens import NotAdmittedError
from toolchain.outputs.latex.words import Words

SPAN = re.compile(r"(\d{1,3})-(\d{1,3})")
TRIM = re.compile(r"[lr]{0,2}")
HEAD_ROWS = 8
"""Rows that a long table may repeat on each page: more than a page holds would never end."""
TALL = re.compile(
    r"[pmb]\{|\\(?:begin|multirow|newline|large|Large|LARGE|huge|Huge)\Z",
)
"""What makes a row higher than a line: a column of sentences, a table in the row, large letters."""


class Tables(Words):
    """Reads tables."""

    def table(self, name: str) -> None:
        r"""Read a table, after its `\begin`."""
        long = name == "longtable"
        self.write(f"\\begin{{{name}}}")
        if name == "tabular*":
            self.write(f"{{{self.dimension(self.braced(), relative=True, least=0)}}}")
        if (place := self.bracketed()) is not None:
            if place not in ("t", "c", "b", "l", "r"):
                raise self.refuse(f"{place} is no place of a table")
            self.write(f"[{place}]")
        found = columns.columns(self)
        self.write(f"{{{found.text}}}")
        self.deeper(6)
        self.cells += 1
        self.guarded = True
        within, self.in_long = self.in_long, long
        self._rows(found.number, long=long, tall=TALL.search(found.text) is not None)
        self.in_long = within
        self.guarded = False
        self.cells -= 1
        self.deeper(-6)
        self.ended(name)
        self.write(f"\\end{{{name}}}")

    def _rows(self, count: int, *, long: bool, tall: bool) -> None:
        parts: set[str] = set()
        begun, rows = len(self.written), 0
        while True:
            self.room()
            mark = self.next
            if mark == "\\end":
                return
            if long and mark[1:] in admitted.LONG_PARTS:
                if mark in parts or rows > HEAD_ROWS or tall or any(map(TALL.search, self.written[begun:])):
                    raise self.refuse(f"{mark} is one too many, or what it ends may be too high for a page")
                parts.add(self.copy())
                self.guarded, begun, rows = True, len(self.written), 0
            elif long and mark == "\\caption":
                self.caption("\\caption*")
                self._after_caption()
            elif not self._between_rows(mark, count):
                self._row(count)
                rows += 1

    def _after_caption(self) -> None:
        """Read the end of the row that a caption of a long table is."""
        while self.next.isspace() or self.next == "\\label":
            if self.next == "\\label":
                self.drop_label()
            else:
                self.room()
        if self.next not in ("\\\\", "\\tabularnewline"):
            raise self.refuse("no \\\\ follows the caption of a long table")
        self._end_row()

    def _between_rows(self, mark: str, count: int) -> bool:
        """Read a line, or what else stands between two rows."""
        name = mark[1:]
        if name == "hline":
            self.copy()
            self.guarded = True
        elif name in admitted.RULES or name == "addlinespace":
            self.copy()
            self._length()
        elif name in ("cline", "cmidrule"):
            self._part_of_line(name, count)
        elif name == "rowcolor":
            self.copy()
            self.colour()
            return False
        elif name == "label":
            self.drop_label()
        else:
            return False
        return True

    def _length(self) -> None:
        """Read the length that a line or a gap may have."""
        at = self.at
        try:
            text = self.bracketed()
            if text is not None:
                self.write(f"[{self.dimension(text, least=0)}]")
        except NotAdmittedError:
            self.at = at
            self.guarded = True

    def _part_of_line(self, name: str, count: int) -> None:
        self.copy()
        if name == "cmidrule":
            self._length()
            if self.after == "(":
                self.pass_room()
                self.skip()
                trim = self.raw(")")
                if not TRIM.fullmatch(trim):
                    raise self.refuse(f"{trim} is no side of a line")
                self.write(f"({trim})")
        match = SPAN.fullmatch(self.braced().strip())
        if match is None or not 1 <= int(match[1]) <= int(match[2]) <= count:
            raise self.refuse("these are no columns of the table")
        self.write(f"{{{match[0]}}}")

    def _row(self, count: int) -> None:
        """Read the cells of a row, and its end; the last row may have none."""
        filled = 0
        while True:
            filled += self._cell(count - filled)
            if self.next == "&":
                if filled >= count:
                    raise self.refuse(f"there are more than {count} columns")
                self.copy()
            elif self.next in ("\\\\", "\\tabularnewline"):
                self._end_row()
                return
            elif self.next == "\\end":
                return
            else:
                raise self.unknown()

    def _end_row(self) -> None:
        if self.next == "\\\\":
            self.end_row()
        else:
            self.count_row()
            self.copy()
            self.guarded = True

    def _cell(self, left: int) -> int:
        """Read a cell, and return how many columns it takes."""
        self.room()
        self.paragraph = False
        self.deeper(3)
        taken = 1
        if self.next == "\\multicolumn":
            self.copy()
            taken = self.number(self.braced(), 1, left)
            self.write(f"{{{taken}}}")
            found = columns.columns(self)
            if found.number != 1:
                raise self.refuse("what is one cell has one column")
            self.write(f"{{{found.text}}}")
            self.pass_room()
            with self.in_braces(3):
                self.words("}", block=False, cell=True)
            self.room()
        else:
            self.words("\\end", block=False, cell=True)
        self.deeper(-3)
        return taken
