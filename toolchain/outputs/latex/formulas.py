"""Formulas of outputs: read by TeX's grammar of mathematics, and written so that none can be read otherwise."""

from toolchain.outputs.latex import admitted
from toolchain.outputs.latex.reader import Reader
from toolchain.outputs.latex.rows import GREEK, LOWERED, RAISED, Nucleus, Rows, is_character
from toolchain.outputs.latex.tokens import PARAGRAPH

ENDS = frozenset({"", "}", "\\right", "\\end", "$", "\\)", "\\]"})
"""What ends a formula: one of them is what is awaited, and the others are errors."""


REACHING = frozenset({"\\over", "\\atop", "\\choose", "\\color"})
"""What acts on all of the group that it is in; some commands set what they take without a group."""


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
        nucleus, infix, things = Nucleus(), False, 0
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
                nucleus, things = self._atom(rows), things + 1
            else:
                rows.begun = True
            if begins:
                nucleus, infix = Nucleus(), False
        nucleus.accent &= things == 1
        return nucleus

    def _at_nucleus(self, mark: str, nucleus: Nucleus) -> bool:
        """Read what belongs to what is before it: a script, a prime, where limits are set. Say whether it is one."""
        if mark in ("^", "_"):
            self._script(nucleus)
        elif mark == "'":
            self._prime(nucleus)
        elif mark in RAISED or mark in LOWERED:
            self._signs(nucleus)
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
        self._begin_script(self.next, nucleus)
        self.copy()
        self.argument()

    def _begin_script(self, sign: str, nucleus: Nucleus) -> None:
        """Note a script; raises NotAdmittedError if there is one already."""
        if (nucleus.above and not nucleus.prime) if sign == "^" else nucleus.below:
            raise self.refuse(f"two {'superscripts' if sign == '^' else 'subscripts'} in one place")
        nucleus.above, nucleus.below = nucleus.above or sign == "^", nucleus.below or sign == "_"
        nucleus.prime = False

    def _prime(self, nucleus: Nucleus) -> None:
        if nucleus.above and not nucleus.prime:
            raise self.refuse("a prime after a superscript")
        self.copy()
        nucleus.above = nucleus.prime = True

    def _signs(self, nucleus: Nucleus) -> None:
        """Write characters that are scripts by themselves as the script that they are."""
        signs, sign = (RAISED, "^") if self.next in RAISED else (LOWERED, "_")
        self._begin_script(sign, nucleus)
        self.write(sign)
        self.write("{")
        while self.next in signs:
            self.write(signs[self.skip()])
        self.write("}")

    def argument(self) -> Nucleus:
        """Read what a command or a script takes: a group, or one token, which gets braces unless it is a plain character.

        Return what a script would be set at if there were no braces.
        """
        self.pass_room()
        mark, begun = self.next, len(self.written)
        if mark == "{":
            nucleus = self.group()
        elif mark[:1] == "\\" and mark not in ENDS and mark[1:] not in {*admitted.INFIX, "label", "middle"}:
            self.write("{")
            self.deeper(2)
            nucleus = self._atom(Rows())
            self.deeper(-2)
            self.write("}")
        elif is_character(mark) and mark != "~":
            nucleus = Nucleus()
            is_plain = mark.isascii() and (mark.isalnum() or mark in "*+-")
            self.write("" if is_plain else "{")
            self.copy()
            self.write("" if is_plain else "}")
        else:
            raise self.unknown()
        if self._reaches_out(begun):
            self.written.insert(self.written.index("{", begun), "{")
            self.write("}")
        return nucleus

    def _reaches_out(self, begun: int) -> bool:
        """Say whether what is written from `begun` on has anything in its own braces that acts on what is around them."""
        depth = 0
        for mark in self.written[begun:]:
            depth += (mark == "{") - (mark == "}")
            if depth == 1 and mark in REACHING:
                return True
        return False

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
            return self._as_group(self.group())
        if is_character(mark) or mark in admitted.MATH_CONTROL or name in admitted.ALONE:
            self.narrow(-(mark == "\\!" or name.startswith("neg")))
            self.copy()
            return Nucleus(operator=name in admitted.OPERATORS)
        if name in admitted.LIMITED:
            self.copy()
            if name == "operatorname":
                self.star()
            self.argument()
            return Nucleus(operator=True)
        if name in admitted.ALPHABETS:
            self.copy()
            within = self.argument()
            return Nucleus(above=within.above, below=within.below, accent=within.accent)
        if name in admitted.GROUPS:
            self.copy()
            with self.repeated(admitted.TIMES.get(name, 1)):
                return self._as_group(self.argument())
        if not (name and (self._with_arguments(name) or self._with_delimiters(name))):
            self.otherwise(mark, rows, begun=begun)
        return Nucleus(accent=name in admitted.MATH_ACCENTS)

    def _as_group(self, within: Nucleus) -> Nucleus:
        """Return what a script after a group is set at: an accent that is alone in it stays what it is, with its scripts."""
        return Nucleus(above=within.above, below=within.below, accent=True) if within.accent else Nucleus()

    def _with_arguments(self, name: str) -> bool:
        """Read a command that takes formulas, if this is one."""
        if name == "not":
            self._negated()
        elif name in admitted.TEXT_IN_MATH:
            self.words_in_formula()
        elif name in admitted.ONE:
            self.copy()
            if name == "sqrt" and self.after == "[":
                self._option()
            begun = len(self.written)
            with self.repeated(admitted.TIMES.get(name, 1)):
                self.argument()
            if name in admitted.MATH_ACCENTS:
                self._keep_from_crashing(begun)
        elif name in admitted.FRACTIONS | admitted.TWO | admitted.ARROWS:
            self.copy()
            with self.repeated(admitted.TIMES.get(name, 1)):
                self._two(name)
        else:
            return False
        return True

    def _two(self, name: str) -> None:
        """Read the two formulas that a command takes; of those of an arrow the first is optional."""
        if name in admitted.ARROWS:
            if self.after == "[":
                self._option()
        elif name == "cfrac" and self.after == "[":
            raise self.refuse("[ is not admitted after \\cfrac")
        else:
            self.argument()
        self.argument()

    def _negated(self) -> None:
        self.copy()
        self.pass_room()
        if self.next not in ("=", "<", ">", "|") and self.next[1:] not in admitted.NEGATABLE:
            raise self.unknown()
        self.copy()

    def _keep_from_crashing(self, begun: int) -> None:
        """Let no sign stand alone under an accent that XeTeX crashes on; what is under it was written from `begun` on."""
        if any(
            mark[1:] in admitted.OF_OLD_FONTS or not (mark.isascii() or GREEK.match(mark))
            for mark in self.written[begun:]
        ):
            inside = self.written.index("{", begun) + 1
            if self.written[inside : inside + 2] != ["{", "}"]:
                self.written[inside:inside] = ["{", "}"]

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
