r"""What the book is made of, for those who do not see it: each element has a number, and marks in the LaTeX say where its text is.

LaTeX puts the marks into the PDF, beside what it has set; what the elements are stands in a file beside SLUG.tex, and
toolchain.forms.pdf.tagging joins the two. A mark stands within a paragraph, where it takes no room and moves nothing.
"""

import re
from pathlib import Path
from typing import Any

import msgspec
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex.nodes import footnotetext, thebibliography
from sphinx.writers.latex import LaTeXTranslator

from toolchain.base.files import write_atomically
from toolchain.model.tags import SUFFIX, Element, Tags
from toolchain.sphinxext.printed.tree import raw
from toolchain.sphinxext.rows import own_rows

NUMBER = "toolchain_tag"
"""The attribute of code and pictures with the number of their element."""
FORMULA = "toolchain_formula"
"""The attribute of raw LaTeX that sets a formula: the formula."""
GRAPH = r"\bookgraph{"
"""What draws the graph of what builds on what."""
DEEPEST = 6
GROUPS: dict[type[nodes.Element], str] = {
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
}  # type: ignore[type-abstract]
"""What has other elements in it."""
TEXTS: dict[type[nodes.Element], str] = {
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


class Numbering:
    """Numbers the elements of a book, and puts marks around their texts."""

    def __init__(self) -> None:
        """Begin with the document itself."""
        self.elements = [Element("Document")]
        self._title_is_to_come = True
        self._level = 0

    def number(self, node: nodes.Element, parent: int = 0) -> None:
        """Number what is in a node, within an element."""
        for child in list(node.children):
            if isinstance(child, nodes.Element) and not isinstance(child, SILENT):
                self._one(child, parent)

    def _one(self, node: nodes.Element, parent: int) -> None:
        match node:
            case nodes.raw():
                self._raw(node, parent)
            case nodes.image():
                node[NUMBER] = self._new("Figure", parent, is_inline=_is_in_line(node), alt=_words(node))
            case nodes.literal_block() | nodes.doctest_block():
                self._code(node, parent)
            case nodes.math_block():
                self._display(node, parent)
            case nodes.math():
                self._inline(node, parent, "Formula", alt=node.astext().strip())
            case nodes.literal():
                self._inline(node, parent, "Code")
            case nodes.footnote() | footnotetext() | nodes.citation():
                self._note(node, parent)
            case nodes.list_item():
                self._item(node, parent)
            case nodes.entry():
                self._entry(node, parent)
            case nodes.title() if isinstance(node.parent, nodes.section | nodes.table):
                self._title(node, parent)
            case nodes.TextElement() if isinstance(node, addnodes.desc_signature) or not isinstance(node, nodes.Inline):
                self._text(node, parent)
            case _:
                self._group(node, parent)

    def _raw(self, node: nodes.raw, parent: int) -> None:
        if FORMULA in node:
            self._inline(node, parent, "Formula", alt=node[FORMULA])
        elif GRAPH in node.astext():
            number = self._new("Figure", parent, alt=_words(node))
            node.children = [nodes.Text(rf"\booktagpicture{{{number}}}{node.astext()}")]

    def _group(self, node: nodes.Element, parent: int) -> None:
        kind = next((GROUPS[base] for base in type(node).__mro__ if base in GROUPS), "")
        if isinstance(node, nodes.section):
            self._level += 1
        if isinstance(node, nodes.container) and "literal-block-wrapper" in node["classes"]:
            kind = "Div"
        if kind:
            bullets = "Disc" if isinstance(node, nodes.bullet_list) else ""
            parent = self._new(kind, parent, numbering=NUMBERINGS.get(node.get("enumtype", ""), bullets))
        if isinstance(node, nodes.Admonition) and not any(isinstance(one, nodes.title) for one in node.children):
            self._await_label(self._new("P", parent, has_text=True), node, parent)
        else:
            self.number(node, parent)
        if isinstance(node, nodes.section):
            self._level -= 1

    def _title(self, node: nodes.title, parent: int) -> None:
        if isinstance(node.parent, nodes.table):
            self._text(node, parent, "Caption")
        elif self._title_is_to_come:
            # LaTeX has it as that of the book, and sets it elsewhere.
            self._title_is_to_come = False
        else:
            self._text(node, parent, f"H{min(max(self._level - 1, 1), DEEPEST)}")

    def _text(self, node: nodes.Element, parent: int, kind: str = "") -> None:
        kind = kind or next((TEXTS[base] for base in type(node).__mro__ if base in TEXTS), "")
        if not kind or not (node.astext().strip() or any(node.findall(nodes.image))):
            return
        body = self.elements[parent]
        if isinstance(node, nodes.paragraph) and body.kind in BODIES and _is_alone(node):
            number = parent
            self._change(number, has_text=True)
        else:
            number = self._new(kind, parent, has_text=True)
        self.number(node, number)
        self._mark(node, number)

    def _mark(self, node: nodes.Element, number: int) -> None:
        if isinstance(node, nodes.paragraph | nodes.literal_block):
            node.insert(0, raw(rf"\booktag{{{number}}}"))
            last = next((child for child in reversed(node.children) if not isinstance(child, SILENT)), None)
            if not isinstance(last, nodes.math_block | nodes.literal_block):
                # After a display it would begin a line of its own; what comes next ends the element as well.
                node.append(raw(rf"\bookuntag{{{number}}}"))
        else:
            node.append(raw(rf"\booktagged{{{number}}}"))

    def _inline(self, node: nodes.Element, parent: int, kind: str, alt: str = "") -> None:
        if not _is_in_line(node) or not self.elements[parent].has_text:
            return
        number = self._new(kind, parent, is_inline=True, has_text=True, alt=alt)
        place = node.parent.index(node)
        node.parent.insert(place + 1, raw(rf"\bookuntag{{{number}}}"))
        node.parent.insert(place, raw(rf"\booktag{{{number}}}"))

    def _code(self, node: nodes.Element, parent: int) -> None:
        text = node.astext().rstrip("\n")
        number = self._new("Code", parent, has_text=True, text=text)
        if isinstance(node, nodes.literal_block) and node.rawsource != node.astext():
            self._mark(node, number)  # Sphinx sets it as a paragraph
        else:
            node[NUMBER] = number

    def _display(self, node: nodes.math_block, parent: int) -> None:
        formula = node.astext()
        found = ENVIRONMENT.fullmatch(formula) if node.get("no-wrap", node.get("nowrap")) else None
        begin, body, end = (found["begin"], found["body"], found["end"]) if found else ("", formula, "")
        numbered = bool(node.get("number") or found)
        number = self._new(
            "Formula", parent, has_text=True, is_numbered=numbered, alt=_with_number(formula, node)
        )
        if NOT_IN_CELL.match(body) or (not found and node.get("no-wrap", node.get("nowrap"))):
            return
        rest = ROW_END.search(body)
        rows, tail = (body[: rest.start()], rest[0]) if rest else (body, "")
        node.children = [nodes.Text(rf"{begin}\booktag{{{number}}}{rows}\bookuntag{{{number}}}{tail}{end}")]

    def _note(self, node: nodes.Element, parent: int) -> None:
        if isinstance(node, nodes.citation):
            item = self._new("LI", parent)
            label, body = self._new("Lbl", item, has_text=True), self._new("LBody", item)
            self._await_label(label, node, body)
            return
        note = self._new("Note", parent)
        if self.elements[parent].has_text and isinstance(node.parent, nodes.TextElement):
            node.parent.insert(node.parent.index(node) + 1, raw(rf"\booktagplace{{{note}}}"))
        self._await_label(self._new("Lbl", note, has_text=True), node, note)

    def _item(self, node: nodes.list_item, parent: int) -> None:
        item = self._new("LI", parent)
        label = self._new("Lbl", item, has_text=True)
        self._await_label(label, node, self._new("LBody", item))

    def _entry(self, node: nodes.entry, parent: int) -> None:
        head = isinstance(node.parent.parent, nodes.thead)
        stub = head or node.get("toolchain_stub") or _is_stub(node)
        table = _table_of(node)
        number = self._new(
            "TH" if head or stub else "TD",
            parent,
            scope="Column" if head else "Row" if stub else "",
            columns=node.get("morecols", 0) + 1,
            rows=node.get("morerows", 0) + 1,
        )
        begun = len(self.elements)
        self.number(node, number)
        if head and "longtable" in table["classes"]:
            for repeated in (number, *range(begun, len(self.elements))):
                self._change(repeated, is_repeated=True)

    def _await_label(self, label: int, node: nodes.Element, parent: int) -> None:
        """Number what is in a node, and have what is generated before its first text belong to a label."""
        begun = len(self.elements)
        self.number(node, parent)
        texts = [number for number in (parent, *range(begun, len(self.elements))) if self.elements[number].has_text]
        if texts and self.elements[texts[0]].label < 0:
            self._change(texts[0], label=label)

    def _new(self, kind: str, parent: int, **what: Any) -> int:
        self.elements.append(Element(kind, parent, **what))
        return len(self.elements) - 1

    def _change(self, number: int, **what: Any) -> None:
        self.elements[number] = msgspec.structs.replace(self.elements[number], **what)


def _is_in_line(node: nodes.Node) -> bool:
    return isinstance(node.parent, nodes.TextElement)


def _is_alone(node: nodes.Node) -> bool:
    """Say whether nothing stands beside a paragraph."""
    return all(child is node or isinstance(child, SILENT) for child in node.parent.children)


def _is_stub(entry: nodes.entry) -> bool:
    group = next(iter(_table_of(entry).findall(nodes.tgroup)))
    specs = list(group.findall(nodes.colspec))
    return bool(specs and specs[0].get("stub") and entry.parent.index(entry) == 0)


def _table_of(entry: nodes.entry) -> nodes.Element:
    table: nodes.Element = entry.parent
    while not isinstance(table, nodes.table):
        table = table.parent
    return table


def _with_number(formula: str, node: nodes.math_block) -> str:
    number = node.get("number")
    return f"{formula.strip()} ({number})" if number else formula.strip()


def _words(image: nodes.Element) -> str:
    """Return what says in words what a picture shows: its own, or its caption's."""
    if alt := str(image.get("alt", "")).strip():
        return alt
    figure: nodes.Element | None = image.parent
    while figure is not None and not isinstance(figure, nodes.figure):
        figure = figure.parent
    captions = figure.findall(nodes.caption) if figure is not None else ()
    return " ".join(next((caption.astext() for caption in captions), "").split())


def mark(app: Sphinx, doctree: nodes.document) -> None:
    """Number the elements of the whole book, the last of all that is done to it, and write down what they are."""
    numbering = Numbering()
    numbering.number(doctree)
    for _, name, *_ in app.config.latex_documents:
        path = Path(app.outdir) / Path(name).with_suffix(SUFFIX)
        write_atomically(path, msgspec.json.encode(Tags(tuple(numbering.elements))))


def _visit_code(translator: LaTeXTranslator, node: nodes.Element) -> None:
    begun = len(translator.body)
    try:
        LaTeXTranslator.visit_literal_block(translator, node)
    finally:
        _say_before(r"\begin{sphinxVerbatim", rf"\booktagcode{{{node.get(NUMBER, '')}}}", translator.body, begun)


def _depart_code(translator: LaTeXTranslator, node: nodes.Element) -> None:
    LaTeXTranslator.depart_literal_block(translator, node)


def _visit_image(translator: LaTeXTranslator, node: nodes.Element) -> None:
    begun = len(translator.body)
    LaTeXTranslator.visit_image(translator, node)
    _say_before(r"\sphinxincludegraphics", rf"\booktagpicture{{{node.get(NUMBER, '')}}}", translator.body, begun)


def _say_before(what: str, said: str, written: list[str], begun: int) -> None:
    """Write something right before something else that has been written: a line of its own might end a paragraph."""
    for place in range(begun, len(written)):
        if what in written[place]:
            written[place] = written[place].replace(what, said + what, 1)
            return


def _depart_image(translator: LaTeXTranslator, node: nodes.Element) -> None:
    LaTeXTranslator.depart_image(translator, node)


def setup(app: Sphinx) -> None:
    """Write code and pictures with the numbers that they have."""
    for kind in (nodes.literal_block, nodes.doctest_block):
        app.add_node(kind, override=True, latex=(_visit_code, _depart_code))
    app.add_node(nodes.image, override=True, latex=(_visit_image, _depart_image))
