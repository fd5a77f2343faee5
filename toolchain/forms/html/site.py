"""The built site as the checks see it: each page is parsed once, and only what is looked at is kept."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from lxml import etree, html
from lxml.html import HtmlElement
from msgspec import Struct

from toolchain.forms.html.site_labels import labels
from toolchain.forms.label_text import LabelText
from toolchain.model.facts import GAP

RESOURCES = frozenset({"_static", "_images", "_downloads", "_sources", "_notebooks"})
"""Folders of the site that have no pages: an .html in them is a file like others."""
ADDRESSES = ("href", "xlink:href", "src", "poster", "action", "formaction", "data", "srcset", "imagesrcset")
HINTS = frozenset({"preconnect", "dns-prefetch"})
"""Of `<link rel>`: they name a host and no resource."""
WORDLESS = frozenset({"script", "style", "pre", "svg", "template", "textarea", "noscript"})
CODE = frozenset({"code", "kbd", "samp", "tt"})
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


class SiteLink(Struct, frozen=True):
    """Where something on a page leads, or is loaded from."""

    url: str
    """As it is written."""
    attribute: str
    own: bool
    """Whether it is in the page's own text and not in what all pages have around theirs."""


class Output(Struct, frozen=True):
    """Something that a cell has printed."""

    kind: str
    """As MyST-NB calls it: `stream`, `stderr`, `traceback`, `text_plain`, `text_html`."""
    text: str


class ShownCell(Struct, frozen=True):
    """A code cell as a page shows it."""

    code: str | None
    """None if only its output is shown."""
    outputs: tuple[Output, ...]
    filled: bool
    """Whether there is anything at all where its output belongs."""
    pictures: bool


class SitePage(Struct, frozen=True):
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


class Site(Struct, frozen=True):
    """All pages and files of the built site, by their paths in it."""

    folder: str = ""
    """Relative to the project."""
    files: frozenset[str] = frozenset()
    pages: dict[str, SitePage] = {}


def read_site(folder: Path, name: str) -> Site:
    """Parse every page below a folder, which findings call `name`."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    pages = (each for each in files if each.endswith(".html") and each.partition("/")[0] not in RESOURCES)
    return Site(folder=name, files=frozenset(files), pages={each: _parsed(folder / each) for each in pages})


def _parsed(path: Path) -> SitePage:
    try:
        return read(html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8")))
    except etree.ParserError:  # there is nothing in it
        return SitePage()


def read(tree: HtmlElement) -> SitePage:
    """Take from a page what the checks look at."""
    article = _article(tree)
    own = {url for element in article.iter() for _, url in _addresses(element)}
    known = {url: attribute for element in tree.iter() for attribute, url in _addresses(element)}
    return SitePage(
        title=" ".join((tree.findtext(".//title") or "").split()),
        language=tree.get("lang", ""),
        ids=frozenset(map(str, tree.xpath("//@id | //a/@name"))),
        addresses=tuple(SiteLink(url, known[url], url in own) for url in sorted(known)),
        text="".join(_words(article)),
        empty=not (article.text_content().strip() or _has_picture(article)),
        cells=tuple(_shown(each) for each in article.iter("div") if {"cell", "container"} <= _classes(each)),
        labels=labels(tree),
    )


def _article(tree: HtmlElement) -> HtmlElement:
    """Return the element with the page's own text: themes mark it in one of these ways."""
    for path in ("//article", "//*[@role='main']", "//main", "//body"):
        if found := tree.xpath(path):
            return found[0]
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
        value = element.get(name)
        if value is None or (name == "data" and element.tag != "object"):
            continue
        for url in candidates(value) if name.endswith("srcset") else (value,):
            yield name, url


def candidates(srcset: str) -> Iterator[str]:
    """Yield the addresses in a srcset: each goes up to the next space, and then up to a comma that is in no address."""
    rest = srcset.lstrip(" \t\n\r\f,")
    while rest:
        url, _, rest = rest.partition(" ")
        if url.endswith(","):
            yield url.rstrip(",")
        else:
            yield url
            rest = rest.partition(",")[2]
        rest = rest.lstrip(" \t\n\r\f,")


def _words(element: HtmlElement, *, printed: bool = False) -> Iterator[str]:
    """Yield what is read as text; what code printed only where a caption stands in it."""
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


def _shown(cell: HtmlElement) -> ShownCell:
    codes = _below(cell, "cell_input")
    outputs = list(_below(cell, "cell_output"))
    printed = [each for output in outputs for each in _below(output, "output")]
    return ShownCell(
        code=next((_code(each) for each in codes), None),
        outputs=tuple(Output(_kind(each), each.text_content()) for each in printed),
        filled=bool(printed) or any(each.text_content().strip() or _has_picture(each) for each in outputs),
        pictures=any(map(_has_picture, outputs)),
    )


def _has_picture(element: HtmlElement) -> bool:
    return next(element.iter(*MEDIA), None) is not None


def _below(element: HtmlElement, name: str) -> Iterator[HtmlElement]:
    return (each for each in element.iter("div") if name in _classes(each) and each is not element)


def _kind(output: HtmlElement) -> str:
    words: Iterable[str] = str(output.get("class", "")).split()
    return next((each for each in words if each != "output"), "")


def _code(element: HtmlElement) -> str:
    """Return the code in an element, without the numbers of its lines."""
    pre = next(element.iter("pre"), element)
    return "".join(map(str, pre.xpath(".//text()[not(parent::*[contains(@class, 'linenos')])]")))
