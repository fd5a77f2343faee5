"""The tokens of an output, read one after the other and written anew: arguments, limits, what must not touch what."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from toolchain.outputs.latex import admitted
from toolchain.outputs.latex.tokens import PARAGRAPH, NotAdmittedError, tokens

DEEPEST = 150
"""Levels of groups of TeX's, which has 255; the text around the output has some as well."""
HEAVIEST = 60_000
"""Tokens, counted as often as TeX sets them more than once."""
MOST_ROWS = 1_000
"""Of all that has rows and cannot go over pages."""
OFTEN = 4
"""How often TeX sets what is in a command that tries it in all four sizes."""
MOST_OFTEN = 300
"""How often TeX may set one thing, since one command that tries several sizes stands in another."""
NARROWINGS = 100
"""Negative spaces in one output: more would draw it over its neighbours."""

DIMENSION = re.compile(r"\s*(-?)(\d{1,3}(?:\.\d{0,6})?|\.\d{1,6})\s*(pt|mm|cm|in|ex|em|bp|pc|mu)\s*")
RELATIVE = re.compile(r"\s*(0?\.\d{1,6}|1(?:\.0{0,6})?|)\s*\\(linewidth|textwidth|columnwidth)\s*")
POINTS = {
    "pt": 1.0,
    "mm": 2.85,
    "cm": 28.5,
    "in": 72.3,
    "ex": 4.5,
    "em": 10.0,
    "bp": 1.01,
    "pc": 12.0,
    "mu": 0.56,
}
WIDEST = 600.0
MOST_BACK = -20.0
"""Points: what is moved back must not leave its place."""

LABEL = re.compile(r"[\w:./ -]{0,200}")
NUMBER = re.compile(r"-?\d{1,3}")
CONTROL_SPACE = "\\ "
"""What would be another token if the room at the end of a text were left out."""
PLAIN_WORD = re.compile(r"\\[A-Za-z]+\Z")


