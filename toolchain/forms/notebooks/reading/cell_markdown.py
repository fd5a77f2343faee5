"""What a Markdown cell of a notebook holds: its links, the places that links lead to, and markup that only Sphinx knows."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from markdown_it.token import Token
from msgspec import Struct
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from myst_parser.parsers.mdit import create_md_parser

from toolchain.model.notebook_text import PAGE
from toolchain.project.settings import MYST_EXTENSIONS

EXTENSIONS = {*MYST_EXTENSIONS, "substitution", "attrs_block", "fieldlist", "tasklist"} - {"amsmath"}
GRAMMAR = create_md_parser(MdParserConfig(enable_extensions=EXTENSIONS), DocutilsRenderer)
FORBIDDEN = re.compile(r"myst_|colon_fence|substitution|footnote|front_matter|directive|dl_open")
ROLE = re.compile(r"\{[\w:.+-]+\}`")
HTML = ("html_inline", "html_block")


class MarkdownContent(Struct, frozen=True):
    """What is of interest in the text of a cell."""

    links: tuple[str, ...] = ()
    """Where its links and its images lead, in Markdown and in HTML."""
    places: frozenset[str] = frozenset()
    """What links can lead to."""
    ours: tuple[str, ...] = ()
    """What is MyST's or Sphinx's, and would stand there as characters."""


class _Html(HTMLParser):
    """Collects links and places of the HTML in a text."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif value and (name == "id" or (tag == "a" and name == "name")):
                self.places.append(value)


def read(markdown: str) -> MarkdownContent:
    """Read a cell with MyST's own grammar, of which what any front end reads is a part."""
    html = _Html()
    links: list[str] = []
    ours: list[str] = []
    for token in _tokens(markdown):
        if token.type in HTML:
            html.feed(token.content)
        elif token.type in ("link_open", "image"):
            links.append(str(token.attrs["href" if token.type == "link_open" else "src"]))
        if _is_ours(token):
            ours.append(_shown(token))
    links += html.links
    ours += [link for link in links if link.startswith(PAGE)]
    return MarkdownContent(links=tuple(links), places=frozenset(html.places), ours=tuple(ours))


def _tokens(markdown: str) -> Iterator[Token]:
    for token in GRAMMAR.parse(markdown):
        yield token
        yield from token.children or ()


def _is_ours(token: Token) -> bool:
    is_directive = token.type == "fence" and token.info.strip().startswith("{")
    is_role = token.type in ("text", *HTML) and ROLE.search(token.content) is not None
    return FORBIDDEN.search(token.type) is not None or is_directive or is_role


def _shown(token: Token) -> str:
    """Return the characters of a token that a reader would see."""
    if token.type == "myst_role":
        return f"{{{token.meta['name']}}}`{token.content}`"
    return " ".join(f"{token.info} {token.content}".split()) or token.type
