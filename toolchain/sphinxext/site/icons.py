"""Icons of pages as drawings in the page itself: no page loads an icon font, of which it would show ten letters.

Templates, header buttons, `icon_links` and sphinx-design's roles name icons by classes, as Font Awesome does. The drawings are those
of the script that the theme's own package ships for them. Where an icon is not among them its element stays as it is, which the
check of icons finds.
"""

import re
from functools import cache
from importlib import resources
from typing import NamedTuple
from urllib.parse import quote

SCRIPT = "theme/pydata_sphinx_theme/static/scripts/fontawesome.js"
"""Of pydata-sphinx-theme: all icons of Font Awesome Free, whose licence stands beside it."""
STYLES = {
    **dict.fromkeys(("fab", "fa-brands"), "fab"),
    **dict.fromkeys(("far", "fa-regular"), "far"),
    **dict.fromkeys(("fas", "fa-solid", "fa"), "fas"),
}
"""Classes that say how an icon is drawn, and what the script calls that."""
DRAWING = re.compile(
    r'(?:"(?P<quoted>[a-z0-9-]+)"|\b(?P<plain>[a-z0-9]+)):\[(?P<width>\d+),(?P<height>\d+),'
    r'\[(?P<others>[^\]]*)\],"(?P<character>[0-9a-f]+)","(?P<path>[^"]*)"\]'
)
END = re.compile(r'\("(fa[brs])",\w+\)')
"""Stands after the drawings of a style."""
ELEMENT = re.compile(
    r"<(?P<tag>i|span)\b(?P<attributes>[^<>]*?\bclass=\"(?P<classes>[^\"]*\bfa[a-z]*-?[^\"]*)\"[^<>]*)>\s*</(?P=tag)>"
)
CLASS = re.compile(r'\s*\bclass="[^"]*"')
SAFE = " /:='(),.-"
"""Characters that stay as they are in an address in quotes."""
HIDDEN = re.compile(r"\baria-(?:hidden|label)\b")


IN_RULES = re.compile(
    r"(?P<property>--pst-[\w-]+:)\"(?P<character>[\ue000-\uf8ff]|\\[ef][0-9a-f]{3})\""
    r"|\bcontent:(?P<use>var\(--pst-(?:icon-[\w-]+|breadcrumb-divider)\))"
)
"""An icon in a style sheet: a letter of the font as the value of a property, and where the property is used."""


class Drawing(NamedTuple):
    """An icon."""

    width: str
    height: str
    path: str


BODY = re.compile(r"<body\b[^>]*>\s*")


def drawn(html: str) -> str:
    """Return a page in which each icon is drawn; one that it has several times is drawn once and used again."""
    used: dict[str, None] = {}

    def draw(element: re.Match[str]) -> str:
        classes = element["classes"].split()
        found = _found(classes)
        if found is None:
            return element[0]
        name, drawing = found
        used[name] = None
        attributes = CLASS.sub("", element["attributes"])
        if not HIDDEN.search(attributes):
            attributes += ' aria-hidden="true"'
        return (
            f'<svg class="icon {" ".join(classes)}"{attributes} viewBox="0 0 {drawing.width} {drawing.height}">'
            f'<use href="#icon-{name}"/></svg>'
        )

    html = ELEMENT.sub(draw, html)
    if not used:
        return html
    symbols = "".join(_symbol(name) for name in used)
    sprite = f'<svg class="icons" aria-hidden="true" width="0" height="0">{symbols}</svg>\n'
    # First in the page: a comment that an author does not end would hide what comes after the text.
    body = BODY.search(html)
    at = body.end() if body else 0
    return html[:at] + sprite + html[at:]


def drawn_in_rules(css: str) -> str:
    """Return a style sheet in which icons are drawings, in the colour of the letters around them."""
    return IN_RULES.sub(_in_rules, css)


def _in_rules(found: re.Match[str]) -> str:
    if found["use"]:
        return (
            f'content:"";display:inline-block;width:1em;height:1em;background:currentcolor;'
            f"mask:{found['use']} center/contain no-repeat"
        )
    letter = found["character"]
    character = int(letter[1:], 16) if letter.startswith("\\") else ord(letter)
    drawing = next(
        (_drawings()[key] for style in ("fas", "fab") if (key := f"{style}-U+{character:x}") in _drawings()),
        None,
    )
    if drawing is None:
        return found[0]
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {drawing.width} {drawing.height}'>"
        f"<path d='{drawing.path}'/></svg>"
    )
    return f'{found["property"]}url("data:image/svg+xml,{quote(svg, safe=SAFE)}")'


def is_icon(classes: list[str]) -> bool:
    """Say whether an element's classes name an icon of Font Awesome."""
    return bool(STYLES.keys() & set(classes)) and any(name.startswith("fa-") for name in classes)


def _found(classes: list[str]) -> tuple[str, Drawing] | None:
    """Return an icon's name, with its style, and its drawing."""
    style = next((STYLES[name] for name in classes if name in STYLES), None)
    if style is None:
        return None
    for name in classes:
        key = f"{style}-{name.removeprefix('fa-')}"
        if name.startswith("fa-") and name not in STYLES and key in _drawings():
            return key, _drawings()[key]
    return None


def _symbol(name: str) -> str:
    drawing = _drawings()[name]
    return f'<symbol id="icon-{name}"><path fill="currentColor" d="{drawing.path}"/></symbol>'


@cache
def _drawings() -> dict[str, Drawing]:
    """Return all icons by style and name, also those that they had in earlier versions, and by the letter of the font."""
    script = resources.files("pydata_sphinx_theme").joinpath(SCRIPT).read_text(encoding="utf-8")
    drawings: dict[str, Drawing] = {}
    start = 0
    for end in END.finditer(script):
        for icon in DRAWING.finditer(script, start, end.start()):
            drawing = Drawing(icon["width"], icon["height"], icon["path"])
            earlier = re.findall(r'"([a-z0-9-]+)"', icon["others"])
            for name in (*earlier, icon["quoted"] or icon["plain"], f"U+{icon['character']}"):
                drawings[f"{end[1]}-{name}"] = drawing
        start = end.end()
    return drawings
