"""The built site as the checks see it: each page is parsed once, and only what they need is kept."""

import os
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from lxml import etree, html
from lxml.html import HtmlElement
from msgspec import Struct

from toolchain.base.files import is_file
from toolchain.base.frames import titled_by
from toolchain.forms.html.reading.kept_pages import KeptPages
from toolchain.forms.html.reading.site_labels import CODE, labels
from toolchain.forms.label_text import LabelText
from toolchain.model.facts import GAP

RESOURCES = frozenset(
    {"_static", "_images", "_downloads", "_sources", "_notebooks", "_pdf", "_previews", "_cards"}
)
"""Folders of the site that have no pages: an .html in them is a file like others."""
ADDRESSES = ("href", "xlink:href", "src", "poster", "action", "formaction", "data", "srcset", "imagesrcset")
SENT = frozenset({"action", "formaction"})
"""Where a form is sent to; one that is for scripts alone, such as the buttons of an animation, has any fragment there."""
SPACE = re.compile(r"[ \t\n\r\f]")
HINTS = frozenset({"preconnect", "dns-prefetch"})
"""Of `<link rel>`: they name a host and no resource."""
WORDLESS = frozenset({"script", "style", "pre", "svg", "template", "textarea", "noscript"})
INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "cite",
        "em",
        "i",
        "label",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
    }
)
WORDLESS_CLASSES = frozenset({"math", "literal-block", "highlight", "cell_input"})
MEDIA = frozenset({"img", "svg", "canvas", "video", "audio", "iframe", "object", "embed", "script"})

ICON_STYLES = frozenset({"fa-solid", "fa-regular", "fa-brands", "fas", "far", "fab", "fa"})
"""Classes of icons as Font Awesome has them."""


class SiteLink(Struct, frozen=True, array_like=True):
    """Where something on a page leads, or is loaded from."""

    url: str
    """As it is written."""
    attribute: str
    own: bool
    """Whether it is in the page's own text and not in what all pages have around theirs."""


class Output(Struct, frozen=True, array_like=True):
    """Something that a cell has printed."""

    kind: str
    """As MyST-NB calls it: `stream`, `stderr`, `traceback`, `text_plain`, `text_html`."""
    text: str


class ShownCell(Struct, frozen=True, array_like=True):
    """A code cell as a page shows it."""

    code: str | None
    """None if only its output is shown."""
    outputs: tuple[Output, ...]
    filled: bool
    """Whether there is anything at all where its output belongs."""
    pictures: bool


class SitePage(Struct, frozen=True, array_like=True):
    """What the checks look at on a page."""

    title: str = ""
    language: str = ""
    ids: frozenset[str] = frozenset()
    addresses: tuple[SiteLink, ...] = ()
    text: str = ""
    """The words of its article, a line for each of the source, with GAP for code; without what code printed."""
    empty: bool = True
    """Whether its article has neither a word nor a picture."""
    cells: tuple[ShownCell, ...] = ()
    labels: dict[str, LabelText] = {}
    """What is shown at each id."""
    icons: tuple[str, ...] = ()
    """Icons of a font that nothing has drawn, by their classes."""
    untitled_frames: tuple[str, ...] = ()
    """Addresses of the frames in its text that have no title, or no other one than their address."""
    compressed: int = 0
    """Bytes of the page as servers send it."""
    has_formulas: bool = False


class Site(Struct, frozen=True):
    """All pages and files of the built site, by their paths in it."""

    folder: str = ""
    """Relative to the project."""
    files: frozenset[str] = frozenset()
    pages: dict[str, SitePage] = {}


def read_site(folder: Path, name: str, kept: KeptPages[SitePage]) -> Site:
    """Parse every page below a folder, which findings call `name`, but for those that were parsed and `kept` before."""
    files = sorted(_files(str(folder)))
    paths = (path for path in files if path.endswith(".html") and path.partition("/")[0] not in RESOURCES)
    links: dict[SiteLink, SiteLink] = {}
    pages = {path: _with_links_of(links, kept.of(folder / path, _parsed_page)) for path in paths}
    kept.forget_others()
    return Site(folder=name, files=frozenset(files), pages=pages)


def _with_links_of(links: dict[SiteLink, SiteLink], page: SitePage) -> SitePage:
    """Return a page whose links are those that pages before it have, too: in a sidebar are as many as there are pages."""
    shared = tuple([links.setdefault(link, link) for link in page.addresses])
    return msgspec.structs.replace(page, addresses=shared)


def _files(folder: str) -> Iterator[str]:
    """Yield the paths of all files below a folder, in it; links to folders are not followed."""
    start = len(folder) + 1
    for parent, _, names in os.walk(folder):
        within = f"{parent[start:].replace(os.sep, '/')}/" if len(parent) >= start else ""
        yield from (f"{within}{name}" for name in names if is_file(Path(parent, name)))


def _parsed_page(content: bytes) -> SitePage:
    try:
        tree = html.document_fromstring(content, parser=html.HTMLParser(encoding="utf-8"))
        return msgspec.structs.replace(
            read(tree), compressed=len(zlib.compress(content)), has_formulas=b"<math" in content
        )
    except etree.ParserError:  # there is nothing in it
        return SitePage()


