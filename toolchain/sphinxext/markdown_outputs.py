"""Markdown that cells put out: text, tables and formulas. Nothing in it is a directive or a role of the author's."""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.tree import SyntaxTreeNode
from myst_nb.core.render import MimeData, NbElementRenderer
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from sphinx.util import logging

from toolchain.model.facts import GAP
from toolchain.outputs import latex
from toolchain.outputs.latex.mathjax import unknown
from toolchain.outputs.markdown import add_dialect
from toolchain.sphinxext import mathjax
from toolchain.sphinxext.notebook_text import maths
from toolchain.sphinxext.placing import put
from toolchain.sphinxext.printed import latex_of_outputs

FORMATS = ("commonmark", "gfm", "myst")
"""What MyST-NB offers to read outputs as: of each of them an output has what shows something, and does nothing."""
OF_THE_PAGE = frozenset({"references", "footnotes", "duplicate_refs"})
"""What markdown-it knows of a text: the author's names mean nothing in an output, nor its names in the author's text."""
NAME = r"[A-Za-z][\w:.+-]*"
LEFT = re.compile(
    rf"\{{{NAME}\}}{GAP}|^\([\w.:-]*\w\)= *$|\$\$|\\(?:begin|(?:eq|[Cc]|auto)?ref|[Cc]ite[a-z]*)\s*\{{"
    r"|^\|? *:?-{3,}:? *\||\[\^[^\s\]]+\]|\{\{ *[A-Za-z_][\w.]* *\}\}",
    re.MULTILINE,
)
"""What was meant to be something else than words: of MyST, a formula or a table that none is, a footnote without its text."""
WORDLESS = (nodes.literal, nodes.math, nodes.FixedTextElement, nodes.raw, nodes.image)
DIRECTIVE = re.compile(rf"\{{{NAME}\}}")
TYPED = "typed"
"""Type of the warnings of what is shown as it was typed."""

logger = logging.getLogger(__name__)
_as_isolated = NbElementRenderer._render_markdown_base  # noqa: SLF001 - MyST-NB offers no other seam


def render(renderer: NbElementRenderer, data: MimeData, *, fmt: str, inline: bool) -> list[nodes.Element]:
    """Stand in for MyST-NB's choice of a parser: an output is shown as Jupyter shows it, whatever the format is called."""
    if fmt not in FORMATS:
        result: list[nodes.Element] = _as_isolated(renderer, data, fmt=fmt, inline=inline)
        return result
    host, shown = renderer.renderer, nodes.Element()
    with _apart(host), host.current_node_context(shown):
        host.nested_render_text(data.string, data.line or 0, inline=inline)
    for node in shown.findall(nodes.Element):
        node.line = data.line  # lines of the output are none of the page's
    for formula in [*shown.findall(nodes.math), *shown.findall(nodes.math_block)]:
        _hold_to_latex(formula, mathjax.macros(host.sphinx_env.config))
    for text in shown.findall(nodes.TextElement):
        if not isinstance(text.parent, nodes.TextElement) and (left := LEFT.search(_words(text))):
            _warn(left[0].strip().replace(GAP, "`\N{HORIZONTAL ELLIPSIS}`"), text)
    return [node for node in shown.children if isinstance(node, nodes.Element)]


@contextmanager
def _apart(host: Any) -> Iterator[None]:
    """Have MyST's renderer read a text that has nothing to do with the page around it."""
    parser, config, env, rules = host.md, host.md_config, host.md_env, host.rules
    host.md_config = MdParserConfig(commonmark_only=True)
    host.md = _parser(host.md_config, type(host))
    host.md_env = {key: value for key, value in env.items() if key not in OF_THE_PAGE}
    host.rules = rules | _rules(host)
    try:
        yield
    finally:
        host.md, host.md_config, host.md_env, host.rules = parser, config, env, rules


def _parser(config: MdParserConfig, renderer: Any) -> MarkdownIt:
    parser: MarkdownIt = create_md_parser(config, renderer)
    add_dialect(parser)
    parser.core.ruler.push("data", _hold_to_data)
    return parser


def _hold_to_data(state: StateCore) -> None:
    """Give no formula a number, and take the name of a directive for no language."""
    for token in state.tokens:
        if token.type == "amsmath":
            token.type = "math_block"
        elif token.type == "fence" and (directive := DIRECTIVE.match(token.info.strip())):
            token.info, token.meta[TYPED] = "text", directive[0]


def _rules(host: Any) -> dict[str, Callable[[SyntaxTreeNode], None]]:
    """Return how to set what would name places of the page: headings and footnotes of an output are no places."""
    marks: dict[str, int] = {}

    def mark(token: SyntaxTreeNode) -> nodes.superscript:
        number = str(marks.setdefault(token.meta["label"], len(marks) + 1))
        return nodes.superscript(number, number)

    def heading(token: SyntaxTreeNode) -> None:
        rubric = nodes.rubric("", "", level=int(token.tag[1]))
        host.add_line_and_source_path(rubric, token)
        with host.current_node_context(rubric, append=True):
            host.render_children(token)

    def footnote_mark(token: SyntaxTreeNode) -> None:
        host.current_node.append(mark(token))

    def footnote(token: SyntaxTreeNode) -> None:
        note = nodes.container()
        with host.current_node_context(note, append=True):
            host.render_children(token)
        first = next(iter(note.findall(nodes.paragraph)), note)
        first[:0] = [mark(token), nodes.Text(" ")]

    def fence(token: SyntaxTreeNode) -> None:
        host.render_fence(token)
        if TYPED in token.meta:
            _warn(f"```{token.meta[TYPED]}", host.current_node[-1])

    return {
        "render_fence": fence,
        "render_heading": heading,
        "render_footnote_ref": footnote_mark,
        "render_footnote_reference": footnote,
    }


def _hold_to_latex(formula: nodes.Element, defined: Collection[str]) -> None:
    """Write a formula anew as all forms can set it; where it is not admitted it is shown as its text, and that is said."""
    text = formula.astext()
    found = latex_of_outputs.read(text, formula, counted=False)
    if found is None:
        put(latex_of_outputs.as_text(text, inline=isinstance(formula, nodes.math)), formula)
        return
    content = maths.body(found.content) if found.kind is latex.Kind.DISPLAY else found.content
    formula[:] = [nodes.Text(content)]
    for kind, name in unknown(content, defined):
        logger.warning(
            "a formula of an output has the %s %s, which MathJax does not know",
            kind,
            name,
            type="toolchain",
            subtype="mathjax",
            location=formula,
        )


def _words(node: nodes.Element) -> str:
    """Return the words of a text, with GAP for what is none."""
    if isinstance(node, WORDLESS):
        return GAP
    return "".join(
        _words(child) if isinstance(child, nodes.Element) else child.astext() for child in node.children
    )


def _warn(typed: str, location: nodes.Node) -> None:
    logger.warning(
        "the Markdown of an output shows %s as it was typed",
        typed,
        type="toolchain",
        subtype=TYPED,
        location=location,
    )
