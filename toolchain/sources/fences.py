"""Fences, and tags of HTML, that a page opens and never closes: CommonMark lets each end with what it stands in, and says nothing.

They are found in the tokens of the page's own parser, so that what a fence is, and where one ends, is decided in one place.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct
from myst_parser.parsers.directives import parse_directive_text

from toolchain.model import Slip
from toolchain.sources.outline import DEEPEST, UNPARSED, Box

UNCLOSED, QUOTED = "unclosed", "quoted"
FENCES = ("fence", "colon_fence")
OPENING = re.compile(r"[ ]{0,3}(?P<markup>`{3,}|~{3,}|:{3,})[ ]*(?P<info>\{?[A-Za-z][^`\n]*)")
WITH_CODE = re.compile(r"[ >]*`{3,}[ ]*\{[\w:.+-]+\}.*`")
"""Was meant to open a directive whose title has code in it: a fence of backquotes takes none."""
TOO_SHORT = re.compile(
    rf"[ >]*(?::{{1,2}}|`{{1,2}}|~{{1,2}}) *\{{[\w:.+-]+\}}(?!`)|[ >]*:{{3,}}[ ]*[\w:.+-]+\}}|{WITH_CODE.pattern}"
)
"""Was meant to open a directive."""
BARE = re.compile(r"[ >]*(?P<markup>`{3,}|~{3,}|:{3,})[ ]*")
OPTION = re.compile(
    r":?(?P<key>class|label|name|tags):\s(?P<value>.*[“”„«»\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}].*)"
)
"""An option whose value is no text, and which nobody refuses, with a typographic quote in it."""
HTML = {
    "<!--": "-->",
    "<script": "</script>",
    "<style": "</style>",
    "<pre": "</pre>",
    "<textarea": "</textarea>",
}
"""What all of a text belongs to until it ends, and what ends it."""


class Fence(Struct, frozen=True):
    """A fence as the parser has found it. Lines are counted from 1."""

    markup: str
    info: str
    line: int
    end: int
    """Its last line."""
    closed: bool
    text: str = ""
    """What is between its lines, if that is no Markdown."""
    inner: "tuple[Fence, ...]" = ()

    @property
    def name(self) -> str:
        """How a message calls it."""
        return f"{self.markup}{(*self.info.split(maxsplit=1), '')[0]}"


def unclosed(text: str, parser: MarkdownIt) -> Iterator[Slip]:
    """Yield what a text, a page or a cell of Markdown, opens and never closes."""
    page = _Page(parser)
    fences = tuple(page.fences(text))
    yield from page.slips
    yield from _of_siblings(fences, text.splitlines())


class _Page:
    def __init__(self, parser: MarkdownIt) -> None:
        self.slips: list[Slip] = []
        self._parser = parser

    def fences(self, text: str, before: int = 0, depth: int = 0) -> Iterator[Fence]:
        """Yield the fences of some Markdown, of which so many lines of the page come before; those within are theirs."""
        tokens = self._parser.parse(f"{text}\n") if depth <= DEEPEST else ()
        for token in tokens:
            if token.type in FENCES and token.map:
                yield self._fence(token, before + token.map[0] + 1, depth)
            elif token.type == "html_block" and token.map:
                self._look_at_html(token.content.lstrip(), before + token.map[0] + 1)

    def _fence(self, token: Token, line: int, depth: int) -> Fence:
        first, last = token.map or (0, 0)
        info = token.info.strip()
        inner = _markdown(token.type, info, token.content)
        if info.startswith("{"):
            self._look_at_options(token.content, line)
        return Fence(
            markup=token.markup,
            info=info,
            line=line,
            end=line + last - first - 1,
            closed=last - first - 1 > token.content.count("\n"),
            text=token.content if inner is None else "",
            inner=tuple(self.fences(inner[0], line + inner[1], depth + 1)) if inner else (),
        )

    def _look_at_options(self, content: str, line: int) -> None:
        lines = content.splitlines()
        is_yaml = lines[:1] == ["---"]
        for number, text in enumerate(lines[1:] if is_yaml else lines, start=line + 1 + is_yaml):
            if text.startswith("---") if is_yaml else not text.startswith(":"):
                return
            if option := OPTION.fullmatch(text):
                self.slips.append(
                    Slip(
                        kind=QUOTED,
                        message=f"the value of {option['key']} has typographic quotes: {option['value']}",
                        remedy="Write it without quotes, or between straight ones.",
                        line=number,
                    )
                )

    def _look_at_html(self, html: str, line: int) -> None:
        for opening, closing in HTML.items():
            if html.lower().startswith(opening) and closing not in html.lower():
                self.slips.append(
                    Slip(
                        kind=UNCLOSED,
                        message=f"“{opening}” opened in line {line} is never closed",
                        remedy=f"Close it with “{closing}”: it takes all that follows.",
                        line=line,
                    )
                )


def _markdown(kind: str, info: str, content: str) -> tuple[str, int] | None:
    """Return the Markdown in a fence, and how many lines of the fence's text come before; None if it has none."""
    name, arguments = (*info.split(maxsplit=1), "", "")[:2]
    directive = name[1:-1].lower() if name.startswith("{") and name.endswith("}") else ""
    if directive in UNPARSED or (not directive and kind == "fence"):
        return None
    if not directive or content.startswith(":::"):
        return content, 0
    parsed = parse_directive_text(Box, arguments, content, validate_options=False)
    return "\n".join(parsed.body), parsed.body_offset