def read(tree: HtmlElement) -> SitePage:
    """Take from a page what the checks look at."""
    article = _article(tree)
    own_urls = {url for element in article.iter() for _, url in _addresses(element)}
    of_outputs = {element for output in _below(article, "cell_output") for element in output.iter()}
    attributes = {
        url: attribute
        for element in tree.iter()
        for attribute, url in _addresses(element)
        if not (element in of_outputs and _leads_within(url))
    }
    return SitePage(
        title=" ".join((tree.findtext(".//title") or "").split()),
        language=tree.get("lang", ""),
        ids=frozenset(map(str, tree.xpath("//@id | //a/@name"))),
        addresses=tuple(SiteLink(url, attributes[url], url in own_urls) for url in sorted(attributes)),
        text="".join(_words(article)),
        empty=not (article.text_content().strip() or _has_picture(article)),
        cells=tuple(
            _shown_cell(div) for div in article.iter("div") if {"cell", "container"} <= _classes(div)
        ),
        labels=labels(tree),
        icons=tuple(
            " ".join(str(element.get("class")).split())
            for element in tree.iter("i", "span")
            if _classes(element) & ICON_STYLES and not element.text_content().strip()
        ),
        untitled_frames=tuple(
            frame.get("src", "")
            for frame in article.iter("iframe")
            if frame not in of_outputs and not _is_named(frame)
        ),
    )


def _article(tree: HtmlElement) -> HtmlElement:
    """Return the element with the page's own text: themes mark it in one of these ways."""
    for path in ("//article", "//*[@role='main']", "//main", "//body"):
        if elements := tree.xpath(path):
            return elements[0]
    return tree


def _classes(element: HtmlElement) -> set[str]:
    return set(str(element.get("class", "")).split())


def _addresses(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yield the attributes of an element that are addresses, every candidate of a srcset by itself."""
    if not isinstance(element.tag, str) or (
        element.tag == "link" and HINTS & set(element.get("rel", "").split())
    ):
        return
    for name in ADDRESSES:
        address = element.get(name)
        if address is None or (name == "data" and element.tag != "object"):
            continue
        for url in candidates(address) if name.endswith("srcset") else (address,):
            if not (name in SENT and _leads_within(url)):
                yield name, url


def _is_named(frame: HtmlElement) -> bool:
    """Say whether a frame has a name that says more than its address, or needs none."""
    names = (frame.get(name, "").strip() for name in ("title", "aria-label", "aria-labelledby"))
    is_hidden = frame.get("hidden") is not None or frame.get("aria-hidden") == "true"
    return is_hidden or next(filter(None, names), "") not in ("", titled_by(frame.get("src", "")))


def _leads_within(url: str) -> bool:
    """Say whether an address is a place in its page: scripts of an output make such places, and take such links."""
    return url.strip().startswith("#")


def candidates(srcset: str) -> Iterator[str]:
    """Yield the addresses in a srcset: each goes up to the next space, and then up to a comma that is in no address."""
    remaining = srcset.lstrip(" \t\n\r\f,")
    while remaining:
        url, *others = SPACE.split(remaining, maxsplit=1)
        remaining = "".join(others)
        if url.endswith(","):
            yield url.rstrip(",")
        else:
            yield url
            remaining = remaining.partition(",")[2]
        remaining = remaining.lstrip(" \t\n\r\f,")


def _words(element: HtmlElement, *, printed: bool = False) -> Iterator[str]:
    """Yield the text that people read; of what code printed only captions."""
    classes = _classes(element)
    if element.tag in WORDLESS or classes & WORDLESS_CLASSES:
        return
    if element.tag in CODE:
        yield "" if printed else GAP
        return
    printed = (printed or "cell_output" in classes) and element.tag != "figcaption"
    block = element.tag not in INLINE
    yield "\n" if block else ""
    yield "" if printed else element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from _words(child, printed=printed)
        yield "" if printed else child.tail or ""
    yield "\n" if block else ""


def _shown_cell(cell: HtmlElement) -> ShownCell:
    inputs = _below(cell, "cell_input")
    areas = list(_below(cell, "cell_output"))
    outputs = [output for area in areas for output in _below(area, "output")]
    return ShownCell(
        code=next((_code(element) for element in inputs), None),
        outputs=tuple(Output(_kind(output), output.text_content()) for output in outputs),
        filled=bool(outputs) or any(area.text_content().strip() or _has_picture(area) for area in areas),
        pictures=any(map(_has_picture, areas)),
    )


def _has_picture(element: HtmlElement) -> bool:
    return next(element.iter(*MEDIA), None) is not None


def _below(element: HtmlElement, name: str) -> Iterator[HtmlElement]:
    """Return the div elements of a class within an element."""
    return (div for div in element.iter("div") if name in _classes(div) and div is not element)


def _kind(output: HtmlElement) -> str:
    """Return what MyST-NB calls the kind of an output: its first class besides `output`."""
    classes: Iterable[str] = str(output.get("class", "")).split()
    return next((word for word in classes if word != "output"), "")


def _code(element: HtmlElement) -> str:
    """Return the code in an element, without the numbers of its lines."""
    pre = next(element.iter("pre"), element)
    return "".join(map(str, pre.xpath(".//text()[not(parent::*[contains(@class, 'linenos')])]")))
