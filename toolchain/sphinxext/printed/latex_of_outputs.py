"""LaTeX that cells put out, as print sets it: written anew, or shown as its text."""

from typing import Any

from docutils import nodes
from sphinx.util import logging

from toolchain.model.sphinx import current
from toolchain.outputs import latex
from toolchain.outputs.latex import Kind, Latex, NotAdmittedError
from toolchain.sphinxext.placing import put
from toolchain.sphinxext.printed.tree import page_of, raw

logger = logging.getLogger(__name__)


def read(text: str, location: Any, *, counted: bool = False, quiet: bool = False) -> Latex | None:
    """Parse the LaTeX of an output; warn if it is not admitted, unless it may be anything, and return None."""
    try:
        return latex.read(text, counted=counted)
    except NotAdmittedError as error:
        if quiet:
            return None
        logger.warning(
            "the LaTeX of an output is shown as its text: %s",
            error.message,
            type="toolchain",
            subtype="latex",
            location=location,
        )
        return None


def is_free(node: nodes.Node) -> bool:
    """Tell whether the page that a node is of lets LaTeX out of its cells through as it is."""
    sphinx_input = current()
    result = sphinx_input.results.get(page_of(node)) if sphinx_input else None
    return result is not None and result.free_latex


def set_free(text: str, *, inline: bool) -> list[nodes.Node]:
    """Return what sets LaTeX as it is; it takes none of the book's numbers of formulas and tables."""
    if not text.startswith(latex.FREE):
        text = rf"\({text}\)" if inline else rf"\[{text}\]"
    begin, end = ("", "") if inline else (r"\begin{bookfreeoutput}", r"\end{bookfreeoutput}")
    return [raw(f"{begin}{text}{end}")]


def set_as(found: Latex, *, inline: bool) -> list[nodes.Node]:
    """Return what sets LaTeX that is admitted: a formula, or words and tables."""
    if found.kind is Kind.WORDS:
        centred = r"\centering" if "\\begin{tab" in found.text or "\\begin{longtable" in found.text else ""
        return [raw(rf"\begin{{bookoutput}}{centred}"), raw(found.text), raw(r"\end{bookoutput}")]
    if inline and found.kind is Kind.FORMULA and not found.several:
        return [nodes.math(found.content, found.content)]
    return [nodes.math_block(found.content, found.content, nowrap=found.kind is Kind.DISPLAY, number=None)]


def as_text(text: str, *, inline: bool) -> nodes.Element:
    """Return LaTeX as it would be typed."""
    if inline:
        return nodes.literal(text, text)
    return nodes.literal_block(text, text, language="latex", classes=["output", "text_plain"])


def set_or_show(formula: nodes.Element) -> None:
    """Put in the place of a formula out of an output what it is set as, or its text; its number stays."""
    text, free = formula.astext().strip(), is_free(formula)
    found = read(text, formula, quiet=free)
    if found is None and free:
        return
    inline = isinstance(formula, nodes.math)
    if found is not None and formula.get("label") and found.kind is Kind.DISPLAY and found.several:
        logger.warning(
            "only the first of several formulas of this output can have a number: the LaTeX is shown as its text",
            type="toolchain",
            subtype="latex",
            location=formula,
        )
        found = None
    if found is None and formula.get("label"):
        formula.parent.insert(formula.parent.index(formula), as_text(text, inline=inline))
        formula["nowrap"] = False
        formula[:] = [nodes.Text(r"\ldots")]
    elif found is None:
        put(as_text(text, inline=inline), formula)
    elif found.kind is Kind.WORDS or (inline and (found.several or found.kind is Kind.DISPLAY)):
        put(set_as(found, inline=inline), formula)
    else:
        formula["nowrap"] = found.kind is Kind.DISPLAY
        formula[:] = [nodes.Text(found.content)]


def hold_to_data(form: nodes.Element) -> None:
    """Let no LaTeX of an output in Markdown through as it is."""
    for formula in [*form.findall(nodes.math), *form.findall(nodes.math_block)]:
        set_or_show(formula)
    for node in list(form.findall(nodes.raw)):
        if "latex" in node.get("format", ""):
            put(as_text(node.astext(), inline=isinstance(node.parent, nodes.TextElement)), node)