def _of_siblings(fences: tuple[Fence, ...], lines: list[str]) -> Iterator[Slip]:
    """Yield what is wrong with fences that stand in one text, and with those in them.

    What closes a fence may have been meant for one in it; the line that was meant to close it then opens another one,
    which is no slip of its own.
    """
    robbed: set[str] = set()
    end = 0
    for fence, following in pairwise([*fences, None]):
        if fence is None:
            return
        is_consequence = fence.markup[0] in robbed or (
            not fence.closed and _is_end_of_too_short(fence, end, lines)
        )
        end = fence.end
        if not fence.info and is_consequence:
            continue
        inner = fence.inner
        if not fence.closed:
            outside = following if following and _ends(following, fence, lines) else None
            inside = next((each for each in fence.inner if _fails_to_end(each, fence)), None)
            robbed |= {fence.markup[0]} if outside else set()
            inner = tuple(each for each in fence.inner if each is not inside)
            yield _never_closed(fence, outside, inside)
        elif other := _robber(fence, lines):
            robbed.add(fence.markup[0])
            inner = tuple(each for each in fence.inner if each.line != other[1])
            yield _closed_by_another(fence, *other)
        yield from _of_siblings(inner, lines)


def _robber(fence: Fence, lines: list[str]) -> tuple[str, int] | None:
    """Return what a fence has in it that its last line was meant to close: how it is called, and its line."""
    closing = BARE.fullmatch(lines[fence.end - 1]) if fence.end <= len(lines) else None
    length = len(closing["markup"]) if closing else len(fence.markup)
    for inner in reversed(fence.inner):
        if (
            not inner.closed
            and inner.markup[0] == fence.markup[0]
            and len(fence.markup) <= len(inner.markup) <= length
        ):
            return inner.name, inner.line
    # In a text that is no Markdown: a sample of it that is shown would begin with such a line.
    for number, text in enumerate(fence.text.splitlines()[1:], start=fence.line + 2):
        opening = OPENING.fullmatch(text)
        if opening and opening["markup"][0] == fence.markup[0]:
            opened = len(opening["markup"])
            if len(fence.markup) <= opened <= length:
                return f"{opening['markup']}{opening['info'].split()[0]}", number
    return None


def _is_end_of_too_short(fence: Fence, after: int, lines: list[str]) -> bool:
    """Say whether a line that opens a fence was meant to close one that another line has failed to open."""
    return any(TOO_SHORT.match(line) for line in lines[after : fence.line - 1])


def _ends(following: Fence, fence: Fence, lines: list[str]) -> bool:
    """Say whether a fence is the line that was meant to close the one before it, and stands in another place."""
    same = following.markup[0] == fence.markup[0] and len(following.markup) >= len(fence.markup)
    return same and not following.info and not any(map(str.strip, lines[fence.end : following.line - 1]))


def _fails_to_end(inner: Fence, fence: Fence) -> bool:
    """Say whether a fence is the line that was meant to close the one around it, and is too short or has words on it."""
    return not inner.closed and inner.markup[0] == fence.markup[0] and not inner.info.startswith("{")


def _closed_by_another(fence: Fence, name: str, line: int) -> Slip:
    return Slip(
        kind=UNCLOSED,
        message=(
            f"the fence “{fence.name}” opened in line {fence.line} is never closed: "
            f"the end of “{name}” in line {line} ends it too early"
        ),
        remedy=(
            f"Close it before line {line} with “{fence.markup}”; "
            f"if one is in the other, the outer one is “{fence.markup[0]}{fence.name}”."
        ),
        line=fence.line,
    )


def _never_closed(fence: Fence, outside: Fence | None, inside: Fence | None) -> Slip:
    if outside:
        remedy = f"Indent line {outside.line} as far as line {fence.line}: there it closes nothing."
    elif inside:
        remedy = f"Line {inside.line} does not: that takes “{fence.markup}”, and nothing after it."
    else:
        remedy = f"Close it with a line of “{fence.markup}”."
    return Slip(
        kind=UNCLOSED,
        message=f"the fence “{fence.name}” opened in line {fence.line} is never closed",
        remedy=remedy,
        line=fence.line,
    )
