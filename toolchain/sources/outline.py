"""The headings and the toctrees of a page, as MyST reads them: from the tokens of its Markdown."""

import copy
import dataclasses
import re
import textwrap
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from docutils.parsers.rst import Directive, directives
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig, merge_file_level
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser

from toolchain.model import Heading, Toctree
from toolchain.sources.numbering import APPENDIX

TOCTREE = "toctree"
CONTENTS = "tableofcontents"
"""The directive that says where the lists stand that contents of their own have for the page."""
ONLY = "only"
"""The directive whose headings begin sections; those in any other box do not."""
UNPARSED = frozenset(
    [
        "bibliography",
        "code",
        "code-block",
        "code-cell",
        "csv-table",
        "digraph",
        "doctest",
        "eval-rst",
        "graph",
        "graphviz",
        "highlight",
        "image",
        "include",
        "literalinclude",
        "math",
        "mermaid",
        "parsed-literal",
        "productionlist",
        "raw",
        "raw-cell",
        "sourcecode",
        "testcode",
        "testoutput",
    ]
)
"""Directives whose text is no Markdown."""
RESTRUCTURED = "eval-rst"
"""The directive whose text is reStructuredText: its headings begin sections below those around it."""
UNDERLINED = re.compile(
    r"^(?P<title>(?![!-/:-@\[-`{-~]+$)\S.*)\n(?P<line>(?P<kind>[!-/:-@\[-`{-~])(?P=kind)+)[ \t]*$",
    re.MULTILINE,
)
LISTED = re.compile(r"^\.\.[ ]+toctree::[ ]*\n(?P<content>(?:[ ]+\S.*\n|[ ]*\n)*)", re.MULTILINE)
SURELY_A_LINE = 4
"""Signs below a title that are a line although it is longer, as docutils has it."""
LONGEST = 20_000
"""Characters of a paragraph or a heading: some of what is in them takes time that grows with the square of them."""
DEEPEST = 50
"""Boxes within boxes: every stage after this one follows them by recursion."""
DATA = re.compile(r"\(\s*<?data:[^\s)>]*")
"""A picture that is written out in its address, which may be long."""
WORDS = ("text", "text_special", "code_inline", "math_inline", "myst_role")
ANY_DEPTH = 999


class TooMuchError(Exception):
    """Something that no reader can bear."""

    def __init__(self, problem: str, text: str) -> None:
        """`problem` says what it is; `text` begins there."""
        super().__init__(problem)
        self.text = text


class _Toctree(Directive):
    """What Sphinx's directive takes; importing Sphinx would be slow."""

    has_content = True
    option_spec = {  # noqa: RUF012 - as docutils has it
        "maxdepth": int,
        "name": directives.unchanged,
        "class": directives.class_option,
        "caption": directives.unchanged_required,
        "glob": directives.flag,
        "hidden": directives.flag,
        "includehidden": directives.flag,
        "numbered": lambda depth: int(depth) if depth else ANY_DEPTH,
        "titlesonly": directives.flag,
        "reversed": directives.flag,
    }


