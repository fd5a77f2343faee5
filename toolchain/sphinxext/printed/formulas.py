"""Formulas, as LaTeX has to have them."""

import re

from docutils import nodes

from toolchain.outputs.latex import mathjax
from toolchain.sphinxext.notebook_text.maths import ENVIRONMENT, body
from toolchain.sphinxext.printed import math_words, terms
from toolchain.sphinxext.printed.elements import escape

SPLIT = re.compile(r"\\(begin|end)\{split\}")
"""LaTeX has it in displays alone."""
# In the last line of a formula.
COMMENT = re.compile(r"(?<!\\)%[^\n]*\Z")


def write_for_latex(doctree: nodes.document) -> None:
    """Write what MathJax takes and LaTeX does not: scripts without braces, rows of plain TeX, any letter and colour."""
    for formula in (*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)):
        typed = formula.astext()
        written = terms.with_environments(terms.with_braces(typed))
        written = math_words.with_colours(math_words.with_text(written))
        if isinstance(formula, nodes.math):
            written = SPLIT.sub(r"\\\1{aligned}", written)
        if written != typed:
            formula.children = [nodes.Text(written)]


def spell_out_unfinished(doctree: nodes.document) -> None:
    """Set a formula as it was typed if something in it has no end, as the site does, which says so: LaTeX would read on for it.

    What the formula's own commands may begin or end is left to LaTeX. It keeps its number.
    """
    for formula in (*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)):
        read = mathjax.read(formula.astext())
        if mathjax.unmatched_brace(read) or (any(mathjax.unmatched(read)) and not any(mathjax.unknown(read))):
            spell_out(formula)


def spell_out(formula: nodes.Element) -> None:
    """Set a formula as it was typed."""
    typed = " ".join(formula.astext().split())
    formula["nowrap"] = formula["no-wrap"] = False
    formula.children = [nodes.Text(rf"\text{{\ttfamily {escape(typed)}}}")]


def end_comments(doctree: nodes.document) -> None:
    """End the comment in a formula's last line: Sphinx writes the end of the formula, or of its environment, after it."""
    for formula in [*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)]:
        text = formula.astext()
        if COMMENT.search(text):
            formula.children = [nodes.Text(f"{text}\n")]


def number_once(doctree: nodes.document) -> None:
    """Give an environment of several lines the one number that Sphinx has given it: LaTeX would number every line."""
    for formula in doctree.findall(nodes.math_block):
        text = formula.astext()
        environment = ENVIRONMENT.fullmatch(text)
        if formula.get("nowrap") and formula.get("number") and environment and "\\tag" not in text:
            formula["nowrap"] = formula["no-wrap"] = False
            formula.children = [nodes.Text(body(text))]
