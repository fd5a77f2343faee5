"""Pictures that notebooks have in themselves, or show by an `<img>`, become images like all others, and so are in every form.

An .ipynb keeps what was pasted into a cell beside the cell's text, which names it `attachment:`. And Jupyter's users write an
`<img>` where they want a width; what is in raw HTML is on the site alone.
"""

import re
from base64 import b64encode
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
from docutils import nodes
from lxml import etree
from lxml import html as lxml_html
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from toolchain.base.decoding import decode_json, read_loosely
from toolchain.base.files import is_file
from toolchain.model.files import NOTEBOOK, cell_of
from toolchain.sphinxext.taking import BY_CODE

BEFORE_THE_GATE = 90
ATTACHED = "attachment:"
AROUND = frozenset({"p", "div", "center", "span", "br", "img"})
"""Elements that an image may stand in without being part of something else."""
OF_TAG = re.compile(
    rf"(?P<before><img\b[^>]{{0,999}}?\bsrc\s*=\s*[\"']?)(?P<address>{ATTACHED}[^\"'>]+)", re.IGNORECASE
)
LENGTH = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|px|pt|em|ex|cm|mm|in|pc)?\s*")
OF_STYLE = re.compile(r"(?:^|;)\s*(?P<name>width|height)\s*:\s*(?P<value>[^;]+)")


class _Cell(msgspec.Struct, frozen=True):
    """A cell of an .ipynb, as far as it matters here."""

    attachments: dict[str, dict[str, Any]] | None = None
    """What is attached to it: contents by their kinds, by name."""


class _Notebook(msgspec.Struct, frozen=True):
    cells: list[_Cell] = []


class _Page:
    """Finds what the images of a page show."""

    def __init__(self, env: BuildEnvironment) -> None:
        self._env = env
        self._path = Path(env.doc2path(env.current_document.docname))
        self._notebook: _Notebook | None = None

    def convert(self, tree: nodes.document) -> None:
        """Make images of raw HTML that is nothing else, then put what is attached in its place."""
        for raw in list(tree.findall(nodes.raw)):
            if "html" in raw.get("format", "") and "<img" in raw.astext().lower() and not _is_of_code(raw):
                self._replace(raw)
        for image in list(tree.findall(nodes.image)):
            if image["uri"].startswith(ATTACHED) and not _is_of_code(image):
                image["uri"] = self._attached(image["uri"], image) or image["uri"]

    def _replace(self, raw: nodes.raw) -> None:
        images = list(_images(raw.astext()))
        if not images or not all(self._is_ours(image["uri"]) for image in images):
            self._fill_in(raw)
            return
        for image in images:
            image.source, image.line = raw.source, raw.line
        raw.parent.replace(raw, images)

    def _fill_in(self, raw: nodes.raw) -> None:
        """Put what is attached where raw HTML with other things in it names it: those are on the site alone."""

        def address(match: re.Match[str]) -> str:
            return match["before"] + (self._attached(unescape(match["address"]), raw) or match["address"])

        raw[:] = [nodes.Text(OF_TAG.sub(address, raw.astext()))]

    def _is_ours(self, address: str) -> bool:
        """Say whether an image shows a file of the book, or what is attached to its cell."""
        if address.startswith(ATTACHED):
            return True
        is_elsewhere = address.startswith("data:") or "://" in address or not address
        return not is_elsewhere and is_file(Path(self._env.relfn2path(address)[1]))

    def _attached(self, address: str, node: nodes.Element) -> str:
        """Return the address that has all of an attached picture in it, of the cell that a node is in; empty if there is none such."""
        if self._notebook is None:
            text = read_loosely(self._path) if self._path.suffix == NOTEBOOK else ""
            self._notebook = decode_json(text, _Notebook) or _Notebook()
        at: nodes.Element | None = node
        while at is not None and not at.line:
            at = at.parent
        number = cell_of(str(self._path), at.line if at is not None else None) or 0
        name = address.removeprefix(ATTACHED)
        cells = self._notebook.cells[number - 1 : number] if number else []
        found = [
            content
            for cell in cells
            for key in (name, unquote(name))
            for content in (cell.attachments or {}).get(key, {}).items()
        ]
        pictures = (
            _address(kind, content if isinstance(content, str) else "".join(content))
            for kind, content in found
            if kind.startswith("image/") and isinstance(content, str | list)
        )
        return next(pictures, "")


def _is_of_code(node: nodes.Node) -> bool:
    """Say whether code has put a node out: what it names is no file of the page."""
    at: nodes.Node | None = node
    while isinstance(at, nodes.Element):
        if at.get("nb_element") == "cell_code_output" or at.get(BY_CODE):
            return True
        at = at.parent
    return False


def _address(kind: str, text: str) -> str:
    """Return an address with a content in it, which is in base64 already unless it is text, as an SVG may be."""
    try:
        a2b_base64("".join(text.split()), strict_mode=True)
    except (NotBase64, ValueError):
        text = b64encode(text.encode()).decode()
    return f"data:{kind};base64,{''.join(text.split())}"


def _images(text: str) -> Iterator[nodes.image]:
    """Yield the images of HTML that has nothing else in it; none if it has."""
    try:
        fragments = lxml_html.fragments_fromstring(text)
    except (etree.ParserError, ValueError):
        return
    if any(isinstance(fragment, str) and fragment.strip() for fragment in fragments):
        return
    elements = [fragment for fragment in fragments if not isinstance(fragment, str)]
    inner = [element for fragment in elements for element in fragment.iter()]
    if not all(element.tag in AROUND for element in inner) or any(
        (content or "").strip() for element in inner for content in (element.text, element.tail)
    ):
        return
    for element in inner:
        if element.tag == "img":
            yield _image(element)


def _image(element: lxml_html.HtmlElement) -> nodes.image:
    image = nodes.image(uri=element.get("src", "").strip(), alt=element.get("alt", ""))
    sizes = {name: element.get(name, "") for name in ("width", "height")}
    sizes |= {match["name"]: match["value"] for match in OF_STYLE.finditer(element.get("style", ""))}
    for name, value in sizes.items():
        if length := LENGTH.fullmatch(value.strip()):
            image[name] = f"{length['number']}{length['unit'] or 'px'}"
    if "%" in image.get("height", ""):
        del image["height"]  # of what, no form but the site can say
    return image


def _convert(app: Sphinx, tree: nodes.document) -> None:
    _Page(app.env).convert(tree)


def setup(app: Sphinx) -> None:
    """Look before anything else looks at a page's images."""
    app.connect("doctree-read", _convert, priority=BEFORE_THE_GATE)
