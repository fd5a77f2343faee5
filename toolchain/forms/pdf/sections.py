"""The PDF of each section, which its page of the site offers: cut out of the book as it is read on a screen.

Pages and their numbers are those of the book; a page on which one section ends and the next begins is in both. What a link leads
to is in the file, or on the site, if book.toml says where that is; any other link is left out. The structure of all that the
pages show is in it, for those who do not see them, also of what belongs to the section before or after.
"""

import io
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from toolchain.base.decoding import read_whole
from toolchain.base.files import sha256_file, sha256_lines
from toolchain.forms.copies import mirror
from toolchain.forms.form import Making
from toolchain.forms.pdf import tagging
from toolchain.forms.pdf.reading.latex_labels import destination_of_citation
from toolchain.forms.pdf.reading.printed import Destination, Printed
from toolchain.model import Document, Facts

HEAD = 60.0
"""Points from the upper edge, within which nothing but the running head stands above a heading (toolchain-edition.sty)."""
OF_THE_WHOLE = ("/B", "/StructParents", "/Tabs", "/StructParent")
"""Entries of pages and links that lead into what only the whole book has: threads of articles, and its tree of structure."""
ABOUT = ("/Author", "/Subject", "/Keywords", "/Creator", "/Producer", "/CreationDate")
"""What is said of the whole book, and holds for each part."""


def cut(
    making: Making, made: tuple[Path, Path], opened: Callable[[], Printed], folder: Path, note: Path
) -> None:
    """Have exactly the sections of a book below a folder, by the names of their pages; a note says what they were cut from.

    `made` are the book's PDF and LaTeX's record of it, which are `opened` only if something is to be cut.
    """
    addresses = dict(_addresses(making)) if making.settings.book.site else {}
    inputs = _inputs(making, made, addresses)
    if read_whole(note) == _state(inputs, folder):
        return
    note.unlink(missing_ok=True)
    files: dict[str, bytes] = {}
    printed = opened()
    if printed.readable:
        with pikepdf.open(printed.path) as book:
            cutter = _Cutter(book, printed, addresses, making.settings.book.site)
            for document, pages in _sections(making.book.documents, printed):
                files[f"{document.name}.pdf"] = cutter.cut(pages, _title(document, printed))
    mirror(folder, files, making.digests)
    note.write_bytes(_state(inputs, folder))


def _inputs(making: Making, made: tuple[Path, Path], addresses: Mapping[str, str]) -> str:
    """Return the digest of all that the sections are made of."""
    pages = [f"{page.name} {page.title}" for page in making.book.documents]
    tools = f"pikepdf {pikepdf.__version__} {pikepdf.__libqpdf_version__}", making.tools
    digests = [sha256_file(path) for path in made if path.is_file()]
    return sha256_lines([*digests, *tools, making.settings.book.site, *pages, *map(str, addresses.items())])


def _state(inputs: str, folder: Path) -> bytes:
    """Return a digest of what sections are made of, and of themselves."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = (f"{path.relative_to(folder).as_posix()} {sha256_file(path)}" for path in files)
    return sha256_lines([inputs, *lines]).encode()


def _addresses(making: Making) -> Iterator[tuple[str, str]]:
    """Yield LaTeX's labels of what has a place on the site, each with its address there."""
    facts: Facts = making.runs.facts
    for document in making.book.documents:
        address = f"{quote(document.name)}.html"
        yield f"{document.name}::doc", address
        page = facts.pages.get(document.name)
        for target in page.targets if page else ():
            for identity in target.ids:
                yield f"{document.name}:{identity}", f"{address}#{quote(identity)}"
            for label in target.labels if target.ids else ():
                yield f"equation:{document.name}:{label}", f"{address}#{quote(target.ids[0])}"


def _sections(documents: tuple[Document, ...], printed: Printed) -> Iterator[tuple[Document, range]]:
    """Yield the pages of the book that have something in the PDF, each with the numbers of its sheets, counted from 0."""
    begun = sorted(
        ((place, document) for document in documents if (place := printed.place(f"{document.name}::doc"))),
        key=lambda pair: pair[0],
    )
    chapters = sorted(
        mark.jump.place for mark in printed.outline if mark.level == 0 and mark.jump and mark.jump.place
    )
    end = Destination(len(printed.numbers))
    for (place, document), (following, _) in pairwise([*begun, (end, None)]):
        # The references and the index, say, are no page of the book.
        last = min((following, *(chapter for chapter in chapters if chapter.page > place.page)))
        if document is not None and place != following:
            stands_above = last.page < end.page and not _is_at_the_top(printed, last)
            yield document, range(place.page, max(last.page + stands_above, place.page + 1))


