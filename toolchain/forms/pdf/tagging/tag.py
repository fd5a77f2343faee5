"""Tags a PDF: page by page, then the tree of all."""

from collections.abc import Iterable
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name

from toolchain.forms.pdf.tagging import boxes
from toolchain.forms.pdf.tagging.content import Piece, pieces
from toolchain.forms.pdf.tagging.links import Leads
from toolchain.forms.pdf.tagging.owners import NOBODY, Owners
from toolchain.forms.pdf.tagging.spaces import Spaces
from toolchain.forms.pdf.tagging.tree import Node, Tree
from toolchain.model.tags import Tags

LINK = "/TagLink"
"""What LaTeX has written into the annotation of a link: its number."""
DECORATION = b"/Artifact BMC\n"


def tag(pdf: pikepdf.Pdf, tags: Tags) -> None:
    """Write the structure of a book into a PDF that has LaTeX's marks."""
    owners, tree, spaces = Owners(tags.elements), Tree(tags.elements), Spaces(pdf)
    shown: list[list[Node]] = []
    for number, page in enumerate(pdf.pages):
        nodes: list[Node] = []
        found = owners.of_page(pieces(_content(page)))
        spaces.turn_to(page)
        for piece in found:
            if piece.kind == "text" and piece.owner and piece.owner != NOBODY:
                piece.content = spaces.put(piece.content, piece.owner[0])  # type: ignore[index]
        for owner, box in boxes.of_pictures(found, page.obj.get("/Resources", Dictionary())):
            if owner and owner != NOBODY:
                tree.node(owner).boxes.append((number, box))  # type: ignore[arg-type]
        content = b"".join(_tagged(found, page.obj, tree, nodes))
        page.obj.Contents = pdf.make_stream(content)
        page.obj.StructParents = number
        page.obj.Tabs = Name.S
        shown.append(nodes)
    tree.complete()
    tree.write(pdf, shown, _links(pdf))
    say_title(pdf)


def say_title(pdf: pikepdf.Pdf) -> None:
    """Have viewers show the title of the book for the name of the file, and say in both ways of PDF what book it is."""
    preferences = pdf.Root.get("/ViewerPreferences", Dictionary())
    preferences.DisplayDocTitle = True
    pdf.Root.ViewerPreferences = preferences
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata.load_from_docinfo(pdf.docinfo)


def forget_marks(pdf: pikepdf.Pdf) -> None:
    """Take the marks out of a PDF that is not to be tagged."""
    for page in pdf.pages:
        page.obj.Contents = pdf.make_stream(b"".join(piece.content for piece in pieces(_content(page))))
    _links(pdf)


def _content(page: pikepdf.Page) -> bytes:
    contents = page.obj.get("/Contents", pikepdf.Array())
    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join(stream.read_bytes() for stream in streams)


def _tagged(found: Iterable[Piece], page: Any, tree: Tree, nodes: list[Node]) -> Iterable[bytes]:
    """Yield what a page draws with marks of PDF: what belongs together up to the next mark stands between two."""
    owner: Any = None
    for piece in found:
        if piece.kind in ("mark", "state"):
            if owner is not None:
                yield b"EMC\n"
                owner = None
            if piece.owner:  # the place of a note
                tree.node(piece.owner)  # type: ignore[arg-type]
        elif piece.kind and piece.owner != owner:
            if owner is not None:
                yield b"EMC\n"
            owner = piece.owner
            if owner == NOBODY:
                yield DECORATION
            else:
                node = tree.node(owner)
                node.kids.append((page, len(nodes)))
                yield b"/%s <</MCID %d>> BDC\n" % (node.kind.encode(), len(nodes))
                nodes.append(node)
        yield piece.content
        yield b"\n" if piece.kind else b""
    if owner is not None:
        yield b"\nEMC\n"


def _links(pdf: pikepdf.Pdf) -> dict[int, list[Any]]:
    """Return the annotations of each link, by the number that LaTeX has given it and that nobody needs from now on."""
    links: dict[int, list[Any]] = {}
    leads = Leads(pdf)
    for page in pdf.pages:
        for annotation in page.obj.get("/Annots", ()):
            if LINK in annotation:
                links.setdefault(int(annotation[LINK]), []).append(annotation)
                del annotation[LINK]
                if words := leads.words(annotation):
                    annotation.Contents = pikepdf.String(words)
    return links
