"""The tree of a PDF's structure: the elements that the book has, with what shows them on the pages."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from toolchain.forms.pdf.tagging.boxes import Box
from toolchain.forms.pdf.tagging.owners import Entry, Owner
from toolchain.model.tags import Element

ALWAYS = ("THead", "TBody", "TR", "TH", "TD")
"""Elements that are there without a text: else the others of their table would be in other rows and columns."""
BLOCK = ("Code", "Formula", "Note", "Figure")
"""Types that stand in a line unless it is said that they do not."""

GENERATED = "note-"
"""What the names of notes begin with that nobody has typed, such as the address of a link in print."""


class Node:
    """An element, and what it has in it."""

    def __init__(
        self, kind: str, key: tuple[int, int], element: Element | None = None, link: int = -1
    ) -> None:
        """`key` says where it stands among others in an element without text of its own."""
        self.kind = kind
        self.key = key
        self.element = element
        self.link = link
        self.kids: list[Node | tuple[Any, int]] = []
        self.boxes: list[tuple[int, Box]] = []
        """Of the pictures that show it, each with its page."""
        self.dictionary: Any = None

    def box(self) -> Box | None:
        """Return the box of a figure that is on one page; None of all else."""
        if self.kind != "Figure" or len({page for page, _ in self.boxes}) != 1:
            return None
        left, bottom, right, top = zip(*(box for _, box in self.boxes), strict=True)
        return min(left), min(bottom), max(right), max(top)

    def in_order(self) -> "list[Node | tuple[Any, int]]":
        """Return what is in it in the order in which it is read."""
        if self.element is None or self.element.has_text:
            return self.kids
        return sorted(self.kids, key=lambda kid: kid.key if isinstance(kid, Node) else (0, 0))


class Tree:
    """Gathers what shows the elements, and writes them."""

    def __init__(self, elements: Sequence[Element]) -> None:
        """`elements` are those that have numbers."""
        self._elements = elements
        self._nodes: dict[Entry, Node] = {0: Node("Document", (0, 0), elements[0])}
        self.links: dict[int, Node] = {}

    def node(self, owner: Owner) -> Node:
        """Return the node of an element, put where it belongs if this is the first that is heard of it."""
        parent = None
        for entry in owner:
            parent = self._one(entry, parent)
        return parent or self._nodes[0]

    def _one(self, entry: Entry, around: Node | None) -> Node:
        known = self._nodes.get(entry)
        if known is not None:
            return known
        if isinstance(entry, int):
            element = self._elements[entry]
            node = Node(element.kind, (entry, 0), element)
            # What stands in a line stands in what its line is of, such as a link; and a note where its mark is.
            in_line = element.is_inline or element.kind == "Note"
            parent = around if in_line and around is not None else self._one(element.parent, None)
        elif isinstance(entry, str):
            return self._nodes[0]
        else:
            node = Node(entry.kind, entry.key, link=entry.link)
            parent = around or self._one(entry.parent, None)
            if entry.link >= 0:
                self.links[entry.link] = node
        self._nodes[entry] = node
        parent.kids.append(node)
        return node

    def complete(self) -> None:
        """Add the rows and the cells that have no text to the tables that are there."""
        for number, element in enumerate(self._elements):
            if element.kind in ALWAYS and element.parent in self._nodes:
                self._one(number, None)

    def write(self, pdf: pikepdf.Pdf, shown: Sequence[Sequence[Node]], links: dict[int, list[Any]]) -> None:
        """Write the tree; `shown` has for each page the nodes of its pieces by their numbers, `links` the annotations."""
        root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        document = self._nodes[0]
        nodes = list(_all(document))
        for node, _ in nodes:
            node.dictionary = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name(f"/{node.kind}")))
        for node, parent in nodes:
            node.dictionary.P = parent.dictionary if parent else root
            _fill(node, links.get(node.link, ()))
        numbers = Array()
        for number, on_page in enumerate(shown):
            numbers.append(number)
            numbers.append(pdf.make_indirect(Array([node.dictionary for node in on_page])))
        following = len(shown)
        for link, annotations in links.items():
            for annotation in annotations:
                if (tagged := self.links.get(link)) is not None and tagged.dictionary is not None:
                    annotation.StructParent = following
                    numbers.append(following)
                    numbers.append(tagged.dictionary)
                    following += 1
        root.K = document.dictionary
        root.ParentTree = pdf.make_indirect(Dictionary(Nums=numbers))
        root.ParentTreeNextKey = following
        generated = (node.dictionary for node, _ in nodes if node.kind == "Note" and node.element is None)
        for number, note in enumerate(generated, start=1):
            note.ID = String(f"{GENERATED}{number}")
        name_all(pdf, root, (node.dictionary for node, _ in nodes))
        pdf.Root.StructTreeRoot = root
        pdf.Root.MarkInfo = Dictionary(Marked=True)


def name_all(pdf: pikepdf.Pdf, root: Any, elements: Iterable[Any]) -> None:
    """Have the elements that have names be found by them."""
    named = {bytes(element.ID): element for element in elements if "/ID" in element}
    if named:
        names = Array([part for name in sorted(named) for part in (named[name].ID, named[name])])
        root.IDTree = pdf.make_indirect(Dictionary(Names=names))


def _all(node: Node) -> Iterator[tuple[Node, Node | None]]:
    """Yield a node and all that are in it, each with the one that it is in; a list stands for calls, since trees may be deep."""
    todo: list[tuple[Node, Node | None]] = [(node, None)]
    while todo:
        one, parent = todo.pop()
        yield one, parent
        todo += [(kid, one) for kid in reversed(one.in_order()) if isinstance(kid, Node)]


def _fill(node: Node, annotations: Iterable[Any]) -> None:
    """Write what a node is and what is in it."""
    written = node.dictionary
    if node.element is not None:
        _describe(written, node.element, node.box())
    kids = node.in_order()
    page = next((kid[0] for kid in kids if not isinstance(kid, Node)), None)
    if page is not None:
        written.Pg = page
    array = Array()
    for kid in kids:
        if isinstance(kid, Node):
            array.append(kid.dictionary)
        elif kid[0] is page:
            array.append(kid[1])
        else:
            array.append(Dictionary(Type=Name.MCR, Pg=kid[0], MCID=kid[1]))
    for annotation in annotations:
        array.append(Dictionary(Type=Name.OBJR, Obj=annotation))
    written.K = array


def _describe(written: Any, element: Element, box: Box | None) -> None:
    for entry, said in (("/ID", element.name), ("/Alt", element.alt), ("/ActualText", element.text)):
        if said:
            written[entry] = String(said)
    attributes = [
        Dictionary({"/O": Name(owner), **entries})
        for owner, entries in (
            ("/Layout", _layout(element, box)),
            ("/List", _list(element)),
            ("/Table", _table(element)),
        )
        if entries
    ]
    if attributes:
        written.A = attributes[0] if len(attributes) == 1 else Array(attributes)


def _layout(element: Element, box: Box | None) -> dict[str, Any]:
    is_block = element.kind in BLOCK and not element.is_inline
    placement = {"/Placement": Name.Block} if is_block else {}
    return {**placement, "/BBox": Array([round(side, 2) for side in box])} if box else placement


def _list(element: Element) -> dict[str, Any]:
    return {"/ListNumbering": Name(f"/{element.numbering}")} if element.numbering else {}


def _table(element: Element) -> dict[str, Any]:
    scope = {"/Scope": Name(f"/{element.scope}")} if element.scope else {}
    spans = {"/ColSpan": element.columns, "/RowSpan": element.rows}
    return scope | {name: count for name, count in spans.items() if count > 1}
