"""What scripts draw on a page: whether the site has these scripts."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from toolchain.outputs import charts
from toolchain.outputs.libraries import chart_libraries
from toolchain.outputs.mimes import JAVASCRIPT, SEVERAL, WIDGET

KINDS = frozenset({WIDGET, SEVERAL, *charts.MIMES})
"""Mime types of what scripts draw."""
ELSEWHERE = re.compile(
    r"<script[^>]*\ssrc\s*=\s*[\"']?(?P<source>(?:https?:)?//[^\"'\s>]+)"
    r"|import\s*\(?\s*[\"'](?P<module>https?://[^\"']+)"
    r"|[\"'](?P<named>https?://[^\"'\s]+\.js)[\"']",
    re.IGNORECASE,
)
"""A script that is loaded from another host."""


class Missing(Struct, frozen=True):
    """Something that a reader does not see."""

    problem: str
    """Goes on after `cell 3`."""
    remedy: str


def missing(outputs: Iterable[dict[str, Any]]) -> Iterator[Missing]:
    """Yield what no reader sees of a cell's outputs, or none who has no network."""
    for output in outputs:
        forms = output.get("data") or {}
        if "text/html" not in forms and any(kind.startswith("image/") for kind in forms):
            continue  # of HTML and a picture a site shows the first
        libraries = {*map(charts.library, forms)} - {"", *chart_libraries()}
        if libraries:
            yield Missing(
                f"shows a chart, and the site has no scripts to draw it, which are those of {min(libraries)}",
                "In the toolchain's checkout: pip install '.[charts]'. Or display a picture too.",
            )
        elif host := _host(forms):
            yield Missing(
                f"is drawn by scripts of {host}, which a reader without a network does not have",
                "Have the library write its scripts into the output, or display a picture in place of it.",
            )


def _host(forms: dict[str, Any]) -> str:
    """Return where the scripts come from without which an output shows nothing; empty if it has them, or needs none."""
    for kind in ("text/html", JAVASCRIPT):
        text = "".join(forms.get(kind, ""))
        found = ELSEWHERE.search(text)
        if found is None or (kind == "text/html" and _has_words(text)):
            continue
        return urlsplit(unescape(next(filter(None, found.groups())))).netloc
    return ""


def _has_words(text: str) -> bool:
    # Slow to import, and hardly any output loads scripts from another host.
    from toolchain.outputs import html  # noqa: PLC0415

    return html.has_words(text)
