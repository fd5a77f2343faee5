"""Formulas of outputs: read by TeX's grammar of mathematics, and written so that none can be read otherwise."""

import unicodedata
from dataclasses import dataclass

from toolchain.outputs import admitted, columns
from toolchain.outputs.reader import OFTEN, Reader
from toolchain.outputs.tokens import PARAGRAPH

SIGNS = frozenset("+-*/=<>()[]|.,;:!?\"`@~")
"""Of ASCII, what is neither a letter nor a digit and means itself in a formula."""
KINDS = ("L", "N", "S", "Pd", "Po", "Ps", "Pe")
"""Of other characters: what Unicode calls those that a formula may have."""
RAISED, LOWERED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿ"), frozenset("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
"""What LaTeX takes for scripts."""
PRIMES = frozenset("′″‴⁗‵‶‷")
"""What LaTeX reads as it does `'`, and MathJax does not."""
ENDS = frozenset({"", "}", "\\right", "\\end", "$", "\\)", "\\]"})
"""What ends a formula: one of them is what is awaited, and the others are errors."""


@dataclass
class Rows:
    """The rows of an environment, or of a formula that LaTeX gives some."""

    columns: int = 0
    """How many a row may have; 0 where there are no rows."""
    tagged: bool = False
    """Whether a row may have a number of its own."""
    ruled: bool = False
    """Whether lines may stand between the rows."""
    parted: bool = False
    """Whether blank lines part formulas."""
    cells: int = 1
    """In this row, so far."""
    most: int = 1
    """Of cells, in any row so far."""
    begun: bool = False
    """Whether there is anything in this row."""
    used: bool = False
    """Whether there are several rows, or several cells in one."""
    parts: int = 1

    def end_row(self) -> None:
        """Begin another row."""
        self.used, self.cells, self.begun = True, 1, False

    def end_cell(self) -> bool:
        """Begin another cell, and say whether there is room for it."""
        self.used, self.cells, self.begun = True, self.cells + 1, True
        self.most = max(self.most, self.cells)
        return self.cells <= self.columns


@dataclass
class Nucleus:
    """What a script would be set at."""

    above: bool = False
    below: bool = False
    prime: bool = False
    """Whether the last token is a prime, which may be followed by others and by what is above."""
    operator: bool = False
    """Whether limits may be asked for."""
    signs: frozenset[str] = frozenset()
    """The characters that go on with the script that the last token began."""


