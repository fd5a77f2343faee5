"""Formulas of outputs: read by TeX's grammar of mathematics, and written so that none can be read otherwise."""

from toolchain.outputs.latex import admitted
from toolchain.outputs.latex.reader import Reader
from toolchain.outputs.latex.rows import GREEK, LOWERED, RAISED, Nucleus, Rows, is_character
from toolchain.outputs.latex.tokens import PARAGRAPH

ENDS = frozenset({"", "}", "\\right", "\\end", "$", "\\)", "\\]"})
"""What ends a formula: one of them is what is awaited, and the others are errors."""


class Formulas(Reader):
    """Reads formulas."""

    def words_in_formula(self) -> None:
        """Read a command that takes words; what reads words says how."""
        raise NotImplementedError

    def otherwise(self, mark: str, rows: Rows, *, begun: bool) -> None:
        """Read what depends on the environment; what reads environments says how."""
        raise NotImplementedError

    def formula(self, end: str, rows: Rows) -> Nucleus:
        """Read up to the token `end`, which is left, and return what a script would be set at.

        Raises NotAdmittedError for what has no place in a formula.
        """
        nucleus, infix = Nucleus(), False
        while (mark := self.next) != end:
            if mark in ENDS:
                wrong = f"{mark} ends what has not begun" if mark else f"{end or 'the rest'} is missing"
                raise self.refuse(wrong)
            if mark.isspace():
                begins = self._part(mark, end, rows)
            elif begins := mark in ("&", "\\\\"):
                self._next_cell(rows)
            elif mark[0] == "\\" and mark[1:] in admitted.INFIX:
                if infix:
                    raise self.refuse(f"{mark} follows another one in the same group")
                infix, nucleus = bool(self.copy()), Nucleus()
            elif not self._at_nucleus(mark, nucleus):
                nucleus = self._atom(rows)
            else:
                rows.begun = True
            if begins:
                nucleus, infix = Nucleus(), False
        return nucleus

    def _at_nucleus(self, mark: str, nucleus: Nucleus) -> bool:
        """Read what belongs to what is before it: a script, a prime, where limits are set. Say whether it is one."""
        if mark in ("^", "_"):
            self._script(nucleus)
        elif mark == "'":
            self._prime(nucleus)
        elif mark in RAISED or mark in LOWERED:
            self._sign(nucleus)
        elif mark in ("\\limits", "\\nolimits", "\\displaylimits"):
            if not nucleus.operator:
                raise self.refuse(f"{mark} follows no operator")
            self.copy()
        elif mark == "\\label":
            self.drop_label()
        else:
            return False
        return True

    def _part(self, mark: str, end: str, rows: Rows) -> bool:
        """Write room; say whether it ends a formula among several."""
        if not rows.parted or mark != PARAGRAPH:
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
        mark = self.next
        if not rows.columns:
            raise self.refuse(f"{mark} stands in no environment that has rows and columns")
        if mark == "&":
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

    def argument(self) -> Nucleus:
        """Read what a command or a script takes: a group, or one token, which gets braces unless it is a plain character.

        Return what a script would be set at if there were no braces.
        """
        self.pass_room()
        mark = self.next
        if mark == "{":
            return self.group()
        if mark[:1] == "\\" and mark not in ENDS and mark[1:] not in {*admitted.INFIX, "label", "middle"}:
            self.write("{")
            self.deeper(2)
            nucleus = self._atom(Rows())
            self.deeper(-2)
            self.write("}")
            return nucleus
        if not is_character(mark) or mark == "~":
            raise self.unknown()
        braces = ("", "") if mark.isascii() and (mark.isalnum() or mark in "*+-") else ("{", "}")
        self.write(braces[0])
        self.copy()
        self.write(braces[1])
        return Nucleus()

    def group(self) -> Nucleus:
        """Read a formula in braces."""
        with self.in_braces(2):
            return self.formula("}", Rows())

    def _atom(self, rows: Rows) -> Nucleus:
        """Read one thing of a formula, with its arguments, and return what scripts would be set at."""
        mark, begun = self.next, rows.begun
        rows.begun = True
        name = mark[1:] if mark[:1] == "\\" else ""
        if mark == "{":
            self.group()
        elif is_character(mark) or mark in admitted.MATH_CONTROL or name in admitted.ALONE:
            self.narrow(-(mark == "\\!" or name.startswith("neg")))
            self.copy()
            return Nucleus(operator=name in admitted.OPERATORS)
        elif name in admitted.LIMITED:
            self.copy()
            if name == "operatorname":
                self.star()
            self.argument()
            return Nucleus(operator=True)
        elif name in admitted.ALPHABETS:
            self.copy()
            within = self.argument()
            return Nucleus(above=within.above, below=within.below)
        elif not (name and (self._with_arguments(name) or self._with_delimiters(name))):
            self.otherwise(mark, rows, begun=begun)
        return Nucleus()

    def _with_arguments(self, name: str) -> bool:
        """Read a command that takes formulas, if this is one."""
        times = admitted.TIMES.get(name, 1)
        self.times *= times
        if name in admitted.ONE:
            self.copy()
            if name == "sqrt" and self.after == "[":
                self._option()
            begun = len(self.written)
            self.argument()
            if name in admitted.MATH_ACCENTS:
                self._keep_from_crashing(begun)
        elif name in admitted.FRACTIONS | admitted.TWO:
            self.copy()
            if name == "cfrac" and self.after == "[":
                raise self.refuse("[ is not admitted after \\cfrac")
            self.argument()
            self.argument()
        elif name in admitted.ARROWS:
            self.copy()
            if self.after == "[":
                self._option()
            self.argument()
        elif name in admitted.TEXT_IN_MATH:
            self.words_in_formula()
        elif name == "not":
            self._negated()
        else:
            return False
        self.times //= times
        return True

    def _negated(self) -> None:
        self.copy()
        self.pass_room()
        if (
            self.next not in ("=", "<", ">", "|")
            and self.next[1:] not in admitted.SYMBOLS - admitted.OF_OLD_FONTS
        ):
            raise self.unknown()
        self.copy()

    def _keep_from_crashing(self, begun: int) -> None:
        """Let no sign stand alone under an accent that XeTeX crashes on; what is under it was written from `begun` on."""
        if any(
            mark[1:] in admitted.OF_OLD_FONTS or not (mark.isascii() or GREEK.match(mark))
            for mark in self.written[begun:]
        ):
            self.written.insert(self.written.index("{", begun) + 1, "{}")

    def _option(self) -> None:
        self.pass_room()
        self.expect("[")
        self.deeper(2)
        within, self.in_option = self.in_option, True
        self.formula("]", Rows())
        self.in_option = within
        self.deeper(-2)
        self.expect("]")

    def _with_delimiters(self, name: str) -> bool:
        r"""Read `\left` and its like, if this is one."""
        if name in admitted.BIG:
            self.copy()
            self.delimiter()
        elif name == "left":
            self.copy()
            self.delimiter()
            self.deeper(3)
            self.formula("\\right", Rows(fenced=True))
            self.deeper(-3)
            self.expect("\\right")
            self.delimiter()
        else:
            return False
        return True

    def delimiter(self) -> None:
        r"""Read what stands after `\left` and its like."""
        self.pass_room()
        if self.next not in admitted.DELIMITERS:
            raise self.refuse(f"{self.next or 'the end'} is no delimiter")
        self.copy()
