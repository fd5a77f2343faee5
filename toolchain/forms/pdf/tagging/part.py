"""The structure of a part of a tagged PDF: of all that its pages show, each element in those that it is in."""

from collections.abc import Mapping
from typing import Any

import pikepdf
from msgspec import Struct
from pikepdf import Array, Dictionary, Name, Object

from toolchain.forms.pdf.tagging.tree import name_all

INSTEAD = "/ActualText"
"""What is said instead of all that an element shows: of a part of it that is too much."""
WRITTEN_ANEW = ("/Type", "/S", "/P", "/Pg", "/K")
OF_ALL = ("/RoleMap", "/ClassMap")
"""What the tree itself says of elements."""
NEVER = 1 << 30


class Mark(Struct, frozen=True):
    """What shows an element: a piece of a page, or an annotation on it."""

    page: int
    """Counted from 0."""
    number: int
    """Of the piece on its page, or of the annotation among all."""
    is_annotation: bool = False


class Known(Struct):
    """An element of the whole, read once."""

    kind: str
    parent: int
    """Its number; -1 if it is in no other."""
    entries: dict[str, bytes]
    """What else is said of it, as PDF writes it."""
    kids: list[int | Mark]
    """The numbers of elements, and what shows this one, in the order in which they are read."""
    first: int = NEVER
    last: int = -1
    """The pages that show it. One that no page shows, such as an empty cell, is where the element is that it is in."""

    @property
    def level(self) -> int:
        """Of a heading; 0 of all else."""
        return int(self.kind[2:]) if self.kind[:2] == "/H" and self.kind[2:].isdecimal() else 0


