"""Formulas, as LaTeX has to have them."""

import re

from docutils import nodes

from toolchain.outputs.latex import mathjax
from toolchain.sphinxext.notebook_text.maths import ENVIRONMENT, body
from toolchain.sphinxext.printed.elements import escape

# In the last line of a formula.
COMMENT = re.compile(r"(?<!\\)%[^\n]*\Z")

SCRIPT = re.compile(
    r"([_^])\s*(\\(?:math(?:cal|bb|frak|scr|bf|rm|it|sf|tt|normal)|boldsymbol|bm|sym[a-z]+|operatorname)\s*"
    r"(?:\{(?:[^{}]|\{[^{}]*\})*\}|[A-Za-z0-9]))"
)
"""A letter of another alphabet as an index, without braces around the two: MathJax takes it, unicode-math does not."""


def brace_scripts(doctree: nodes.document) -> None:
    """Put braces around an index that is a command with its letter."""
    for formula in (*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)):
        text = formula.astext()
        if SCRIPT.search(text):
            formula.children = [nodes.Text(SCRIPT.sub(r"\1{\2}", text))]


def spell_out_unfinished(doctree: nodes.document) -> None:
    """Set a formula as it was typed if a brace in it has no other, as the site does, which says so: LaTeX would read on for it.

    It keeps its number.
    """
    for formula in (*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)):
        typed = formula.astext()
        if mathjax.unmatched_brace(mathjax.read(typed)):
            formula["nowrap"] = False
            formula.children = [nodes.Text(rf"\text{{\ttfamily {escape(' '.join(typed.split()))}}}")]


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
            formula["nowrap"] = False
            formula.children = [nodes.Text(body(text))]
