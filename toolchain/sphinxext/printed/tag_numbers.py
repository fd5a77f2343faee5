r"""What the book is made of, for those who do not see it: each element has a number, and marks in the LaTeX say where its text is.

LaTeX puts the marks into the PDF, beside what it has set; what the elements are stands in a file beside SLUG.tex, and
toolchain.forms.pdf.tagging joins the two. A mark stands within a paragraph, where it takes no room and moves nothing.
"""

from collections import Counter
from typing import Any

import msgspec
from docutils import nodes
from sphinx import addnodes

from toolchain.model.printed_tables import PART
from toolchain.model.tags import Element
from toolchain.sphinxext.printed.table_words import NAME
from toolchain.sphinxext.printed.tag_kinds import (
    BODIES,
    DEEPEST,
    ENVIRONMENT,
    GROUPS,
    NOT_IN_CELL,
    NOTES,
    NUMBERINGS,
    ROW_END,
    SILENT,
    TEXTS,
    kind_in,
)
from toolchain.sphinxext.printed.tree import page_of, raw

NUMBER = "toolchain_tag"
"""The attribute of code and pictures with the number of their element."""
FORMULA = "toolchain_formula"
"""The attribute of raw LaTeX that sets a formula: the formula."""
GRAPH = r"\bookgraph{"
"""What draws the graph of what builds on what."""


class Numbering:
    """Numbers the elements of a book, and puts marks around their texts."""

    def __init__(self) -> None:
        """Begin with the document itself."""
        self.elements = [Element("Document")]
        self._title_is_to_come = True
        self._level = 0
        self._named: Counter[str] = Counter()

    def number(self, node: nodes.Element, parent: int = 0) -> None:
        """Give numbers to what is in a node, within an element."""
        for child in list(node.children):
            if isinstance(child, nodes.Element) and not isinstance(child, SILENT):
                self._one(child, parent)

    def _one(self, node: nodes.Element, parent: int) -> None:
        for kinds, number in (
            (nodes.raw, self._raw),
            (nodes.image, self._picture),
            (nodes.literal_block | nodes.doctest_block, self._code),
            (nodes.math_block, self._display),
            (nodes.math | nodes.literal, self._word),
            (NOTES, self._note),
            (nodes.list_item, self._item),
            (nodes.entry, self._entry),
            (nodes.title, self._title),
            (addnodes.desc_signature, self._text),
            (nodes.Inline, self._group),
            (nodes.TextElement, self._text),
            (nodes.Element, self._group),
        ):
            if isinstance(node, kinds):
                number(node, parent)
                return

    def _picture(self, node: nodes.Element, parent: int) -> None:
        node[NUMBER] = self._new("Figure", parent, is_inline=_is_in_line(node), alt=_words(node))

    def _word(self, node: nodes.Element, parent: int) -> None:
        if isinstance(node, nodes.math):
            self._inline(node, parent, "Formula", alt=node.astext().strip())
        else:
            self._inline(node, parent, "Code")

    def _raw(self, node: nodes.Element, parent: int) -> None:
        if FORMULA in node:
            self._inline(node, parent, "Formula", alt=node[FORMULA])
        elif GRAPH in node.astext():
            number = self._new("Figure", parent, alt=_words(node))
            node.children = [nodes.Text(rf"\booktagpicture{{{number}}}{node.astext()}")]

    def _group(self, node: nodes.Element, parent: int) -> None:
        kind = kind_in(GROUPS, node)
        if isinstance(node, nodes.section):
            self._level += 1
        if isinstance(node, nodes.container) and "literal-block-wrapper" in node["classes"]:
            kind = "Div"
        if kind:
            bullets = "Disc" if isinstance(node, nodes.bullet_list) else ""
            numbering = NUMBERINGS.get(node.get("enumtype", ""), bullets)
            parent = self._new(kind, parent, numbering=numbering, name=self._name(node.get(NAME, "")))
        if isinstance(node, nodes.Admonition) and not any(
            isinstance(one, nodes.title) for one in node.children
        ):
            self._await_label(self._new("P", parent, has_text=True), node, parent)
        else:
            self.number(node, parent)
        if isinstance(node, nodes.section):
            self._level -= 1

    def _title(self, node: nodes.Element, parent: int) -> None:
        if not isinstance(node.parent, nodes.section):
            self._text(node, parent, "Caption" if isinstance(node.parent, nodes.table) else "P")
        elif self._title_is_to_come:
            # LaTeX has it as that of the book, and sets it elsewhere.
            self._title_is_to_come = False
        else:
            self._text(node, parent, f"H{min(max(self._level - 1, 1), DEEPEST)}")

    def _text(self, node: nodes.Element, parent: int, kind: str = "") -> None:
        kind = kind or kind_in(TEXTS, node)
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

    def _display(self, node: nodes.Element, parent: int) -> None:
        formula = node.astext()
        found = ENVIRONMENT.fullmatch(formula) if node.get("no-wrap", node.get("nowrap")) else None
        begin, body, end = (found["begin"], found["body"], found["end"]) if found else ("", formula, "")
        number = self._new("Formula", parent, has_text=True, alt=formula.strip())
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
        note = self._new("Note", parent, name=self._name(f"{page_of(node)}#note"))
        if self.elements[parent].has_text and isinstance(node.parent, nodes.TextElement):
            node.parent.insert(node.parent.index(node) + 1, raw(rf"\booktagplace{{{note}}}"))
        self._await_label(self._new("Lbl", note, has_text=True), node, note)

    def _item(self, node: nodes.Element, parent: int) -> None:
        item = self._new("LI", parent)
        label = self._new("Lbl", item, has_text=True)
        self._await_label(label, node, self._new("LBody", item))

    def _entry(self, node: nodes.Element, parent: int) -> None:
        head = isinstance(node.parent.parent, nodes.thead)
        stub = head or _is_stub(node)
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
        """Give numbers to what is in a node, and have what is generated before its first text belong to a label."""
        begun = len(self.elements)
        self.number(node, parent)
        texts = [
            number for number in (parent, *range(begun, len(self.elements))) if self.elements[number].has_text
        ]
        if texts and self.elements[texts[0]].label < 0:
            self._change(texts[0], label=label)

    def _name(self, of: str) -> str:
        """Return a name that no other element has; none of what has none."""
        self._named[of] += 1
        return f"{of}{PART}{self._named[of]}" if of else ""

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


def _is_stub(entry: nodes.Element) -> bool:
    group = next(iter(_table_of(entry).findall(nodes.tgroup)))
    specs = list(group.findall(nodes.colspec))
    return bool(specs and specs[0].get("stub") and entry.parent.index(entry) == 0)


def _table_of(entry: nodes.Element) -> nodes.Element:
    table: nodes.Element = entry.parent
    while not isinstance(table, nodes.table):
        table = table.parent
    return table


def _words(image: nodes.Element) -> str:
    """Return what says in words what a picture shows: its own, or its caption's."""
    if alt := str(image.get("alt", "")).strip():
        return alt
    figure: nodes.Element | None = image.parent
    while figure is not None and not isinstance(figure, nodes.figure):
        figure = figure.parent
    captions = figure.findall(nodes.caption) if figure is not None else ()
    return " ".join(next((caption.astext() for caption in captions), "").split())
