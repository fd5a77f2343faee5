"""Markdown as tokens that know where they stand, so that a change touches what it is about and nothing else.

markdown-it gives the lines of blocks, and of what is in a line nothing: each rule for inlines is wrapped, and notes where it
began and ended. What is in directives is parsed as well, as far as that is Markdown.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from typing import Any

from docutils.parsers.rst import Directive, directives
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from msgspec import Struct
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser

from toolchain.importing.text import Text
from toolchain.project.settings import MYST_EXTENSIONS
from toolchain.sources.outline import UNPARSED

Rule = Callable[[StateInline, bool], bool]
DEEPEST = 50
"""Directives within directives."""
MADE_OF_WORDS = frozenset(
    {
        "text",
        "softbreak",
        "hardbreak",
        "em_open",
        "em_close",
        "strong_open",
        "strong_close",
        "s_open",
        "s_close",
    }
)
"""Inlines whose marks may stand around words of the text."""


class AnyDirective(Directive):
    """Takes whatever a directive may have."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"any": directives.unchanged}  # noqa: RUF012 - as docutils has it


class Inline(Struct, frozen=True):
    """Something within lines, and where it stands in the whole text."""

    token: Token
    start: int
    end: int
    around: tuple[str, ...] = ()
    """Kinds of what it is in: `link_open`, `image`."""


class Block(Struct, frozen=True):
    """A block, and where its lines begin and end in the whole text; the end is that of the last line, without its newline."""

    token: Token
    start: int
    end: int
    depth: int
    """Of directives around it."""
    inlines: tuple[Inline, ...] = ()
    """Of a paragraph, a heading or a cell of a table."""
    words: tuple[tuple[int, int], ...] = ()
    """Where its plain text stands."""
    directive: "Fence | None" = None
    """Of a fence that is one."""
    within: str = ""
    """The token around a line of inlines: `paragraph_open`, `td_open`."""


class Option(Struct, frozen=True):
    """Where the line of an option begins and ends in the whole text, without its newline, and its key in that."""

    start: int
    end: int
    key: int
    key_end: int


class Fence(Struct, frozen=True):
    """A directive."""

    name: str
    argument: str
    options: dict[str, Any]
    places: dict[str, "Option"]
    """Where each option stands, in either of the two ways to write them."""
    body: int
    """Where its text begins in the whole text."""


_Line = list[int]


class _Origins:
    """Where the characters of a paragraph stand in the whole text."""

    def __init__(self, content: str, lines: list[_Line | None]) -> None:
        self.lines = lines
        self._starts = [0, *accumulate(len(line) + 1 for line in content.split("\n"))]

    def offset(self, position: int) -> int | None:
        """Return where a character stands; None if it is written in another way there."""
        number = bisect_right(self._starts, position) - 1
        line = self.lines[number]
        return None if line is None else line[position - self._starts[number]]


class _Region(Struct, frozen=True):
    """Lines of the whole text, each from where its content begins."""

    lines: list[str]
    starts: list[int]

    def end(self, line: int) -> int:
        """Return where a line ends."""
        return self.starts[line] + len(self.lines[line])


def parser(rules: dict[str, Rule] | None = None, extensions: tuple[str, ...] = MYST_EXTENSIONS) -> MarkdownIt:
    """Return a parser of Markdown as our pages are read, with rules for more inlines, tried before all others."""
    made = create_md_parser(
        MdParserConfig(enable_extensions=set(extensions), dmath_double_inline=True), RendererHTML
    )
    for name, rule in (rules or {}).items():
        made.inline.ruler.before("backticks", name, rule)
    for rule_ in list(made.inline.ruler.__rules__):
        made.inline.ruler.at(rule_.name, _located(rule_.fn), {"alt": rule_.alt})
    return made


def blocks(text: Text, made: MarkdownIt) -> list[Block]:
    """Return the blocks of a text in their order, those within directives after the directive."""
    region = _Region(text.lines, text.starts[:-1])
    found = list(_blocks(region, made, {}, 0))
    for block in found:
        children = block.token.children or [] if block.token.type == "inline" else []
        placed = sum("span" in inline.token.meta for inline in block.inlines if "image" not in inline.around)
        if placed < sum("span" in token.meta for token in children):
            text.lose(
                block.start, "a paragraph whose characters are written in another way", "Look at its markup."
            )
    return found