class Structure:
    """The tree of a tagged PDF, of which parts are written."""

    def __init__(self, whole: pikepdf.Pdf) -> None:
        """Read the tree. There is none of a PDF that is not tagged."""
        self._elements: list[Known] = []
        self._shown: dict[int, dict[Mark, int]] = {}
        """Page by page, what shows an element, and the number of that."""
        self._of_all: dict[str, bytes] = {}
        self._pages = {page.objgen: number for number, page in enumerate(whole.pages)}
        self._annotations = {
            int(annotation.StructParent): number
            for number, page in enumerate(whole.pages)
            for annotation in page.obj.get("/Annots", ())
            if "/StructParent" in annotation
        }
        root = whole.Root.get("/StructTreeRoot")
        if root is not None:
            self._of_all = {key: root[key].unparse(resolved=True) for key in OF_ALL if key in root}
            self._read(root)

    def _read(self, root: Any) -> None:
        """Read all elements, each after the one that it is in; a list stands for calls, since trees may be deep."""
        todo = [(self._add(kid, -1), kid) for kid in _kids(root)]
        while todo:
            number, element = todo.pop()
            known = self._elements[number]
            page = self._pages.get(element.Pg.objgen, -1) if "/Pg" in element else -1
            for kid in _kids(element):
                if isinstance(kid, Dictionary) and "/S" in kid:
                    within = self._add(kid, number)
                    known.kids.append(within)
                    todo.append((within, kid))
                elif (mark := self._mark(kid, page)) is not None:
                    known.kids.append(mark)
                    self._shown.setdefault(mark.page, {})[mark] = number
                    known.first, known.last = min(known.first, mark.page), max(known.last, mark.page)
        for known in reversed(self._elements):
            if known.parent >= 0:
                around = self._elements[known.parent]
                around.first, around.last = min(around.first, known.first), max(around.last, known.last)

    def _add(self, element: Any, parent: int) -> int:
        entries = {
            key: value.unparse(resolved=True) if isinstance(value, Object) else str(value).encode()
            for key, value in element.items()
            if key not in WRITTEN_ANEW
        }
        self._elements.append(Known(str(element.S), parent, entries, []))
        return len(self._elements) - 1

    def _mark(self, kid: Any, page: int) -> Mark | None:
        """Return what shows an element; None of an annotation that is on no page."""
        if isinstance(kid, int):
            return Mark(page, kid)
        if kid.get("/Type") != "/OBJR":
            return Mark(self._pages.get(kid.Pg.objgen, -1) if "/Pg" in kid else page, int(kid.MCID))
        number = int(kid.Obj.get("/StructParent", -1))
        return (
            Mark(self._annotations[number], number, is_annotation=True)
            if number in self._annotations
            else None
        )

    def write(self, part: pikepdf.Pdf, pages: range, annotations: Mapping[int, Any]) -> None:
        """Write the tree of a part that has some pages, and of their annotations those that are left, by their numbers."""
        left = {mark for page in pages for mark in self._shown.get(page, ()) if not mark.is_annotation}
        left |= {
            mark
            for page in pages
            for mark in self._shown.get(page, ())
            if mark.is_annotation and mark.number in annotations
        }
        if not left:
            return
        root = part.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        written = {
            number: part.make_indirect(Dictionary(Type=Name.StructElem)) for number in self._kept(left)
        }
        # Headings count from the highest that is there.
        above = (
            min((known.level for number in written if (known := self._elements[number]).level), default=1) - 1
        )
        sheets = dict(zip(pages, (page.obj for page in part.pages), strict=True))
        for number, element in written.items():
            known = self._elements[number]
            element.S = Name(f"/H{known.level - above}" if known.level else known.kind)
            element.P = written.get(known.parent, root)
            for key, value in known.entries.items():
                if key != INSTEAD or (pages.start <= known.first and known.last < pages.stop):
                    element[key] = Object.parse(value)
            kids = [kid for kid in known.kids if kid in (written if isinstance(kid, int) else left)]
            if known.kind == "/Link" and not any(isinstance(kid, Mark) and kid.is_annotation for kid in kids):
                element.S = Name.Span  # it leads nowhere from here
            element.K = Array(
                [
                    written[kid] if isinstance(kid, int) else _reference(kid, sheets, annotations)
                    for kid in kids
                ]
            )
        for key, value in self._of_all.items():
            root[key] = Object.parse(value)
        tops = [one for number, one in written.items() if self._elements[number].parent < 0]
        root.K = tops[0] if len(tops) == 1 else Array(tops)
        self._write_parents(part, root, written, sheets, annotations)
        name_all(part, root, written.values())
        part.Root.StructTreeRoot = root
        part.Root.MarkInfo = Dictionary(Marked=True)

    def _kept(self, left: set[Mark]) -> list[int]:
        """Return the numbers of the elements that something shows that is left, each after the one that it is in."""
        kept: set[int] = set()
        for mark in left:
            number = self._shown[mark.page][mark]
            while number >= 0 and number not in kept:
                kept.add(number)
                number = self._elements[number].parent
        todo = sorted(kept)
        while todo:
            for kid in self._elements[todo.pop()].kids:
                if isinstance(kid, int) and kid not in kept and self._elements[kid].first == NEVER:
                    kept.add(kid)
                    todo.append(kid)
        return sorted(kept)

    def _write_parents(
        self,
        part: pikepdf.Pdf,
        root: Any,
        written: Mapping[int, Any],
        sheets: Mapping[int, Any],
        annotations: Mapping[int, Any],
    ) -> None:
        """Write what each piece and each annotation is of."""
        numbers, links = Array(), []
        for at, (page, sheet) in enumerate(sheets.items()):
            shown = self._shown.get(page, {})
            pieces = {mark.number: number for mark, number in shown.items() if not mark.is_annotation}
            links += [
                (annotations[mark.number], number)
                for mark, number in shown.items()
                if mark.is_annotation and mark.number in annotations
            ]
            owners = (written.get(pieces.get(piece, -1)) for piece in range(max(pieces, default=-1) + 1))
            numbers.append(at)
            numbers.append(part.make_indirect(Array(list(owners))))
            sheet.StructParents, sheet.Tabs = at, Name.S
        for at, (annotation, number) in enumerate(links, start=len(sheets)):
            annotation.StructParent = at
            numbers.append(at)
            numbers.append(written[number])
        root.ParentTree = part.make_indirect(Dictionary(Nums=numbers))
        root.ParentTreeNextKey = len(sheets) + len(links)


def _kids(holder: Any) -> list[Any]:
    """Return what is in an element: a list, or the only one."""
    kids = holder.get("/K", ())
    return list(kids) if isinstance(kids, Array | tuple) else [kids]


def _reference(mark: Mark, sheets: Mapping[int, Any], annotations: Mapping[int, Any]) -> Any:
    """Return how an element says what shows it."""
    if mark.is_annotation:
        return Dictionary(Type=Name.OBJR, Pg=sheets[mark.page], Obj=annotations[mark.number])
    return Dictionary(Type=Name.MCR, Pg=sheets[mark.page], MCID=mark.number)
