"""The expressions in a page's text, `{eval}`, as MyST reads them: from the tokens of its Markdown."""

import copy
import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import Any

from docutils.parsers.rst import Directive, directives
from docutils.parsers.rst.states import MarkupError
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from msgspec import Struct
from myst_parser.config.main import MdParserConfig, merge_file_level
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser

from toolchain.model import Expression
from toolchain.sources.outline import DEEPEST, UNPARSED

ROLE = "eval"
DIRECTIVES = frozenset({"eval", "eval:figure"})
FORMULA, HTML, ALTERNATIVE, OPTION = "a formula", "raw HTML", "an alternative text", "an option"
ARGUMENT = "what a directive is given"
CAPTION = re.compile(r"\s*:?caption:\s")
"""Begins an option that is read like text."""
ANY = re.compile(r"\{eval(?::figure)?\}", re.IGNORECASE)
TYPED = re.compile(r"\{eval\}(`+)(.+?)\1", re.IGNORECASE | re.DOTALL)
"""One as it stands in text that is not read for its markup."""
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
WORDS_INSIDE = frozenset({"csv-table", "parsed-literal"})
"""Directives whose text has roles, though it is no Markdown otherwise."""
UNREAD = {
    "math_inline": FORMULA,
    "math_inline_double": FORMULA,
    "math_block": FORMULA,
    "math_block_label": FORMULA,
    "amsmath": FORMULA,
    "html_block": HTML,
    "html_inline": HTML,
}
"""Tokens of what is shown as it is written, but for comments, with what that is."""
NO_WORDS = UNPARSED | {"figure", "toctree", "index"}
"""Directives whose argument is no text."""


class Text(Struct, frozen=True):
    """A text of a page: one of its cells, or all of it."""

    markdown: str
    lines: Sequence[str] = ()
    """Of the source file, from those on which it begins; none of an .ipynb."""
    line: int = 0
    """Of the first of them, counted from 1; 0 for an .ipynb."""
    after: int = 0
    """How many code cells stand before it."""
    cell: bool = False
    """Whether it is a cell, which has no front matter of its own."""


class _Box(Directive):
    """Any directive: its argument, its options and its body may have expressions in them."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"any": directives.unchanged}  # noqa: RUF012 - as docutils has it


def expressions(
    texts: Iterable[Text], metadata: dict[str, Any], config: MdParserConfig
) -> tuple[Expression, ...]:
    """Return the expressions that stand in a page's text, those in its boxes, tables and captions among them.

    What is code or a comment has none. An expression where no markup is read, as in a formula, is among them and says so:
    a reader sees its characters.
    """
    texts = [text for text in texts if ANY.search(text.markdown)]
    if not texts:
        return ()
    if "myst" in metadata:
        config = merge_file_level(config, copy.deepcopy(metadata), lambda *_: None)
    page = _Page(config)
    for text in texts:
        page.read(text)
    return tuple(page.found)


class _Page:
    def __init__(self, config: MdParserConfig) -> None:
        self.found: list[Expression] = []
        in_cell = dataclasses.replace(config, disable_syntax=[*config.disable_syntax, "front_matter"])
        self._parsers = {
            is_cell: create_md_parser(config_of_text, RendererHTML)
            for is_cell, config_of_text in ((False, config), (True, in_cell))
        }
        self._text = Text("")
        self._at = 0
        """Index of the line of the expression that was found last, or of the block that is read."""

    def read(self, text: Text) -> None:
        self._text, self._at = text, 0
        self._read(text.markdown, is_cell=text.cell)

    def _read(self, markdown: str, *, is_cell: bool = True, depth: int = 0) -> None:
        if depth > DEEPEST or not ANY.search(markdown):
            return
        for token in self._parsers[is_cell].parse(f"{markdown}\n", {}):
            if depth == 0 and token.map:
                self._at = max(self._at, token.map[0])
            if token.type in ("fence", "colon_fence"):
                self._read_fence(token, depth + 1)
            else:
                self._look_at([token])

    def _look_at(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.type == "myst_role" and str(token.meta.get("name", "")).lower() == ROLE:
                self._add(token.content)
            elif token.type in UNREAD:
                self._add_unread(COMMENT.sub("", token.content), UNREAD[token.type])
            if token.type == "image":
                self._add_unread(token.content, ALTERNATIVE)
            else:
                self._look_at(token.children or ())

    def _read_fence(self, token: Token, depth: int) -> None:
        info, argument = (*token.info.split(maxsplit=1), "", "")[:2]
        directive = info[1:-1].lower() if info.startswith("{") and info.endswith("}") else ""
        if directive in DIRECTIVES and argument.strip():
            self._add(argument.strip(), typed=argument.strip())
        elif directive in NO_WORDS and directive != "csv-table":
            self._add_unread(argument, ARGUMENT)
        elif directive:
            self._read_line(argument)
        if directive:
            try:
                body = parse_directive_text(_Box, argument, token.content).body
            except MarkupError:
                return
            lines = token.content.splitlines()
            for option in lines[: len(lines) - len(body)]:
                if CAPTION.match(option) and directive != "toctree":
                    self._read_line(option)
                else:
                    self._add_unread(option, OPTION)
            self._read_body(directive, "\n".join(body), depth)
        elif token.type == "colon_fence":
            self._read(token.content, depth=depth)

    def _read_body(self, directive: str, body: str, depth: int) -> None:
        if directive in WORDS_INSIDE:
            self._read_line(body)
        elif directive == "math":
            self._add_unread(body, FORMULA)
        elif directive not in UNPARSED:
            self._read(body, depth=depth)

    def _read_line(self, text: str) -> None:
        """Read what has roles and no blocks."""
        tokens: list[Token] = []
        parser = self._parsers[True]
        parser.inline.parse(text, parser, {}, tokens)
        self._look_at(tokens)

    def _add_unread(self, text: str, where: str) -> None:
        for match in TYPED.finditer(text):
            self._add(match[2].replace("\n", " "), unread=where)

    def _add(self, source: str, typed: str = "", unread: str = "") -> None:
        """Add an expression; it stands on the first line from where the last one was that has its text."""
        needle, lines = typed or f"`{source}", self._text.lines
        self._at = next((at for at in range(self._at, len(lines)) if needle in lines[at]), self._at)
        line = self._text.line + self._at if lines else 0
        self.found.append(Expression(source=source, after=self._text.after, line=line, unread=unread))
