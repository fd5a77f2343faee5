"""Markdown that cells put out: text, tables and formulas. Nothing in it is a directive or a role of the author's."""

from typing import Any

from docutils import nodes
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from myst_nb.core.render import MimeData, NbElementRenderer
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from toolchain.sphinxext.printed import latex_of_outputs

MYST = "myst"
"""What MyST-NB calls the format in which an output would be read as the author's text is."""
_as_isolated = NbElementRenderer._render_markdown_base  # noqa: SLF001 - MyST-NB offers no other seam


def render(renderer: NbElementRenderer, data: MimeData, *, fmt: str, inline: bool) -> list[nodes.Element]:
    """Stand in for MyST-NB's choice of a parser: of MyST an output has what shows something, and does nothing."""
    if fmt != MYST:
        result: list[nodes.Element] = _as_isolated(renderer, data, fmt=fmt, inline=inline)
        return result
    host, shown = renderer.renderer, nodes.Element()
    parser, config = host.md, host.md_config
    host.md_config = MdParserConfig(commonmark_only=True)
    host.md = _parser(host.md_config, type(host))
    try:
        with host.current_node_context(shown):
            host.nested_render_text(data.string, data.line or 0, inline=inline)
    finally:
        host.md, host.md_config = parser, config
    for formula in [*shown.findall(nodes.math), *shown.findall(nodes.math_block)]:
        text = formula.astext()
        found = latex_of_outputs.read(text, formula, counted=True)
        if found is None:
            formula.replace_self(latex_of_outputs.as_text(text, inline=isinstance(formula, nodes.math)))
        else:
            formula[:] = [nodes.Text(found.content)]
    return [node for node in shown.children if isinstance(node, nodes.Element)]


def _parser(config: MdParserConfig, renderer: Any) -> MarkdownIt:
    """Return CommonMark's parser with tables, lists of definitions and formulas, which get no number and no name."""
    parser: MarkdownIt = create_md_parser(config, renderer).enable("table")
    parser.use(dollarmath_plugin, allow_labels=False, double_inline=True).use(amsmath_plugin).use(
        deflist_plugin
    )
    parser.core.ruler.push("data", _hold_to_data)
    return parser


def _hold_to_data(state: StateCore) -> None:
    """Give no formula a number, and take the name of a directive for no language."""
    for token in state.tokens:
        if token.type == "amsmath":
            token.type = "math_block"
        elif token.type == "fence" and token.info.strip().startswith("{"):
            token.info = "text"
