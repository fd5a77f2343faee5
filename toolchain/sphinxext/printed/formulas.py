"""Formulas, as LaTeX has to have them."""

import re

from docutils import nodes

from toolchain.outputs.latex import mathjax
from toolchain.sphinxext.notebook_text.maths import ENVIRONMENT, body
from toolchain.sphinxext.printed import terms
from toolchain.sphinxext.printed.elements import escape

# In the last line of a formula.
COMMENT = re.compile(r"(?<!\\)%[^\n]*\Z")


def brace_scripts(doctree: nodes.document) -> None:
    """Put braces around scripts that are commands: MathJax takes them without, TeX does not."""
    for formula in (*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)):
        typed = formula.astext()
        if (braced := terms.with_braces(typed)) != typed:
            formula.children = [nodes.Text(braced)]


def spell_out_unfinished(doctree: nodes.document) -> None:
    """Set a formula as it was typed if a brace in it has no other, as the site does, which says so: LaTeX would read on for it.

    It keeps its number.
    """
    for formula in (*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)):
        if mathjax.unmatched_brace(mathjax.read(formula.astext())):
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