class Formulas(Reader):
    """Reads formulas."""

    def words_in_formula(self) -> None:
        """Read a group of words; what reads words says how."""
        raise NotImplementedError

    def formula(self, end: str, rows: Rows) -> None:
        """Read up to the token `end`, which is left; raises NotAdmittedError for what has no place in a formula."""
        nucleus, infix = Nucleus(), False
        while (token := self.next) != end:
            if token.isspace():
                if self._part(token, end, rows):
                    nucleus, infix = Nucleus(), False
            elif token in ENDS:
                raise self.refuse(f"{token} ends what has not begun" if token else f"{end or 'the rest'} is missing")
            elif token in ("&", "\\\\"):
                self._next_cell(rows)
                nucleus, infix = Nucleus(), False
            elif token in ("^", "_"):
                self._script(nucleus)
            elif token == "'":
                self._prime(nucleus)
            elif token in RAISED or token in LOWERED:
                self._sign(nucleus)
            elif token in ("\\limits", "\\nolimits", "\\displaylimits"):
                if not nucleus.operator:
                    raise self.refuse(f"{token} follows no operator")
                self.copy()
            elif token == "\\middle" and end == "\\right":
                self.copy()
                self._delimiter()
                nucleus = Nucleus()
            elif token[1:] in admitted.INFIX and token[0] == "\\":
                if infix:
                    raise self.refuse(f"{token} follows another one in the same group")
                self.copy()
                nucleus, infix = Nucleus(), True
            elif token == "\\label":
                self.drop_label()
            else:
                nucleus = self._atom(rows)

    def _part(self, token: str, end: str, rows: Rows) -> bool:
        """Write room; say whether it ends a formula among several."""
        if not rows.parted or token != PARAGRAPH:
            self.room()
            return False
        if self.after == end:
            self.pass_room()
            return False
        self.copy()
        self.pass_room()
        rows.end_row()
        rows.parts += 1
        self.guarded = True
        return True

    def _next_cell(self, rows: Rows) -> None:
        token = self.next
        if not rows.columns:
            raise self.refuse(f"{token} stands in no environment that has rows and columns")
        if token == "&":
            self.copy()
            if not rows.end_cell():
                raise self.refuse(f"there are more than {rows.columns} columns")
        else:
            self.end_row()
            rows.end_row()

    def _script(self, nucleus: Nucleus) -> None:
        sign = self.next
        if (nucleus.above and not nucleus.prime) if sign == "^" else nucleus.below:
            raise self.refuse(f"two {'superscripts' if sign == '^' else 'subscripts'} in one place")
        self.copy()
        self.argument()
        nucleus.above, nucleus.below = nucleus.above or sign == "^", nucleus.below or sign == "_"
        nucleus.prime, nucleus.signs = False, frozenset()

    def _prime(self, nucleus: Nucleus) -> None:
        if nucleus.above and not nucleus.prime:
            raise self.refuse("a prime after a superscript")
        self.copy()
        nucleus.above = nucleus.prime = True
        nucleus.signs = frozenset()

    def _sign(self, nucleus: Nucleus) -> None:
        """Read a character that is a script by itself."""
        signs = RAISED if self.next in RAISED else LOWERED
        if nucleus.signs is not signs and (nucleus.above if signs is RAISED else nucleus.below):
            raise self.refuse("two scripts in one place")
        self.copy()
        nucleus.above, nucleus.below = nucleus.above or signs is RAISED, nucleus.below or signs is LOWERED
        nucleus.prime, nucleus.signs = False, signs

    def argument(self) -> None:
        """Read what a command or a script takes: a group, or one token, which gets braces unless it is a character."""
        self.pass_room()
        token = self.next
        if token == "{":
            self.group()
        elif token[:1] == "\\" and token not in ENDS and token[1:] not in {*admitted.INFIX, "label", "middle"}:
            self.write("{")
            self.deeper(2)
            self._atom(Rows())
            self.deeper(-2)
            self.write("}")
        elif self._is_character(token) and token != "~":
            self.copy()
        else:
            raise self.unknown()

    def group(self) -> None:
        """Read a formula in braces."""
        with self.in_braces(2):
            self.formula("}", Rows())

    def _is_character(self, token: str) -> bool:
        if len(token) != 1:
            return False
        if token.isascii():
            return token.isalnum() or token in SIGNS
        return token not in RAISED | LOWERED | PRIMES and unicodedata.category(token).startswith(KINDS)

    def _atom(self, rows: Rows) -> Nucleus:  # noqa: C901, PLR0912 - a case for each kind of token
        """Read one thing of a formula, with its arguments, and return what scripts would be set at."""
        token = self.next
        rows_begun, rows.begun = rows.begun, True
        name = token[1:] if token[:1] == "\\" else ""
        if token == "{":
            self.group()
        elif not name:
            if not self._is_character(token):
                raise self.unknown()
            self.copy()
        elif token in admitted.MATH_CONTROL or name in admitted.SYMBOLS or name in admitted.MATH_FONTS_OF_OLD:
            self.narrow(-(name == "!"))
            self.copy()
        elif name in admitted.SPACES:
            self.narrow(-name.startswith("neg"))
            self.copy()
            rows.begun = rows_begun or name not in admitted.STYLES
        elif name in admitted.OPERATORS:
            self.copy()
            return Nucleus(operator=True)
        elif name in admitted.LIMITED:
            self.copy()
            if name == "operatorname":
                self.star()
            self.argument()
            return Nucleus(operator=True)
        elif not (self._with_arguments(name) or self._with_delimiters(name)):
            self._otherwise(name, rows, begun=rows_begun)
        return Nucleus()

    def _with_arguments(self, name: str) -> bool:
        """Read a command that takes formulas, if this is one."""
        if name in admitted.ONE or name in admitted.MODULI:
            self.copy()
            if name == "sqrt" and self.after == "[":
                self._option()
            self.argument()
        elif name in admitted.FRACTIONS:
            self.copy()
            if name == "cfrac" and self.after == "[":
                raise self.refuse("[ is not admitted after \\cfrac")
            self.argument()
            self.argument()
        elif name in admitted.REPEATED_ONE | admitted.REPEATED_TWO | admitted.ARROWS:
            self.copy()
            self.repeated(2 if name in admitted.REPEATED_TWO else 1, optional=name in admitted.ARROWS)
        elif name in admitted.TEXT_IN_MATH:
            self.words_in_formula()
        elif name == "not":
            self.copy()
            self.pass_room()
            if self.next in ("=", "<", ">", "|") or self.next[1:] in admitted.SYMBOLS:
                self.copy()
            else:
                raise self.unknown()
        else:
            return False
        return True

    def _option(self) -> None:
        self.pass_room()
        self.expect("[")
        self.deeper(2)
        within, self.in_option = self.in_option, True
        self.formula("]", Rows())
        self.in_option = within
        self.deeper(-2)
        self.expect("]")

    def repeated(self, count: int, *, optional: bool = False) -> None:
        """Read arguments that TeX sets several times."""
        self.times *= OFTEN
        if optional and self.after == "[":
            self._option()
        for _ in range(count):
            self.argument()
        self.times //= OFTEN

    def _with_delimiters(self, name: str) -> bool:
        """Read `\\left` and its like, if this is one."""
        if name in admitted.BIG:
            self.copy()
            self._delimiter()
        elif name == "left":
            self.copy()
            self._delimiter()
            self.deeper(3)
            self.formula("\\right", Rows())
            self.deeper(-3)
            self.expect("\\right")
            self._delimiter()
        else:
            return False
        return True

    def _delimiter(self) -> None:
        self.pass_room()
        if self.next not in admitted.DELIMITERS:
            raise self.refuse(f"{self.next or 'the end'} is no delimiter")
        self.copy()

    def _otherwise(self, name: str, rows: Rows, *, begun: bool) -> None:
        if name == "begin":
            self._environment()
        elif name == "substack":
            self._substack()
        elif name in ("hspace", "mspace"):
            self.copy()
            self.write(f"{{{self.dimension(self.braced())}}}")
        elif name == "color":
            self.copy()
            self.colour()
        elif name == "textcolor":
            self.copy()
            self.colour()
            self.argument()
        elif name in ("tag", "notag", "nonumber") and rows.tagged:
            self._tag(name)
        elif name == "hline" and rows.ruled and not begun:
            self.copy()
            rows.begun = False
        else:
            raise self.refuse(f"\\{name} is not admitted here")

    def _tag(self, name: str) -> None:
        self.copy()
        if name == "tag":
            self.star()
            self.words_group()

    def words_group(self) -> None:
        """Read a group of words; what reads words says how."""
        raise NotImplementedError

    def _substack(self) -> None:
        self.copy()
        self.pass_room()
        with self.in_braces(6):
            self.guarded = True
            self.formula("}", Rows(columns=1))
            self.guarded = False

    def _environment(self) -> None:
        """Read an environment within a formula."""
        name = self.environment("\\begin")
        if name in admitted.DISPLAYS or name.rstrip("*") in admitted.DISPLAYS:
            raise self.refuse(f"{name} stands within a formula; within one it is {columns.within(name)}")
        if name not in admitted.INNER:
            raise self.refuse(f"the environment {name} is not admitted")
        self.write(f"\\begin{{{name}}}")
        count = admitted.INNER[name]
        if name in ("aligned", "alignedat", "gathered", "array") and (place := self.bracketed()) is not None:
            if place.strip() not in ("t", "b", "c"):
                raise self.refuse(f"{place} is no place of {name}")
            self.write(f"[{place.strip()}]")
        if name == "alignedat":
            self.write(f"{{{self.number(self.braced(), 1, 10)}}}")
        elif name in ("array", "subarray"):
            count = self.columns_of_array(name)
        self.body(name, Rows(columns=count, ruled=name == "array"))

    def columns_of_array(self, name: str) -> int:
        """Read what says the columns of an array, and return how many there are."""
        found = columns.columns(self)
        if name == "subarray" and found.text not in ("c", "l"):
            raise self.refuse("subarray has one column, l or c")
        self.write(f"{{{found.text}}}")
        return found.count

    def body(self, name: str, rows: Rows) -> None:
        r"""Read what is in an environment, and its `\end`."""
        self.deeper(6)
        self.guarded = True
        self.formula("\\end", rows)
        self.guarded = False
        self.deeper(-6)
        if (ended := self.environment("\\end")) != name:
            raise self.refuse(f"{ended} ends, and {name} had begun")
        self.write(f"\\end{{{name}}}")

    def display(self, name: str, *, counted: bool) -> None:
        r"""Read an environment that is a formula, after its `\begin`; `counted` tells whether LaTeX may number it."""
        plain = name.removesuffix("*")
        if plain not in admitted.DISPLAYS or (name != plain and plain in admitted.UNSTARRED):
            raise self.refuse(f"the environment {name} is not admitted")
        written = plain if counted and name == plain or plain in admitted.UNSTARRED else f"{plain}*"
        self.write(f"\\begin{{{written}}}")
        if plain == "alignat":
            self.write(f"{{{self.number(self.braced(), 1, 10)}}}")
        self.deeper(8)
        self.guarded = True
        count = admitted.DISPLAYS[plain]
        self.formula("\\end", Rows(columns=count, tagged=plain not in admitted.UNSTARRED))
        self.guarded = False
        self.deeper(-8)
        if (ended := self.environment("\\end")) != name:
            raise self.refuse(f"{ended} ends, and {name} had begun")
        self.write(f"\\end{{{written}}}")
