"""What an EPUB's list of its files says of pages: EPUB 3 has it that readers are told of formulas, drawings, scripts and what is elsewhere."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

HTML, MATHML, SVG = (
    "http://www.w3.org/1999/xhtml",
    "http://www.w3.org/1998/Math/MathML",
    "http://www.w3.org/2000/svg",
)
PAGE = re.compile(r'<item id="[^"]*" href="(?P<path>[^"]*)" media-type="application/xhtml\+xml"(?= ?/>)')
PROGRAMS = re.compile(r"(|module|(text|application)/(x-)?(java|ecma)script)", re.IGNORECASE)
"""Types of scripts that are run, and are no data."""
LOADED = {
    **dict.fromkeys(
        ("audio", "embed", "iframe", "img", "input", "script", "source", "track", "video"), "src"
    ),
    "object": "data",
    "link": "href",
}
"""Elements that load something, and the attribute that says from where."""
REMOTE = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"url\(\s*[\"']?(https?:)?//", re.IGNORECASE)


def say(folder: Path) -> None:
    """Say in the list of an EPUB's files, below a folder, what its pages have."""
    path = folder / "content.opf"

    def with_properties(item: re.Match[str]) -> str:
        page = folder / unquote(unescape(item["path"]))
        found = sorted(set(_properties(etree.parse(page)))) if page.is_file() else []
        return f'{item[0]} properties="{" ".join(found)}"' if found else item[0]

    path.write_text(PAGE.sub(with_properties, path.read_text(encoding="utf-8")), encoding="utf-8")


def _properties(page: "etree._ElementTree") -> Iterator[str]:
    for element in page.iter(etree.Element):
        name = etree.QName(element)
        if name.namespace == MATHML:
            yield "mathml"
        elif name.namespace == SVG:
            yield "svg"
        is_program = name.localname == "script" and PROGRAMS.fullmatch(str(element.get("type", "")).strip())
        is_form = (name.namespace, name.localname) == (HTML, "form")
        if is_program or is_form or any(str(attribute).startswith("on") for attribute in element.keys()):  # noqa: SIM118 - no mapping
            yield "scripted"
        loaded = str(element.get(LOADED.get(name.localname, "src"), ""))
        if REMOTE.match(loaded) or IN_STYLE.search(str(element.get("style", ""))):
            yield "remote-resources"
