"""Which kinds of output are looked at, and by what."""

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from toolchain.outputs import charts, html, latex, limits, markdown, pdf, pictures, svg, texts
from toolchain.outputs.mimes import JAVASCRIPT, PLAIN, SEVERAL, WIDGET
from toolchain.outputs.refusal import NotAdmittedError, Rules

JSON = re.compile(r"application/(?:json|[\w.+-]+\+json)")
KIND = re.compile(r"[a-z]+/[\w.+-]{1,100}(?:;[ \w=.+-]{1,50})?", re.IGNORECASE)
"""What the name of a mime type looks like."""
Look = Callable[[str, Rules], str]
"""Returns a form of an output as it is shown, or raises NotAdmittedError."""


def _raster(kind: str) -> Look:
    def look(text: str, _rules: Rules) -> str:
        pictures.require_raster(pictures.decoded(text), kind)
        return text

    return look


def _pdf(text: str, _rules: Rules) -> str:
    try:
        pdf.admitted(pictures.decoded(text))
    except NotAdmittedError as refused:
        drawing = refused.instead
        instead = b64encode(drawing).decode() if isinstance(drawing, bytes) else None
        raise NotAdmittedError(refused.reason, instead=instead) from None
    return text


def _svg(text: str, _rules: Rules) -> str:
    return svg.cleaned(text)


def _latex(text: str, rules: Rules) -> str:
    clean = texts.marked_up(text)
    try:
        return latex.rewritten(clean)
    except latex.NotAdmittedError as refused:
        if rules.free_latex:
            return latex.free(clean)
        raise NotAdmittedError(str(refused)) from None


def _javascript(text: str, rules: Rules) -> str:
    if rules.static:
        raise NotAdmittedError("it is a script", asked_for=True)
    return texts.marked_up(text)


LOOKS: dict[str, Look] = {
    PLAIN: lambda text, _: texts.printed(text),
    "text/html": lambda text, rules: html.admitted(texts.marked_up(text), rules),
    "text/markdown": lambda text, rules: markdown.admitted(texts.marked_up(text), rules),
    "text/latex": _latex,
    "image/svg+xml": _svg,
    "application/pdf": _pdf,
    JAVASCRIPT: _javascript,
    **{kind: _raster(kind) for kind in pictures.FORMATS},
}
"""By mime type. What is of none of these is shown by no page: it has to be of the right type, and not too large."""
SEEN = frozenset({*LOOKS, WIDGET})
"""What a page can show."""


def look_at(kind: str, value: Any, rules: Rules) -> Any:
    """Return a form of an output, by its mime type, as it is shown. Raises NotAdmittedError if it is not, as it came."""
    if not KIND.fullmatch(kind):
        raise NotAdmittedError("this is the name of no mime type")
    if kind == SEVERAL:
        raise NotAdmittedError("no output may have it")
    if JSON.fullmatch(kind):
        return _json(kind, value, rules)
    text = joined(value)
    limits.require_short(text, rules.most)
    shown = LOOKS[kind](text, rules) if kind in LOOKS else texts.marked_up(text)
    return value if shown == text else shown


def joined(value: Any) -> str:
    """Return a text that notebooks keep as one, or as its lines. Raises NotAdmittedError if it is neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    raise NotAdmittedError("it is no text")


def _json(kind: str, value: Any, rules: Rules) -> Any:
    limits.require_shallow(value)
    if charts.library(kind) and rules.static:
        raise NotAdmittedError("it is a chart, which scripts draw", asked_for=True)
    if kind == WIDGET:
        if rules.static:
            raise NotAdmittedError("it is a widget, which scripts make", asked_for=True)
        if not isinstance(value, dict) or not isinstance(value.get("model_id"), str):
            raise NotAdmittedError("it names no model of a widget")
    return value