def _located(rule: Any) -> Rule:
    """Return a rule that notes where what it finds begins and ends, in the paragraph."""

    def wrapped(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        start, before, pending = state.pos, len(state.tokens), bool(state.pending)
        found = bool(rule(state, silent))
        if found and not silent:
            for token in state.tokens[before + pending :][:1]:
                token.meta = {**token.meta, "span": (start, state.pos)}
        return found

    return wrapped


def _blocks(region: _Region, made: MarkdownIt, env: dict[str, Any], depth: int) -> Iterator[Block]:
    if depth > DEEPEST:
        return
    tokens = made.parse("\n".join(region.lines) + "\n", env)
    cursors: dict[int, int] = {}
    for before, token in pairwise([Token("", "", 0), *tokens]):
        if token.map is None:
            continue
        first, last = token.map
        last = min(last, len(region.lines))
        while (
            last > first + 1
            and token.type not in ("fence", "colon_fence")
            and not region.lines[last - 1].strip()
        ):
            last -= 1
        start, end = region.starts[first], region.end(last - 1)
        if token.type == "inline":
            origins = _origins(token, region, first, cursors)
            inlines = tuple(_inlines(token.children or [], origins, 0, ()))
            yield Block(
                token,
                start,
                end,
                depth,
                inlines,
                tuple(_words(token.content, origins, inlines)),
                within=before.type,
            )
        elif token.type in ("fence", "colon_fence"):
            yield from _fence(token, region, made, env, depth)
        else:
            yield Block(token, start, end, depth)


def _origins(token: Token, region: _Region, first: int, cursors: dict[int, int]) -> _Origins:
    """Return where the characters of each line of a paragraph stand in the whole text, and its end; None if they do not."""
    origins: list[_Line | None] = []
    for number, line in enumerate(token.content.split("\n"), start=first):
        whole = region.lines[number] if number < len(region.lines) else ""
        # In cells of a table a bar has a backslash before it.
        for written in (line, line.replace("|", "\\|")):
            at = whole.find(written, cursors.get(number, 0))
            if at >= 0:
                start = region.starts[number] + at
                cursors[number] = at + len(written)
                bars = accumulate((char == "|" and written != line for char in line), initial=0)
                origins.append([start + column + before for column, before in enumerate(bars)])
                break
        else:
            origins.append(None)
    return _Origins(token.content, origins)


def _inlines(tokens: list[Token], origins: _Origins, base: int, around: tuple[str, ...]) -> Iterator[Inline]:
    open_: list[str] = []
    for token in tokens:
        if token.type in ("link_open", "span_open"):
            open_.append(token.type)
        elif token.type in ("link_close", "span_close") and open_:
            open_.pop()
        if "span" not in token.meta:
            continue
        begin, stop = token.meta["span"]
        start, end = (origins.offset(base + position) for position in (begin, stop))
        if start is None or end is None:
            continue
        within = (*around, *(open_[:-1] if token.type == "link_open" else open_))
        yield Inline(token, start, end, within)
        if token.type == "image" and token.children:
            yield from _inlines(token.children, origins, base + begin + len("!["), (*within, "image"))


def _words(content: str, origins: _Origins, inlines: tuple[Inline, ...]) -> Iterator[tuple[int, int]]:
    """Yield where the plain text of a paragraph stands, line by line: what no role, link, formula or code is in."""
    taken = sorted(
        (inline.start, inline.end)
        for inline in inlines
        if inline.token.type not in MADE_OF_WORDS and not inline.around
    )
    for line, origin in zip(content.split("\n"), origins.lines, strict=True):
        if origin is None:
            continue
        at, stop = origin[0], origin[len(line)]
        for start, end in taken:
            if start >= stop or end <= at:
                continue
            if start > at:
                yield at, start
            at = max(at, end)
        if at < stop:
            yield at, stop


def _fence(
    token: Token, region: _Region, made: MarkdownIt, env: dict[str, Any], depth: int
) -> Iterator[Block]:
    first, last = token.map or (0, 0)
    last = min(last, len(region.lines))
    start, end = region.starts[first], region.end(last - 1)
    name, argument = (*token.info.strip().split(maxsplit=1), "", "")[:2]
    is_directive = name.startswith("{") and name.endswith("}")
    is_box = not is_directive and token.type == "colon_fence"
    if not is_directive and not is_box:
        yield Block(token, start, end, depth)
        return
    inner = _content(token, region, first)
    if not is_directive:
        yield Block(token, start, end, depth)
        yield from _blocks(inner, made, env, depth + 1) if inner.lines else ()
        return
    parsed = parse_directive_text(AnyDirective, argument, token.content, validate_options=False)
    offset = min(parsed.body_offset, len(inner.starts))
    directive = Fence(
        name[1:-1].lower(),
        argument,
        parsed.options,
        _options(inner, offset),
        inner.starts[offset] if offset < len(inner.starts) else end,
    )
    yield Block(token, start, end, depth, directive=directive)
    if directive.name not in UNPARSED and inner.lines[offset:]:
        yield from _blocks(_Region(inner.lines[offset:], inner.starts[offset:]), made, env, depth + 1)


def _content(token: Token, region: _Region, first: int) -> _Region:
    """Return the lines in a fence, without the indent that it has itself."""
    lines = token.content.removesuffix("\n").split("\n") if token.content else []
    outside = region.lines[first + 1 : first + 1 + len(lines)]
    starts = [
        region.starts[first + 1 + number] + len(whole) - len(line)
        for number, (line, whole) in enumerate(zip(lines, outside, strict=False))
        if whole.endswith(line)
    ]
    return _Region(lines, starts) if len(starts) == len(lines) else _Region([], [])


def _options(inner: _Region, offset: int) -> dict[str, Option]:
    found = {}
    is_yaml = inner.lines[:1] == ["---"]
    for number, line in enumerate(inner.lines[:offset]):
        key, colon, _ = line[not is_yaml :].partition(":")
        if colon and line[:1].strip() and (is_yaml or line.startswith(":")):
            start = inner.starts[number]
            found[key.strip()] = Option(
                start, inner.end(number), start + (not is_yaml), start + (not is_yaml) + len(key)
            )
    return found
