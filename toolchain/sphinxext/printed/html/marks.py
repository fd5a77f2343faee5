"""What sets words of HTML apart from those around them, and where lines end."""

import re
from collections.abc import Callable, Sequence

from docutils import nodes
from lxml.html import HtmlElement
from sphinx.application import Sphinx
from sphinx.writers.latex import LaTeXTranslator

from toolchain.sphinxext.printed.html.styles import SPACES

BREAK = "\N{LINE SEPARATOR}"
FOLLOWED = re.compile(r"(?:https?://|mailto:)[^\s\\{}]+")
"""Addresses that lead somewhere from paper and from a PDF."""
KINDS: dict[str, type[nodes.TextElement]] = {
    **dict.fromkeys(("b", "strong", "mark", "dt", "summary", "legend"), nodes.strong),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), nodes.strong),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), nodes.emphasis),
    **dict.fromkeys(("code", "samp", "tt"), nodes.literal),
    "sub": nodes.subscript,
    **dict.fromkeys(("sup", "rt"), nodes.superscript),
}
RAISED = (nodes.subscript, nodes.superscript)
SHORT = 20
"""Letters of an index; of more words it is small print."""
LINED = {"u": "bookunder", "ins": "bookunder"} | dict.fromkeys(("s", "del", "strike"), "bookstruck")
"""LaTeX's names of lines below and through words."""
DRAWN = re.compile("([\u2500-\u259f]+)")
"""Boxes and blocks, which the font of the text does not have."""
OPENING, CLOSING = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
BLANK = re.compile(r"[ \t\n\r\f]+")


class LineBreak(nodes.Inline, nodes.Element):
    """The end of a line."""

    def astext(self) -> str:
        """Return what ends lines in a text."""
        return BREAK


class Lined(nodes.Inline, nodes.TextElement):
    """A word with a line below it or through it, by its attribute `macro`."""


def words(text: str, kept: str | None = None) -> list[nodes.Node]:
    """Return a text as nodes; `kept` says whether its lines and spaces count, as `settle` notes it."""
    if not kept:
        return _drawn(BLANK.sub(" ", text))
    found: list[nodes.Node] = []
    for number, line in enumerate(text.replace("\r", "").split("\n")):
        found += [LineBreak()] * bool(number)
        found += _drawn(_spaced(line) if kept == SPACES else BLANK.sub(" ", line))
    return found


def _spaced(line: str) -> str:
    """Return a line of which all spaces are shown; where there is one, the line may still be broken."""
    return re.sub(r"^ +| {2,}", lambda match: "\N{NO-BREAK SPACE}" * len(match[0]), line.expandtabs(8))


def _drawn(text: str) -> list[nodes.Node]:
    """Return a text of which boxes are set in the font of code."""
    parts = DRAWN.split(text)
    return [
        nodes.literal(part, part) if number % 2 else nodes.Text(part)
        for number, part in enumerate(parts)
        if part
    ]


def formatted(element: HtmlElement, children: Sequence[nodes.Node]) -> list[nodes.Node]:
    """Return the content of an element as the element sets it."""
    tag, found = str(element.tag), list(children)
    if not found:
        return []
    if tag == "kbd":
        return [nodes.literal("", "", *found, classes=["kbd"])]
    if macro := LINED.get(tag):
        return _each_word(found, lambda word: Lined("", word, macro=macro))
    if kind := KINDS.get(tag):
        is_long = kind in RAISED and sum(len(node.astext()) for node in found) > SHORT
        return _each_word(found, lambda word: kind("", word)) if is_long else [kind("", "", *found)]
    return _explained(element, tag, found)


def _explained(element: HtmlElement, tag: str, children: list[nodes.Node]) -> list[nodes.Node]:
    """Return the content of an element with what the element adds to it: quotes, a meaning, an address."""
    address = element.get("href", "").strip()
    if tag == "q":
        return [nodes.Text(OPENING), *children, nodes.Text(CLOSING)]
    if tag == "abbr" and element.get("title"):
        return [nodes.abbreviation("", "", *children, explanation=element.get("title"))]
    if tag == "a" and FOLLOWED.fullmatch(address):
        return [nodes.reference("", "", *children, refuri=address)]
    return children


def _each_word(children: Sequence[nodes.Node], mark: Callable[[str], nodes.TextElement]) -> list[nodes.Node]:
    """Return children with each word marked by itself: LaTeX breaks nothing that is marked so."""
    around = nodes.inline("", "", *children)
    for text in list(around.findall(nodes.Text)):
        parts = re.split(r"([ \n]+)", text.astext())
        new = [mark(part) if part.strip() else nodes.Text(part) for part in parts if part]
        text.parent.replace(text, new)
    return list(around.children)


def as_line(blocks: Sequence[nodes.Node]) -> list[nodes.Node]:
    """Return blocks as parts of one line; what is no paragraph by its words."""
    found: list[nodes.Node] = []
    for block in blocks:
        found += [nodes.Text(" ")] * bool(found)
        found += block.children if isinstance(block, nodes.paragraph) else words(block.astext())
    return found


def setup(app: Sphinx) -> None:
    """Say how LaTeX has what only HTML has."""
    app.add_node(LineBreak, latex=(_break_line, None))
    app.add_node(Lined, latex=(_open, _close))


def _break_line(translator: LaTeXTranslator, _node: LineBreak) -> None:
    translator.body.append(r"\bookbreak{}")
    raise nodes.SkipNode


def _open(translator: LaTeXTranslator, node: Lined) -> None:
    translator.body.append(rf"\{node['macro']}{{")


def _close(translator: LaTeXTranslator, _node: Lined) -> None:
    translator.body.append("}")
