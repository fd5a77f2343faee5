"""Formulas as both MathJax and KaTeX show them in Jupyter: between dollars, with the number that Sphinx has given."""

import re

from docutils import nodes

INNER = {"align": "aligned", "alignat": "alignedat", "gather": "gathered", "eqnarray": "aligned"}
INNER |= {"flalign": "aligned", "multline": "gathered", "equation": "", "math": "", "displaymath": ""}
"""Environments that stand alone in LaTeX, and what takes their places within a formula."""
ENVIRONMENT = re.compile(r"\s*\\begin\{(?P<name>[a-z]+)\*?\}(?P<body>.*)\\end\{(?P=name)\*?\}\s*", re.DOTALL)
INNERMOST = re.compile(r"\\begin\{([a-z]+)\*?\}(?:(?!\\begin\{).)*?\\end\{\1\*?\}", re.DOTALL)
COMMENT = re.compile(r"(?<!\\)%.*")
NUMBERS = re.compile(r"\\(?:label\{[^}]*\}|nonumber|notag)\s*")
TAG = re.compile(r"\\tag\*?\s*\{")
RANDOM = re.compile(r"equation-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Id of a formula that nobody named: MyST draws it anew in each build."""


def inline(text: str) -> str:
    """Return a formula within a line."""
    return f"${' '.join(COMMENT.sub('', text).split())}$"


def display(node: nodes.math_block, number: str) -> str:
    """Return a formula that stands alone."""
    return f"$$\n{_tagged(node, number)}\n$$"


def in_a_line(node: nodes.math_block, number: str) -> str:
    """Return such a formula in one line: in a quote Jupyter would take the marks of the lines for parts of it."""
    return f"$${' '.join(_tagged(node, number).split())}$$"


def in_a_table(text: str) -> str:
    """Return a formula for a cell of a table: the bar would end the cell."""
    text = COMMENT.sub("", text).replace("\\|", "\\Vert ").replace("|", "\\vert ")
    return inline(text)


def _tagged(node: nodes.math_block, number: str) -> str:
    return body(node.astext()) + (f" \\tag{{{number}}}" if number else "")


def body(text: str) -> str:
    """Return a formula as it is within another environment, without numbers of its own."""
    text = NUMBERS.sub("", COMMENT.sub("", text)).strip()
    match = ENVIRONMENT.fullmatch(text)
    if match and match["name"] in INNER:
        content, inner = match["body"].strip("\n"), INNER[match["name"]]
        if TAG.search(content) and inner:
            # Marks that the author gives to rows: only these environments have them.
            return f"\\begin{{{match['name']}*}}\n{content}\n\\end{{{match['name']}*}}"
        return f"\\begin{{{inner}}}\n{content}\n\\end{{{inner}}}" if inner else body(content)
    # Sphinx takes what a blank line parts for several formulas, and `$$` would end at it.
    rows = "\\\\\n".join(formula.strip() for formula in re.split(r"\n\s*\n", text))
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}" if _has_rows(rows) else rows


def _has_rows(text: str) -> bool:
    """Say whether there are rows or columns outside all environments."""
    while INNERMOST.search(text):
        text = INNERMOST.sub("", text)
    return "\\\\" in text or re.search(r"(?<!\\)&", text) is not None
