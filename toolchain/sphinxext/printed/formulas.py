"""Formulas, as LaTeX has to have them."""

import re

from docutils import nodes

from toolchain.sphinxext.notebook_text.maths import ENVIRONMENT, body

# In the last line of a formula.
COMMENT = re.compile(r"(?<!\\)%[^\n]*\Z")


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
