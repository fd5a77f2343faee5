"""What the nodes of a book are to those who do not see it: the structure types of PDF."""

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.latex.nodes import footnotetext, thebibliography

DEEPEST = 6
GROUPS: dict[type[Any], str] = {
    nodes.section: "Sect",
    nodes.bullet_list: "L",
    nodes.enumerated_list: "L",
    nodes.definition_list: "L",
    nodes.field_list: "L",
    nodes.option_list: "L",
    thebibliography: "L",
    nodes.definition_list_item: "LI",
    nodes.field: "LI",
    nodes.option_list_item: "LI",
    nodes.definition: "LBody",
    nodes.field_body: "LBody",
    nodes.description: "LBody",
    nodes.table: "Table",
    nodes.thead: "THead",
    nodes.tbody: "TBody",
    nodes.row: "TR",
    nodes.block_quote: "BlockQuote",
    nodes.Admonition: "Div",
    nodes.topic: "Div",
    nodes.sidebar: "Div",
    nodes.figure: "Div",
}
"""What has other elements in it."""
TEXTS: dict[type[Any], str] = {
    nodes.paragraph: "P",
    nodes.rubric: "P",
    nodes.attribution: "P",
    nodes.line: "P",
    nodes.title: "P",
    nodes.subtitle: "P",
    nodes.caption: "Caption",
    nodes.term: "Lbl",
    nodes.field_name: "Lbl",
    addnodes.desc_signature: "P",
}
"""What has text. What is in none of these, and in no line of one, is tagged as a paragraph by what is found in the PDF."""
BODIES = ("LBody", "TD", "TH", "Note")
"""What has the text of its only paragraph itself."""
NUMBERINGS = {
    "arabic": "Decimal",
    "loweralpha": "LowerAlpha",
    "upperalpha": "UpperAlpha",
    "lowerroman": "LowerRoman",
    "upperroman": "UpperRoman",
}
ENVIRONMENT = re.compile(
    r"(?P<begin>\s*\\begin\{(?P<name>[A-Za-z]+\*?)\}(?:(?<=at\})|(?<=at\*\}))?(?:\{\d+\})?)(?P<body>.*)"
    r"(?P<end>\\end\{(?P=name)\}\s*)",
    re.DOTALL,
)
ROW_END = re.compile(r"(?:\\\\\*?(?:\[[^]]*\])?\s*|(?<!\\)%[^\n]*\n?\s*)+\Z")
"""What ends the last line of a formula: nothing may stand after it, or it would begin another."""
NOT_IN_CELL = re.compile(r"\s*\\(?:h(?:dash)?line|noalign|multicolumn|omit|intertext|shortintertext|span)\b")
"""What an alignment may have only before anything else."""
SILENT = nodes.Invisible | nodes.target | nodes.label | addnodes.index | addnodes.toctree
NOTES = nodes.footnote | footnotetext | nodes.citation


def kind_in(kinds: dict[type[Any], str], node: nodes.Node) -> str:
    """Return what a table has for a node, or for the nearest class of its kind; empty if it has nothing."""
    return next((kinds[base] for base in type(node).__mro__ if base in kinds), "")
