"""Words and tables of outputs: read by the grammar of LaTeX's running text, and written so that they stay in their place."""

import unicodedata

from toolchain.outputs.latex import admitted
from toolchain.outputs.latex.environments import Environments
from toolchain.outputs.latex.reader import OFTEN
from toolchain.outputs.latex.rows import Rows
from toolchain.outputs.latex.tokens import PARAGRAPH

SPECIAL = frozenset("\\{}$&#^_%")
"""Of ASCII, what does not mean itself in words."""
CELL_ENDS = frozenset({"&", "\\\\", "\\tabularnewline", "\\end"})


class Words(Environments):
    """Reads words, tables and the formulas in them."""

    counted = True
    """Whether formulas may have LaTeX's numbers, if the output asks for them."""

    paragraph = False
    """Whether there is anything in the line that is being set."""

    cells = 0
    """How many cells of tables, each in another, this is in."""

    def words_in_formula(self) -> None:
        """Read a command of a formula that takes words."""
        self.copy()
        with self.repeated(OFTEN):
            self.words_group()

    def words_group(self) -> None:
        """Read words in braces, which are one line."""
        self.pass_room()
        with self.in_braces(4):
            self.words("}", block=False)

    def words(self, end: str, *, block: bool, cell: bool = False, floating: bool = False) -> None:
        """Read up to the token `end`, which is left; of a cell up to what ends one.

        In a block there may be paragraphs, environments and formulas that stand alone; where it is floating, a caption.
        """
        while (mark := self.next) != end:
            if cell and mark in CELL_ENDS:
                return
            if mark.isspace():
                self._room(block=block)
            elif len(mark) == 1 and mark not in SPECIAL:
                self.paragraph = True
                self.copy()
            elif mark == "{":
                with self.in_braces(1):
                    self.words("}", block=block, floating=floating)
            elif mark in ("$", "\\(", "\\["):
                self._formula(block=block)
            elif mark == "\\begin" and (block or self.cells):
                self._environment_of_words(block=block)
            elif not (self._control(mark) or self._command(mark) or (block and self._of_block(mark))):
                self._with_words(mark, cell=cell, floating=floating)

    def _room(self, *, block: bool) -> None:
        if block and self.next == PARAGRAPH:
            self.copy()
            self.paragraph = False
        else:
            self.room()

    def _formula(self, *, block: bool) -> None:
        r"""Read `$…$`, `\(…\)`, and in a block `$$…$$` and `\[…\]`."""
        opening = self.copy()
        closing = {"$": "$", "\\(": "\\)", "\\[": "\\]"}[opening]
        double = opening == "$" and self.next == "$"
        if double:
            self.copy()
        if (double or opening == "\\[") and not block:
            raise self.refuse("a formula that stands alone is not admitted here")
        self.deeper(2)
        self.formula(closing, Rows())
        self.deeper(-2)
        self.expect(closing)
        if double:
            self.expect(closing)
        self.paragraph = True

    def _control(self, mark: str) -> bool:
        """Read a backslash with a sign, or an accent with its letter."""
        if mark in admitted.TEXT_CONTROL:
            self.copy()
        elif mark in admitted.ACCENTS:
            self.copy()
            self._accented()
        else:
            return False
        self.paragraph = True
        return True

    def _accented(self) -> None:
        self.pass_room()
        braced = self.next == "{"
        if braced:
            self.copy()
        if self.next in ("\\i", "\\j") or (len(self.next) == 1 and unicodedata.category(self.next)[0] == "L"):
            self.copy()
        elif not (braced and self.next == "}"):
            raise self.refuse("an accent is on a letter")
        if braced:
            self.expect("}")

    def _command(self, mark: str) -> bool:
        """Read a command that takes no words."""
        name = mark[1:]
        if name in admitted.TEXT_SYMBOLS:
            self.paragraph = True
            self.copy()
        elif name in admitted.TEXT_SWITCHES:
            self.copy()
        elif name == "color":
            self.copy()
            self.colour()
        elif name == "hspace":
            self.copy()
            self.paragraph = True
            self.write(f"{{{self.dimension(self.braced())}}}")
        elif name == "newline":
            self._new_line()
        elif name == "label":
            self.drop_label()
        else:
            return False
        return True

    def _of_block(self, mark: str) -> bool:
        """Read what stands between paragraphs, or changes them."""
        name = mark[1:]
        if name in admitted.BLOCK_SKIPS:
            self.paragraph = False
            self.copy()
        elif name in admitted.BLOCK_SWITCHES:
            self.copy()
        elif mark == "\\\\":
            if self.paragraph:
                self.end_row()
            else:
                self._new_line()
            self.paragraph = False  # where lines are centred, it has ended
        else:
            return False
        return True

    def _new_line(self) -> None:
        """Write the end of a line, if there is one: LaTeX stops where there is none."""
        if self.paragraph:
            self.copy()
        else:
            self.skip()

    def _with_words(self, mark: str, *, cell: bool, floating: bool) -> None:
        """Read a command that takes words."""
        name = mark[1:]
        if name in admitted.TEXT_FONTS:
            self.copy()
            self.words_group()
        elif name == "textcolor":
            self.copy()
            self.colour()
            self.words_group()
        elif name == "cellcolor" and self.cells:
            self.copy()
            self.colour()
        elif name == "multirow" and cell:
            self._multirow()
        elif name == "caption" and floating:
            self.caption()
        else:
            raise self.unknown()
        self.paragraph = True

    def caption(self, name: str = "\\caption") -> None:
        """Read a caption; the short one, of lists of tables, is left out."""
        self.skip()
        self.star_passed()
        self.write(name)
        self.bracketed()
        self.words_group()

    def star_passed(self) -> None:
        """Pass a star."""
        if self.after == "*":
            self.pass_room()
            self.skip()

    def _multirow(self) -> None:
        self.copy()
        place = self.bracketed()
        if place is not None:
            if place not in ("t", "c", "b"):
                raise self.refuse(f"{place} is no place in a row")
            self.write(f"[{place}]")
        self.write(f"{{{self.number(self.braced(), -100, 100)}}}")
        width = self.braced().strip()
        self.write(f"{{{width if width in ('*', '=') else self.dimension(width, relative=True)}}}")
        self.words_group()

    def _environment_of_words(self, *, block: bool) -> None:
        at = self.at
        name = self.environment("\\begin")
        if name in ("tabular", "tabular*"):
            self.table(name)
            self.paragraph = True
        elif not block:
            self.at = at
            raise self.refuse(f"the environment {name} is not admitted here")
        elif name == "longtable":
            self.table(name)
            self.paragraph = False
        elif name in admitted.BLOCKS | admitted.FLOATS:
            self._block(name)
        else:
            self.display(name, counted=self.counted)
            self.paragraph = True

    def _block(self, name: str) -> None:
        floating = name in admitted.FLOATS
        written = "table" if floating else name
        self.write(f"\\begin{{{written}}}")
        if floating and (place := self.bracketed()) is not None:
            if not set(place) <= set("htbpH!"):
                raise self.refuse(f"{place} is no place of a table")
            self.write(f"[{place}]")
        self.deeper(3)
        self.guarded = floating
        self.paragraph = False
        self.words("\\end", block=True, floating=floating)
        self.guarded = False
        self.deeper(-3)
        self.ended(name)
        self.write(f"\\end{{{written}}}")
        self.paragraph = False

    def table(self, name: str) -> None:
        r"""Read a table, after its `\begin`; what reads tables says how."""
        raise NotImplementedError

    def ended(self, name: str) -> None:
        r"""Pass the `\end` of an environment."""
        if (ended := self.environment("\\end")) != name:
            raise self.refuse(f"{ended} ends, and {name} had begun")
