"""What pybtex has no words for, such as a formula, passes through it as characters that mean nothing to it; through Sphinx as well.

They are of Unicode's private planes: no case, no brace and no command, so that nothing in between changes them. On the
page they become what they stand for.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.sphinxext.placing import put

TAGS: dict[str, type[nodes.TextElement]] = {
    "em": nodes.emphasis,
    "strong": nodes.strong,
    "tt": nodes.literal,
    "sup": nodes.superscript,
    "sub": nodes.subscript,
    "math": nodes.math,
    "link": nodes.reference,
}
NAMES: dict[type[nodes.Element], str] = {kind: name for name, kind in TAGS.items() if name != "link"}
_FIRST, _LITERAL = 0xF0000, 0x100000
OPEN = {name: chr(_FIRST + number) for number, name in enumerate(TAGS)}
"""Begins each of these."""
CLOSE, END_OF_ADDRESS = chr(_FIRST + 0x100), chr(_FIRST + 0x101)
MARKS = {mark: name for name, mark in OPEN.items()} | {CLOSE: "", END_OF_ADDRESS: "address"}
SPLIT = re.compile(f"([{''.join(MARKS)}])")
ANY = re.compile(f"[{chr(_FIRST)}-{chr(0x10FFFF)}]")
LINK = re.compile(f"{OPEN['link']}[^{END_OF_ADDRESS}]*{END_OF_ADDRESS}")
MOST = 0xFFFD
"""Of what can stand for itself in this way, the last character."""
LATER = 12
"""After references have become what they show."""
REGISTERS = re.compile(r"https://(?:doi\.org|arxiv\.org/abs)/(?P<number>.+)")
SAFE = "/:;(),.-_~!*'+@=&$%"
"""What an address has as it is; a percent sign is the beginning of what is escaped already."""


def literal(text: str) -> str:
    """Return text that nothing takes for markup."""
    return "".join(chr(_LITERAL + ord(character)) if ord(character) <= MOST else "?" for character in text)


def plain(text: str) -> str:
    """Return what a text with marks says, as it is where only characters are shown."""
    return "".join(map(_character, SPLIT.sub("", LINK.sub("", text))))


def _character(mark: str) -> str:
    return chr(ord(mark) - _LITERAL) if ord(mark) >= _LITERAL else mark


def marked(node: nodes.Node) -> str:
    """Return what an element has in it as a text with marks; of a link its words, and nothing of a picture or of a note."""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, nodes.image | nodes.raw | nodes.footnote_reference):
        return ""
    if not isinstance(node, nodes.Element) or not node.children:
        return node.astext()
    inner = "".join(map(marked, node.children))
    name = NAMES.get(type(node))
    return f"{OPEN[name]}{inner}{CLOSE}" if name else inner


class _Open(NamedTuple):
    """What has begun and not ended, with what is in it."""

    name: str
    address: list[str]
    content: list[nodes.Node]


def set_marks(children: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Return what the children of an element with marks in its text stand for."""
    stack = [_Open("", [], [])]
    for child in children:
        pieces = SPLIT.split(child.astext()) if isinstance(child, nodes.Text) else [child]
        for piece in pieces:
            if not isinstance(piece, str):
                stack[-1].content.append(piece)
            elif piece == CLOSE:
                _close(stack)
            elif piece == END_OF_ADDRESS:
                stack[-1].address.append("".join(node.astext() for node in stack[-1].content))
                stack[-1].content.clear()
            elif piece in MARKS:
                stack.append(_Open(MARKS[piece], [], []))
            elif piece:
                stack[-1].content.append(nodes.Text(plain(piece)))
    while len(stack) > 1:
        _close(stack)
    return stack[0].content


def _close(stack: list[_Open]) -> None:
    if len(stack) == 1:
        return
    begun = stack.pop()
    text = "".join(node.astext() for node in begun.content)
    if begun.name == "math":
        stack[-1].content.append(nodes.math(text, text))
    elif begun.name == "link":
        stack[-1].content.append(nodes.reference("", "", *begun.content, refuri="".join(begun.address)))
    else:
        stack[-1].content.append(TAGS[begun.name]("", "", *begun.content))


class Marks(SphinxPostTransform):
    """Sets what pybtex has passed on, in lists and in what cites."""

    default_priority = LATER

    def run(self, **_options: Any) -> None:
        """Look at every text and every link."""
        marked = {
            id(text.parent): text.parent
            for text in self.document.findall(nodes.Text)
            if ANY.search(text.astext()) and text.parent is not None
        }
        for parent in marked.values():
            parent[:] = set_marks(list(parent.children))
            self._unlink(parent)
            if any(True for _ in parent.findall(nodes.math)):
                # Sphinx has looked for formulas before there was this one.
                self.env.domains.math_domain.data["has_equations"][self.env.current_document.docname] = True
        for reference in self.document.findall(nodes.reference):
            if title := reference.get("reftitle"):
                reference["reftitle"] = plain(title)
            if number := REGISTERS.fullmatch(reference.get("refuri", "")):
                begin = reference["refuri"][: number.start("number")]
                reference["refuri"] = begin + quote(number["number"], safe=SAFE)

    @staticmethod
    def _unlink(parent: nodes.Element) -> None:
        """Leave only the words of a link in what is a link."""
        at: nodes.Element | None = parent
        while at is not None and not isinstance(at, nodes.reference):
            at = at.parent
        for link in list(parent.findall(nodes.reference)) if at is not None else ():
            if link is not at:
                put(link.children, link)


def setup(app: Sphinx) -> None:
    """Set marks while pages are written."""
    app.add_post_transform(Marks)