class Reader:
    """Reads tokens, and writes those that it admits."""

    def __init__(self, text: str) -> None:
        """Begin at the start of an output; raises NotAdmittedError for characters that no text has."""
        self.source = text.replace("\r\n", "\n")
        self.tokens = tokens(self.source)
        self.at = 0
        self.written: list[str] = []
        self.depth = 0
        self.weight = 0
        self.times = 1
        self.narrowings = 0
        self.rows = 0
        self.in_long = False
        """Whether rows are those of a table that goes over pages."""
        self.guarded = False
        """Whether TeX would take a bracket or a star that comes next for a part of what is already written."""
        self.in_option = False
        """Whether TeX would end an optional argument at any bracket."""

    def refuse(self, reason: str) -> NotAdmittedError:
        """Return the error for the token that is next."""
        at = self.tokens[self.at].at if self.at < len(self.tokens) else len(self.source)
        return NotAdmittedError(reason, self.source, at)

    def unknown(self) -> NotAdmittedError:
        """Return the error for a token that has no place here."""
        mark = self.next
        return self.refuse(f"{mark} is not admitted here" if mark else "it ends too early")

    @property
    def next(self) -> str:
        """The token that is next; empty at the end."""
        return self.tokens[self.at].mark if self.at < len(self.tokens) else ""

    @property
    def after(self) -> str:
        """What comes next but for room."""
        at = self.at
        while at < len(self.tokens) and self.tokens[at].mark.isspace():
            at += 1
        return self.tokens[at].mark if at < len(self.tokens) else ""

    def skip(self) -> str:
        """Pass a token without writing it."""
        mark = self.next
        self.at += 1
        self.weight += self.times - 1
        if self.weight > HEAVIEST:
            raise self.refuse("it is too much for TeX to set")
        return mark

    def write(self, text: str) -> None:
        """Write a token so that it stays the token that it is."""
        if not text:
            return
        last = self.written[-1] if self.written else ""
        if text.isspace() and last.isspace():
            self.written[-1] = text if text == PARAGRAPH else last
            return
        if text == PARAGRAPH and last == CONTROL_SPACE:
            self.written.append("{}")
        if not text.isspace():
            if self.guarded and text[:1] in ("[", "*"):
                self.written.append("{}")
            elif PLAIN_WORD.match(last) and (text[:1].isalpha() or not text.isascii()):
                self.written.append(" ")
            self.guarded = False
        self.written.append(text)

    def text(self) -> str:
        """Return what is written, without room around it."""
        while self.written and self.written[-1].isspace():
            self.written.pop()
        if self.written and self.written[-1] == CONTROL_SPACE:
            self.written.append("{}")
        return "".join(self.written).lstrip()

    def keep_in_braces(self, begun: int) -> None:
        r"""Let what is written from `begun` on be no single group with rows in it: `\begin{split}` would take its braces."""
        body = self.written[begun:]
        depth, closed = 0, []
        for at, mark in enumerate(body):
            depth += (mark == "{") - (mark == "}")
            closed += [at] * (depth == 0 and not mark.isspace())
        last = max((at for at, mark in enumerate(body) if not mark.isspace()), default=0)
        if closed == [last] and "\\\\" in body:
            self.written.insert(begun, "{}")

    def copy(self) -> str:
        """Write the next token."""
        if self.in_option and self.next == "]":
            raise self.refuse("] is not admitted within brackets, unless in braces")
        mark = self.skip()
        self.write(mark)
        return mark

    def expect(self, mark: str) -> None:
        """Write the next token if it is this one; raises NotAdmittedError for any other."""
        if self.next != mark:
            raise self.refuse(f"{mark} is missing here")
        self.copy()

    def room(self) -> None:
        """Write room; of a blank line only the end of a line is left."""
        while self.next.isspace():
            mark = self.skip()
            self.write("\n" if mark == PARAGRAPH else mark)

    def pass_room(self) -> None:
        """Pass room without writing it."""
        while self.next.isspace():
            self.skip()

    def deeper(self, levels: int) -> None:
        """Count levels of groups; raises NotAdmittedError if there are too many. What is left has a negative number."""
        self.depth += levels
        if self.depth > DEEPEST:
            raise self.refuse("it is nested too deep")

    def star(self) -> None:
        """Write the star that belongs to the control word before."""
        if self.after == "*":
            self.pass_room()
            self.copy()

    @contextmanager
    def repeated(self, times: int) -> Iterator[None]:
        """Count what is read as often as TeX sets it; raises NotAdmittedError if that is too often."""
        self.times *= times
        if self.times > MOST_OFTEN:
            raise self.refuse("it is nested too deep")
        yield
        self.times //= times

    @contextmanager
    def in_braces(self, levels: int) -> Iterator[None]:
        """Write braces around what is read within, as many levels of TeX's deeper."""
        self.expect("{")
        self.deeper(levels)
        within, self.in_option = self.in_option, False
        yield
        self.in_option = within
        self.deeper(-levels)
        self.expect("}")

    def raw(self, closing: str) -> str:
        """Pass all tokens up to `closing`, and that, and return them as a text; they are few."""
        text = ""
        while self.next != closing:
            if not self.next or self.next in ("{", "}", "[", "]", "&", "$") or len(text) > 200:  # noqa: PLR2004
                raise self.unknown()
            text += self.skip()
        self.skip()
        return text

    def braced(self) -> str:
        """Pass room and a group, and return what is in it as a text."""
        self.pass_room()
        if self.next != "{":
            raise self.refuse("{ is missing here")
        self.skip()
        return self.raw("}")

    def bracketed(self) -> str | None:
        """Pass an optional argument, and return it as a text; None, and nothing passed, if there is none."""
        if self.after != "[":
            return None
        self.pass_room()
        self.skip()
        return self.raw("]")

    def dimension(
        self, text: str, *, relative: bool = False, least: float = MOST_BACK, muskip: bool = False
    ) -> str:
        """Return a length that is admitted, anew; raises NotAdmittedError for others."""
        if relative and (match := RELATIVE.fullmatch(text)):
            return f"{match[1]}\\{match[2]}"
        match = DIMENSION.fullmatch(text)
        if match is None or muskip != (match[3] == "mu"):
            raise self.refuse(f"{text.strip() or 'nothing'} is no length that is admitted here")
        points = float(f"{match[1]}{match[2]}") * POINTS[match[3]]
        if not least <= points <= WIDEST:
            raise self.refuse(f"{text.strip()} is too {'long' if points > WIDEST else 'short'}")
        self.narrow(points)
        return f"{match[1]}{match[2]}{match[3]}"

    def narrow(self, points: float) -> None:
        """Count what moves back."""
        self.narrowings += points < 0
        if self.narrowings > NARROWINGS:
            raise self.refuse("too much in it is moved back")

    def number(self, text: str, least: int, most: int) -> int:
        """Return a number that is admitted; raises NotAdmittedError for others."""
        if NUMBER.fullmatch(text.strip()) is None or not least <= int(text) <= most:
            raise self.refuse(f"{text.strip() or 'nothing'} is no number that is admitted here")
        return int(text)

    def count_row(self) -> None:
        """Count a row that stands on one page with others; raises NotAdmittedError if there are too many."""
        self.rows += not self.in_long
        if self.rows > MOST_ROWS:
            raise self.refuse(f"it has more than {MOST_ROWS:,} rows")

    def end_row(self) -> None:
        r"""Write `\\` with its star and its length."""
        self.count_row()
        self.copy()
        if self.next == "*":
            self.copy()
        at = self.at
        if self.after == "[":
            try:
                length = self.dimension(self.bracketed() or "")
            except NotAdmittedError:
                self.at = at
            else:
                self.write(f"[{length}]")
                return
        self.guarded = True

    def colour(self) -> None:
        """Write the arguments of a command that takes a colour."""
        self.pass_room()
        model, text = self.bracketed(), self.braced().strip()
        if model is None:
            if text not in admitted.COLOURS:
                raise self.refuse(f"{text or 'nothing'} is no colour that is admitted")
            self.write(f"{{{text}}}")
            return
        if model not in admitted.MODELS or not admitted.MODELS[model].fullmatch(text):
            raise self.refuse(f"{text or 'nothing'} is no colour that is admitted")
        self.write(f"[{model}]{{{text}}}")

    def drop_label(self) -> None:
        r"""Pass `\label` and its name: a number of the book's own must not be another's."""
        self.skip()
        if not LABEL.fullmatch(self.braced()):
            raise self.refuse("this is no name of a label")

    def environment(self, mark: str) -> str:
        r"""Pass `\begin` or `\end` with its name, and return that."""
        if self.next != mark:
            raise self.refuse(f"{mark} is missing here")
        self.skip()
        return self.braced()
