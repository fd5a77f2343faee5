"""Check of the site's text: markup that was meant to be read by the toolchain and is read by people."""

import re
from collections import deque
from collections.abc import Iterator
from itertools import takewhile

from toolchain.check.base import BuiltBook, Check
from toolchain.model import Finding
from toolchain.model.facts import GAP

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
            rf"(?:`{{3,}}|~{{3,}}|:{{3,}}) *\{{ *{NAME} *\}}",  # a directive's fence
            rf"^ *:{{1,2}} *\{{ *{NAME} *\}}",  # too short a one
            r"^ *:{3,} *$",  # the end of one
            r"^\([\w.:-]*\w\)= *$|^\(\w+-[\w-]+\)=",  # a label
            r"\]\((?:\#|https?://|\.{1,2}/)|\] ?\((?:\#|[^()\n]+\.(?:md|ipynb)\b)",  # a link
            r"!\[[^\]\n]*\]\(",  # an image
            rf"[\])`{GAP}]\{{ *[.#][A-Za-z][^}}\n]*\}}?",  # attributes
            rf"(?<![\w:]):(?:{ROLES}):{CODE}",  # as reStructuredText has roles
            rf"^ *\.\. {NAME}::",  # and directives
        )
    )
)
WORD = re.compile(r"\w+")
AROUND = 24
"""Characters on both sides that tell one place in a source from another."""


class RawMarkup(Check):
    """A role, directive, label or link that readers see as it was typed."""

    id = "HTML002"
    title = "markup is shown as it was typed"
    needs = frozenset({"html"})
    explanation = (
        "A role, a directive, a label or a link stands in the text of a page as it was typed. Inside raw HTML no markup "
        "is read: leave an empty line before and after it there. {name} and the backquote after it belong together, "
        "(label)= stands alone in its line, and an address has no space in it. What is to be shown as an example is "
        "put in backquotes or in a block of code."
    )

    def findings(self, made: BuiltBook) -> Iterator[Finding]:
        """Search the words of every page of the book, outside code and formulas; a line has one finding."""
        for document in made.book.documents:
            page = made.site.pages.get(f"{document.name}.html")
            after = 0
            for text in page.text.splitlines() if page else ():
                if found := RAW.search(text):
                    line = _line(made.lines(document.path), found, after)
                    after = line or after
                    known = line or document.path.endswith(".ipynb")
                    path = document.path if known else f"{made.site.folder}/{document.name}.html"
                    yield self.found(f"shown as it was typed: {_said(found[0])}", path, line)


def _said(markup: str) -> str:
    return markup.strip().replace(GAP, "`…`")


def _line(lines: list[str], found: re.Match[str], after: int) -> int | None:
    """Return the line of the source, after another if there is one, that reads like the one on the page."""
    before = ".*?".join(WORD.findall(found.string[max(found.start() - AROUND, 0) : found.start()]))
    behind = ".*?".join(WORD.findall(found.string[found.end() : found.end() + AROUND]))
    markup = "".join(map(_typed, found[0].strip()))
    for like in (f"{before}.*?{_unread(markup)}.*?{behind}", f"{before}.*?{markup}.*?{behind}", markup):
        pattern = re.compile(like)
        at = [n for n, each in enumerate(lines, start=1) if pattern.search(each)]
        if (
            GAP not in found[0]
        ):  # nothing in it was read, as in raw HTML: the same elsewhere is not what is meant
            at = [n for n in at if _in_raw_html(lines, n)] or at
        if at:
            return next((n for n in at if n > after), at[0])
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
    """Return a pattern of the same, with a backslash in it."""
    return rf"(?=\S*\\){markup}"
