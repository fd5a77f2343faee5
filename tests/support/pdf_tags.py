"""Tags of PDFs: read as they stand in the tree, and made out of marks."""

import re
from typing import Any

import pikepdf

from toolchain.forms.pdf.tagging import tag
from toolchain.model.tags import Element, Tags


def elements(pdf: pikepdf.Pdf) -> list[Any]:
    """Return all elements in their order."""
    found, todo = [], [pdf.Root.StructTreeRoot.K]
    while todo:
        element = todo.pop()
        found.append(element)
        kids = element.get("/K", ())
        todo += [kid for kid in reversed(list(kids)) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
    return found


def in_order(pdf: pikepdf.Pdf) -> list[tuple[str, str, int]]:
    """Return what the elements show, as they are read: their kinds, and the pages and numbers of the pieces."""
    labels = {page.objgen: str(page.label) for page in pdf.pages}
    return [
        (str(element.S), labels[(kid if isinstance(kid, pikepdf.Dictionary) else element).Pg.objgen], number)
        for element in elements(pdf)
        for kid in element.get("/K", ())
        if (number := kid if isinstance(kid, int) else int(kid.get("/MCID", -1))) >= 0
    ]


def parents(pdf: pikepdf.Pdf) -> dict[int, Any]:
    """Return what the pieces of each page and the annotations are of, by the numbers that the pages and they have."""
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    return dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))


def tagged(content: str, *elements: Element) -> pikepdf.Pdf:
    """Return a PDF that says this on its pages, which a form feed ends, tagged by the elements after the document."""
    pdf = pikepdf.new()
    for page in content.split("\f"):
        pdf.add_blank_page()
        pdf.pages[-1].obj.Contents = pdf.make_stream(
            re.sub(r"'(\w+)'", r" BT /F 9 Tf (\1) Tj ET ", page).encode()
        )
    tag(pdf, Tags((Element("Document"), *elements)))
    return pdf


def outline(pdf: pikepdf.Pdf) -> list[str]:
    """Return the elements with the number of pieces that each has."""
    return [
        f"{str(element.S)[1:]} {sum(not hasattr(kid, 'S') for kid in element.get('/K', ()))}"
        for element in elements(pdf)[1:]
    ]
