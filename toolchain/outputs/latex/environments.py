"""What a formula has its environments for: rows and columns, numbers, several lines in the place of one."""

from toolchain.outputs.latex import admitted, columns
from toolchain.outputs.latex.formulas import Formulas
from toolchain.outputs.latex.rows import Rows


class Environments(Formulas):
    """Reads formulas with environments in them, and environments that are formulas."""

    def otherwise(self, mark: str, rows: Rows, *, begun: bool) -> None:
        """Read what depends on the environment."""
        name = mark[1:]
        if mark[:1] != "\\":
            raise self.unknown()
        if name == "begin":
            self._environment(rows)
        elif name == "substack":
            self._substack()
        elif name in ("hspace", "mspace"):
            self.copy()
            self.write(f"{{{self.dimension(self.braced(), muskip=name == 'mspace')}}}")
        elif name == "color":
            self.copy()
            self.colour()
        elif name == "textcolor":
            self.copy()
            self.colour()
            self.argument()
        elif name == "middle" and rows.fenced:
            self.copy()
            self.delimiter()
        elif (name in ("notag", "nonumber") and rows.numbered) or (name == "tag" and rows.tagged):
            self._tag(name, rows)
        elif name == "hline" and rows.ruled and not begun:
            self.copy()
            rows.begun = False
        else:
            raise self.unknown()

    def _tag(self, name: str, rows: Rows) -> None:
        self.copy()
        if name == "tag":
            rows.tagged = False
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

    def _environment(self, rows: Rows) -> None:
        """Read an environment within a formula."""
        name = self.environment("\\begin")
        if name in admitted.DISPLAYS or name.rstrip("*") in admitted.DISPLAYS:
            raise self.refuse(f"{name} stands within a formula; within one it is {columns.within(name)}")
        if name not in admitted.INNER or (name == "split" and not (rows.parted or rows.numbered)):
            raise self.refuse(f"the environment {name} is not admitted here")
        rows.used = rows.used or name == "split"
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
        return found.number

    def body(self, name: str, rows: Rows) -> None:
        r"""Read what is in an environment, and its `\end`."""
        self.deeper(6)
        self.guarded = True
        begun = len(self.written)
        self.formula("\\end", rows)
        if name == "split":
            self.keep_in_braces(begun)
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
        written = plain if (counted and name == plain) or plain in admitted.UNSTARRED else f"{plain}*"
        self.write(f"\\begin{{{written}}}")
        if plain == "alignat":
            self.write(f"{{{self.number(self.braced(), 1, 10)}}}")
        self.deeper(8)
        self.guarded = True
        count = admitted.DISPLAYS[plain]
        numbered = plain not in admitted.UNSTARRED
        tagged = numbered and plain != "eqnarray"
        rows = Rows(
            columns=count, numbered=numbered, tagged=tagged, tagged_again=tagged and plain != "multline"
        )
        begun = len(self.written)
        self.formula("\\end", rows)
        self.keep_in_braces(begun)
        self.guarded = False
        self.deeper(-8)
        if (ended := self.environment("\\end")) != name:
            raise self.refuse(f"{ended} ends, and {name} had begun")
        self.write(f"\\end{{{written}}}")
