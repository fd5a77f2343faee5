"""Check of the site's text: markup that was meant to be read by the toolchain and is read by people."""

import re
from collections import deque
from collections.abc import Iterator
from itertools import takewhile

from toolchain.check.base import BuiltBook, Check
from toolchain.model import Finding
from toolchain.model.facts import GAP
from toolchain.sources.fences import WITH_CODE

ROLES = (
    r"abbr|any|button-(?:link|ref)|cite(?::\w+)?|code|doc|download|envvar|eq|file|footcite|index|kbd|math|menuselection|"
    "numref|program|ref|samp|sub|sup|term|token"
)
QUOTES = "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
"""What typography makes of a straight one."""
NAME = r"[A-Za-z][\w:.+-]*"
CODE = rf"[`{GAP}]"
RAW = re.compile(
    "|".join(
        (
            rf"\{{{NAME}\}}{CODE}",  # a role whose braces or backquotes were escaped, or in raw HTML
            rf"\{{(?:{ROLES})\}} *[`'{QUOTES}{GAP}]",
            rf"(?:(?<!`)`{{3,}}+|(?<!~)~{{3,}}+|(?<!:):{{3,}}+) *\{{ *{NAME} *\}}",  # a directive's fence
            rf"^ *:{{1,2}} *\{{ *{NAME} *\}}",  # too short a one
            r"^ *:{3,} *$",  # the end of one
            r"^\([\w.:-]*\w\)= *$|^\(\w+-[\w-]+\)=",  # a label
            r"\]\((?:\#|https?://|\.{1,2}/)|\] ?\((?:\#|[^()\n]+\.(?:md|ipynb)\b)",  # a link
            r"!\[[^\]\n]{0,999}\]\(",  # an image
            rf"[\])`{GAP}]\{{ *[.#][A-Za-z][^}}\n]*\}}?",  # attributes
            rf"(?<![\w:]):(?:{ROLES}):{CODE}",  # as reStructuredText has roles
            rf"^ *\.\. {NAME}::",  # and directives
        )
    )
)
WORD = re.compile(r"\w+")
REMEDY_OF_TITLES = "Open and close it with colons: a fence of backquotes has none in its title."
AROUND = 24
"""Characters on both sides that tell one place in a source from another."""


class RawMarkup(Check):
    """A role, directive, label or link that readers see as it was typed."""

    id = "HTML002"
    title = "markup is shown as it was typed"
    needs = frozenset({"html"})
    follows = frozenset({"SRC027"})
    explanation = (
        "A role, a directive, a label or a link stands in the text of a page as it was typed. Inside raw HTML no markup "
        "is read: leave an empty line before and after it there. {name} and the backquote after it belong together, "
        "(label)= stands alone in its line, and an address has no space in it. What is to be shown as an example is "
        "put in backquotes or in a block of code."
    )

    def findings(self, built: BuiltBook) -> Iterator[Finding]:
        """Search the words of every page of the book, outside code and formulas; a line has one finding."""
        for document in built.book.documents:
            page = built.site.pages.get(f"{document.name}.html")
            previous, numbered = 0, list(built.numbered(document.path)) if page else []
            lines = [line for _, line in numbered]
            for match in built.silent.search_text(page.text, self.id, _raw) if page else ():
                at = _line(lines, match, previous)
                previous = at or previous
                path = document.path if at else f"{built.site.folder}/{document.name}.html"
                line = numbered[at - 1][0] if at else None
                typed = "".join(built.lines(document.path)[line - 1 : line]) if line else ""
                remedy = REMEDY_OF_TITLES if WITH_CODE.match(typed) else ""
                yield self.found(f"shown as it was typed: {_readable(match[0])}", path, line, remedy)


def _raw(text: str) -> Iterator[re.Match[str]]:
    """Yield the first markup of each line."""
    return (match for line in text.splitlines() if (match := RAW.search(line)))


def _readable(markup: str) -> str:
    """Return markup as a message shows it, with dots for the code that is left out."""
    return markup.strip().replace(GAP, "`…`")


def _line(lines: list[str], match: re.Match[str], previous: int) -> int | None:
    """Return the line of the source that reads like a match on the page; None if none does.

    Of several it is the first one after the line of the previous match, if there is any after it.
    """
    leading = WORD.findall(match.string[max(match.start() - AROUND, 0) : match.start()])
    trailing = WORD.findall(match.string[match.end() : match.end() + AROUND])
    markup = "".join(map(_typed, match[0].strip()))
    for like in ((*leading, _unread(markup), *trailing), (*leading, markup, *trailing), (markup,)):
        # Each at its first place after the one before, for good: to try others would take without end in a long line.
        pattern = re.compile("".join(f"(?>.*?{part})" for part in like))
        numbers = [number for number, text in enumerate(lines, start=1) if pattern.match(text)]
        # Without a gap nothing in it was read, as in raw HTML: the same elsewhere is not what is meant.
        if GAP not in match[0]:
            numbers = [number for number in numbers if _in_raw_html(lines, number)] or numbers
        if numbers:
            return next((number for number in numbers if number > previous), numbers[0])
    return None


def _in_raw_html(lines: list[str], number: int) -> bool:
    """Say whether a line is in a block, up to an empty line, that begins with a tag."""
    block = takewhile(str.strip, reversed(lines[:number]))
    return next(iter(deque(block, maxlen=1)), "").lstrip().startswith("<")


def _typed(character: str) -> str:
    """Return a pattern of how a character of the page may stand in its source."""
    if character == GAP:
        return r"(?:\\?`|<code)"
    if character in QUOTES:
        return "'"
    return rf"\\?{re.escape(character)}" if not character.isalnum() else character


def _unread(markup: str) -> str:
    """Return a pattern of markup that has a backslash in it."""
    return rf"(?=\S{{0,999}}\\){markup}"
