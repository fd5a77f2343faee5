"""TeX as the converter reads it: what it lacks is written with what it has, and what TeX has no equal for is MathML by itself.

What is MathML already stands in the TeX as one character of a private use area, which is put back into what is made of it.
"""

import re
from collections.abc import Callable
from contextlib import suppress

from toolchain.sphinxext.site.mathml import chemistry, elements, environments, operators, tables, words
from toolchain.sphinxext.site.mathml.reading import (
    COMMAND,
    LENGTH_OF_ROW,
    Unsupported,
    argument,
    arguments,
    command,
    end_of_cell,
    option,
)
from toolchain.sphinxext.site.mathml.values import colour_of, in_words, letter_of

VERBATIM = re.compile(r"\\verb\*?(?P<end>[^A-Za-z*\s])(?P<text>.*?)(?P=end)")
ROOTS = re.compile(r"\\(?:left|up)root\s*(?:\{[^{}]*\}|-?\d)")
BRACKET = re.compile(r"\s*([<>])")
BRACKETS = {"<": r"\langle", ">": r"\rangle"}
MARK = "mark"
"""Stands for the mark of a row, with its number among the parts that are MathML already."""
FIRST = 0xF0000
"""The character that stands for the first part that is MathML already; formulas have none of this area."""


class Rewriter:
    """Rewrites one formula."""

    def __init__(
        self,
        convert: Callable[[str], str],
        own_environments: dict[str, tuple[str, str, int, str | None]],
        *,
        is_display: bool,
    ) -> None:
        """Take what makes MathML of the TeX of a part, and the environments that a book defines."""
        self._convert, self.own_environments, self.is_display = convert, own_environments, is_display
        self.made: list[str] = []
        """The parts that are MathML already."""
        self.tags: list[str] = []
        """What the formula has been marked with, as `\tag` is written."""
        self._colours: dict[str, str] = {}
        self._handlers: dict[str, Callable[[str, int], tuple[str, int]]] = {
            "begin": self._environment,
            "ce": self._chemistry,
            "pu": self._chemistry,
            "shortvdotswithin": self._dots_between,
            "vdotswithin": self._dots_between,
            **dict.fromkeys(tables.BEFORE_DELIMITERS, self._delimiter),
            "color": self._colour,
            "textcolor": self._colour,
            "definecolor": self._define_colour,
            "mathop": self._operator,
            "operatorname": self._operator,
            "raise": self._raised,
            "lower": self._raised,
            "unicode": self._unicode,
            "buildrel": self._buildrel,
            "substack": self._substack,
            "crampedsubstack": self._substack,
            "underbrace": self._without_limits,
            "overbrace": self._without_limits,
            "sqrt": self._root,
            "root": self._root_of,
            "hspace": self._space,
            "tag": self._tag,
            **dict.fromkeys(("label", "nonumber", "notag", "require"), self._dropped),
            **dict.fromkeys(("ref", "eqref", "refeq"), self._reference),
            **dict.fromkeys(tables.TEXTS, self._words),
            **dict.fromkeys(tables.IN_WORDS_ONLY, self._sign),
            **dict.fromkeys(tables.SAME, self._same),
            **dict.fromkeys(tables.ALPHABETS, self._letters),
            **dict.fromkeys(tables.SIZES, self._size),
            **dict.fromkeys(elements.ELEMENTS, self._element),
        }

    def written(self, text: str) -> str:
        """Return a part of the formula as the converter reads it. Raises Unsupported."""
        parts, at = [], 0
        while token := COMMAND.search(text, at):
            parts.append(text[at : token.start()])
            name = token["name"]
            for _ in range(tables.OPTIONS.get(name, 0)):
                if (end := option(text, token.end())[1]) != token.end():
                    text = f"{text[: token.end()]} {text[end:]}"
            if name is None or name == "cr":
                piece, at = token[0], token.end()
                if token[0] in (r"\\", r"\cr"):
                    piece, at = r"\\ ", LENGTH_OF_ROW.match(text, at).end()  # type: ignore[union-attr] # it may be empty
                elif token[0] == r"\/":
                    piece = ""
            elif verbatim := VERBATIM.match(text, token.start()):
                piece, at = (
                    self.spliced(f"<mtext><code>{elements.escaped(verbatim['text'])}</code></mtext>"),
                    verbatim.end(),
                )
            elif handler := self._handlers.get(name):
                piece, at = handler(text, token.start())
                piece = f" {piece}" if piece[:1].isalnum() else piece  # no part of a command before it
            else:
                piece, at = token[0], token.end()
            parts.append(piece)
        return "".join((*parts, text[at:]))

    def spliced(self, made: str) -> str:
        """Return what stands for something that is MathML already."""
        self.made.append(made)
        return chr(FIRST + len(self.made) - 1)

    def small(self, matrix: str) -> str:
        """Return what stands for a matrix in the size of scripts."""
        return self.spliced(self._convert(matrix).replace('scriptlevel="0"', 'scriptlevel="1"', 1))

    def with_line_below(self, array: str) -> str:
        """Return what stands for an array that ends with a line."""
        return self.spliced(elements.with_line_below(self._convert(array)))

    def words(self, text: str, command: str = r"\text") -> str:
        """Return words of a formula, in which there may be formulas."""
        return words.written(text, command, self.written)

    def _environment(self, text: str, at: int) -> tuple[str, int]:
        return environments.written(self, text, at)

    def _dropped(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        return "", argument(text, at)[1] if name in ("label", "require") else at

    def _tag(self, text: str, at: int) -> tuple[str, int]:
        """Keep a mark, which may have formulas and any letters: the converter has a few, so one that stands for it."""
        _, star, at = command(text, at)
        mark, at = argument(text, at)
        self.made.append(self._convert(self.words(mark if star else f"({mark})")))
        self.tags.append(rf"\tag*{{{MARK}{len(self.made) - 1}}}")
        return "", at

    def _delimiter(self, text: str, at: int) -> tuple[str, int]:
        r"""Write a bracket as a command where it is no bracket by itself: `\left<`."""
        name, _, at = command(text, at)
        bracket = BRACKET.match(text, at)
        return (rf"\{name}{BRACKETS[bracket[1]]} ", bracket.end()) if bracket else (f"\\{name}", at)

    def _dots_between(self, text: str, at: int) -> tuple[str, int]:
        """Set dots below a sign of relation, as a row of its own if they are one."""
        name, star, at = command(text, at)
        at = argument(text, at)[1]
        row = r"\vdots & \\ " if star else r"& \vdots \\ "
        return row if name == "shortvdotswithin" else r"\vdots ", at

    def _reference(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        label, at = argument(text, at)
        return self.words(label if name == "ref" else f"({label})"), at

    def _words(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        content, at = argument(text, at)
        return f"{{{self.words(content, tables.TEXTS[name])}}}", at

    def _sign(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        return rf"\text{{{in_words(name)}}}", at

    def _same(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        content, at = argument(text, at)
        # Of some the argument is no more a formula.
        return f"{tables.SAME[name]}{{{self.written(content)}}}", at

    def _letters(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        content, at = argument(text, at)
        return f"{{{''.join(letter_of(one, *tables.ALPHABETS[name]) for one in content)}}}", at

    def _size(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        end = end_of_cell(text, at)
        return self.spliced(elements.sized(self._convert(text[at:end]), tables.SIZES[name])), end

    def _colour(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        model, at = option(text, at)
        said, at = argument(text, at)
        colour = self._colours.get(said.strip()) or colour_of(model, said)
        if name == "textcolor":
            content, at = argument(text, at)
            return rf"{{\color{colour} {self.written(content)}}}", at
        return rf"\color{colour}", at

    def _define_colour(self, text: str, at: int) -> tuple[str, int]:
        (name, model, said), at = arguments(text, command(text, at)[2], 3)
        self._colours[name.strip()] = colour_of(model.strip(), said)
        return "", at

    def _operator(self, text: str, at: int) -> tuple[str, int]:
        return operators.written(self, text, at)

    def _without_limits(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        content, at = argument(text, at)
        limits = operators.LIMITS.match(text, at)
        return rf"\{name}{{{self.written(content)}}}", limits.end() if limits else at

    def _root(self, text: str, at: int) -> tuple[str, int]:
        """Set a root; where its index stands is not for a book to say."""
        degree, end = option(text, command(text, at)[2])
        return (rf"\sqrt[{self.written(ROOTS.sub('', degree))}]" if degree else r"\sqrt "), end

    def _root_of(self, text: str, at: int) -> tuple[str, int]:
        """Set a root as plain TeX writes it."""
        at = command(text, at)[2]
        of = text.find(r"\of", at)
        if of < 0:
            raise Unsupported(r"\root")
        content, end = argument(text, of + len(r"\of"))
        return rf"\sqrt[{self.written(ROOTS.sub('', text[at:of]))}]{{{self.written(content)}}}", end

    def _space(self, text: str, at: int) -> tuple[str, int]:
        length, at = argument(text, command(text, at)[2])
        return rf"\hspace{{{length}}}", at

    def _raised(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        length = elements.LENGTH.match(text, at)
        if length is None:
            raise Unsupported(f"\\{name}")
        content, end = argument(text, length.end())
        return self.spliced(elements.raised(self._convert(content), length, down=name == "lower")), end

    def _unicode(self, text: str, at: int) -> tuple[str, int]:
        at = option(text, command(text, at)[2])[1]
        number, at = argument(text, at)
        with suppress(ValueError, OverflowError):
            base, digits = (16, number[1:]) if number[:1] in "xX" else (10, number)
            sign = chr(int(digits, base))
            if sign.isprintable():
                return rf"\text{{{sign}}}" if sign.isascii() or not sign.isalpha() else sign, at
        raise Unsupported(r"\unicode")

    def _buildrel(self, text: str, at: int) -> tuple[str, int]:
        end = text.find(r"\over", at)
        if end < 0:
            raise Unsupported(r"\buildrel")
        above = text[at + len(r"\buildrel") : end]
        below, at = argument(text, end + len(r"\over"))
        return rf"\overset{{{self.written(above)}}}{{{self.written(below)}}}", at

    def _substack(self, text: str, at: int) -> tuple[str, int]:
        rows, at = argument(text, command(text, at)[2])
        return rf"\begin{{subarray}}{{c}}{self.written(rows)}\end{{subarray}}", at

    def _chemistry(self, text: str, at: int) -> tuple[str, int]:
        name, _, at = command(text, at)
        formula, at = argument(text, at)
        written = chemistry.written(formula) if name == "ce" else chemistry.quantity(formula)
        if written is None:
            raise Unsupported(f"\\{name}")
        return f"{{{self.written(written)}}}", at

    def _element(self, text: str, at: int) -> tuple[str, int]:
        """Set what is MathML by itself."""
        name, _, at = command(text, at)
        element = elements.ELEMENTS[name]
        said, at = option(text, at) if element.optional else ("", at)
        given = []
        for kind in element.arguments:
            one, at = option(text, at) if kind == "o" else argument(text, at)
            given.append(one)
        parts = [
            self._convert(one) if kind == "f" else self._convert(self.words(one)) if kind == "w" else one
            for kind, one in zip(element.arguments, given, strict=True)
        ]
        made = element.make(said, *parts)
        if made is None:
            raise Unsupported(f"\\{name}")
        return self.spliced(made), at