class Box(Directive):
    """Any other directive, of which only the body matters."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"any": directives.unchanged}  # noqa: RUF012 - as above


def grammar(config: MdParserConfig) -> MarkdownIt:
    """Return what finds the blocks of a text; what is in the lines of most of them does not matter."""
    blocks_only = dataclasses.replace(config, disable_syntax=[*config.disable_syntax, "inline"])
    return create_md_parser(blocks_only, RendererHTML)


def outline(
    texts: Iterable[str], metadata: dict[str, Any], parser: MarkdownIt
) -> tuple[Heading | Toctree, ...]:
    """Return a page's headings and its toctrees, in their order; `texts` are its cells of Markdown, or its one text.

    Raises TooMuchError for what could take without end.
    """
    title = []
    if "myst" in metadata:
        config = merge_file_level(parser.options["myst_config"], copy.deepcopy(metadata), lambda *_: None)
        parser = grammar(config)
        title = [f"# {metadata['title']}"] if config.title_to_header and metadata.get("title") else []
    page = _Page(parser)
    for text in (*title, *texts):
        page.read(text)
    return tuple(page.contents)


class _Page:
    def __init__(self, parser: MarkdownIt) -> None:
        self.contents: list[Heading | Toctree] = []
        self._levels: list[int] = []
        """In Markdown, of the headings of the sections around."""
        self._parser = parser
        self._references: dict[str, Any] = {}

    def read(self, markdown: str, *, begins_sections: bool = True, depth: int = 0) -> None:
        if depth > DEEPEST:
            raise TooMuchError(f"boxes within boxes, more than {DEEPEST} deep", markdown)
        tokens = self._parser.parse(f"{markdown}\n", self._references)
        for token, following in pairwise([*tokens, Token("", "", 0)]):
            if token.type == "inline" and len(token.content) > LONGEST:
                _refuse_endless(token.content)
            elif token.type == "heading_open" and token.level == 0 and begins_sections:
                if len(following.content) <= LONGEST:
                    self._add_heading(int(token.tag[1]), following.content)
            elif token.type in ("fence", "colon_fence"):
                self._read_fence(token, depth + 1, begins_sections=begins_sections and token.level == 0)

    def _add_heading(self, level: int, markdown: str) -> None:
        self._levels = [*(around for around in self._levels if around < level), level]
        tokens: list[Token] = []
        self._parser.inline.parse(markdown, self._parser, self._references, tokens)
        text = "".join(token.content for token in tokens if token.type in WORDS)
        self.contents.append(Heading(len(self._levels), text))

    def _read_fence(self, token: Token, depth: int, *, begins_sections: bool) -> None:
        info, arguments = (*token.info.split(maxsplit=1), "", "")[:2]
        directive = info[1:-1].lower() if info.startswith("{") and info.endswith("}") else ""
        if directive == TOCTREE:
            self._add_toctree(arguments, token.content, len(self._levels))
        elif directive == CONTENTS:
            self.contents.append(Toctree(level=len(self._levels), entries=(), is_place=True))
        elif directive == RESTRUCTURED and begins_sections:
            self._read_restructured(token.content)
        elif directive and directive not in UNPARSED:
            body = parse_directive_text(Box, arguments, token.content, validate_options=False).body
            levels = self._levels
            self.read("\n".join(body), begins_sections=begins_sections and directive == ONLY, depth=depth)
            self._levels = levels
        elif not directive and token.type == "colon_fence":
            self.read(token.content, begins_sections=False, depth=depth)

    def _read_restructured(self, text: str) -> None:
        """Add the headings and the toctrees of a part in reStructuredText.

        The first kind of line below a heading is of the highest level.
        """
        kinds: list[str] = []
        level = len(self._levels)
        text = f"{text}\n".expandtabs()
        blocks = sorted((*UNDERLINED.finditer(text), *LISTED.finditer(text)), key=re.Match.start)
        for heading in blocks:
            if heading.re is LISTED:
                self._add_toctree("", textwrap.dedent(heading["content"]), level)
                continue
            if len(heading["line"].rstrip()) < min(len(heading["title"].rstrip()), SURELY_A_LINE):
                continue
            if heading["kind"] not in kinds:
                kinds.append(heading["kind"])
            level = len(self._levels) + 1 + kinds.index(heading["kind"])
            self.contents.append(Heading(level, heading["title"].strip()))

    def _add_toctree(self, first_line: str, content: str, level: int) -> None:
        parsed = parse_directive_text(_Toctree, first_line, content)
        self.contents.append(
            Toctree(
                level=level,
                entries=tuple(line for line in parsed.body if line),
                glob="glob" in parsed.options,
                backwards="reversed" in parsed.options,
                numbered=parsed.options.get("numbered", 0),
                appendix=APPENDIX in parsed.options.get("class", ()),
            )
        )


def _refuse_endless(text: str) -> None:
    """Raise TooMuchError for a paragraph or a heading that is too long, the pictures in it left out."""
    if len(DATA.sub("", text)) > LONGEST:
        raise TooMuchError(f"a paragraph of more than {LONGEST:,} characters", text)