def _is_at_the_top(printed: Printed, place: Destination) -> bool:
    return printed.height(place.page) + place.depth < HEAD


def _title(document: Document, printed: Printed) -> str:
    """Return a section's title as the book's bookmarks have it, with its number."""
    label = printed.labels.get(f"{document.name}::doc")
    titles = (
        mark.title for mark in printed.outline if label and mark.jump and mark.jump.name == label.destination
    )
    return next(titles, document.title)


class _Cutter:
    """Cuts sections out of one book."""

    def __init__(self, book: pikepdf.Pdf, printed: Printed, addresses: Mapping[str, str], site: str) -> None:
        self._book, self._printed = book, printed
        self._structure = tagging.Structure(book)
        self._site = site.rstrip("/")
        self._addresses: dict[str, str] = {}
        for label, address in addresses.items():
            if known := printed.labels.get(label):
                self._addresses.setdefault(known.destination, address)
        for work in printed.citations:
            name, _, identity = work.partition(":")
            if page := addresses.get(f"{name}::doc"):
                self._addresses[destination_of_citation(name, identity)] = f"{page}#{quote(identity)}"
        self._begun = sorted(
            (place, address)
            for label, address in addresses.items()
            if label.endswith("::doc") and (place := printed.place(label))
        )

    def cut(self, pages: range, title: str) -> bytes:
        """Return a PDF of some pages."""
        with pikepdf.new() as part:
            for number in pages:
                part.pages.append(self._book.pages[number])
            tagged: dict[int, Any] = {}
            for page in part.pages:
                self._clear(page.obj)
                links = []
                for link in page.get("/Annots", ()):
                    number = int(link.get("/StructParent", -1))
                    if self._lead(link, part, pages):
                        links.append(link)
                        tagged[number] = link
                if links:
                    page.obj.Annots = Array(links)
                elif "/Annots" in page.obj:
                    del page.obj["/Annots"]
            part.remove_unreferenced_resources()
            self._structure.write(part, pages, tagged)
            numbers = (String(self._printed.numbers[number]) for number in pages)
            labels = (entry for at, number in enumerate(numbers) for entry in (at, Dictionary(P=number)))
            part.Root.PageLabels = Dictionary(Nums=Array(list(labels)))
            if "/Lang" in self._book.Root:
                part.Root.Lang = String(str(self._book.Root.Lang))
            about = {
                key: String(str(value)) for key in ABOUT if (value := self._book.docinfo.get(key)) is not None
            }
            part.docinfo = part.make_indirect(Dictionary({"/Title": String(title), **about}))
            tagging.say_title(part)
            written = io.BytesIO()
            part.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            return written.getvalue()

    def _lead(self, link: Any, part: pikepdf.Pdf, pages: range) -> bool:
        """Have a link lead to where it can from here; say whether there is such a place."""
        self._clear(link)
        jump = self._printed.jump(link)
        if jump is None:  # it leads out of the book already
            return "/A" in link and link.A.get("/S") == "/URI"
        for key in ("/A", "/Dest"):
            if key in link:
                del link[key]
        if jump.place is not None and jump.place.page in pages:
            page = part.pages[jump.place.page - pages.start].obj
            top = -jump.place.depth if jump.place.depth > float("-inf") else None
            link.Dest = Array([page, Name.XYZ, None, top, None])
        elif address := self._addresses.get(jump.name) or self._page_at(jump.place):
            link.A = Dictionary(S=Name.URI, URI=String(f"{self._site}/{address}"))
        return "/Dest" in link or "/A" in link

    def _page_at(self, place: Destination | None) -> str:
        """Return the address of the page of the site that has a place; empty where there is none."""
        before = (address for begun, address in self._begun if place is not None and begun <= place)
        return next(iter(deque(before, maxlen=1)), "")

    def _clear(self, entry: Any) -> None:
        for key in OF_THE_WHOLE:
            if key in entry:
                del entry[key]
