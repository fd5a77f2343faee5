r"""Formulas in the HTML of outputs, where MathJax sets them on Jupyter Book's pages: in elements that ask for it by their class.

Elsewhere in an output `\(` and `$$` are text, as there. What cannot be set stays as it was typed: nobody has written it for the book.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.outputs.elements import FORMULAS
from toolchain.sphinxext import mathjax
from toolchain.sphinxext.formula_references import REFERS
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.site.mathml.as_xml import as_xml
from toolchain.sphinxext.site.mathml.converting import NotSetError
from toolchain.sphinxext.site.mathml.rendering import MATHML, of_config

OUTPUT = {"output", "text_html"}
"""Classes that MyST-NB gives the HTML of an output."""
ASKS = re.compile(rf"(?:^|\s)(?:tex2jax_process|mathjax_process|math|output_area|{FORMULAS})(?:\s|$)")
DECLINES = re.compile(r"(?:^|\s)(?:tex2jax_ignore|mathjax_ignore)(?:\s|$)")
ATTRIBUTES = r"""(?:"[^"]*"|'[^']*'|[^'">])*"""
TAG = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*)(?P<rest>{ATTRIBUTES})>", re.DOTALL
)
CLASS = re.compile(
    r"""\sclass\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'>]+))""", re.IGNORECASE
)
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905 - read as words
RAW = frozenset("script style textarea title iframe noscript xmp".split())  # noqa: SIM905 - as above
"""Elements in which there are no others."""
NEVER = frozenset("annotation annotation-xml code math pre svg".split())  # noqa: SIM905 - as above
"""Elements in which nothing is set, whatever they ask for."""
ENVIRONMENT = r"\\begin\{(?P<environment>[A-Za-z]+\*?)\}"


class Delimiters(NamedTuple):
    """What formulas stand between."""

    start: re.Pattern[str]
    ends: dict[str, tuple[str, bool]]
    """Of what one begins with, what it ends with and whether it is a display."""


def delimiters(config: Config) -> Delimiters:
    """Return what a book has told MathJax, or what that takes by itself."""
    said = mathjax.delimiters(config)
    ends = {
        start: (end, is_display)
        for is_display, pairs in said.items()
        for start, end in pairs
        if start and end
    }
    longest = sorted(ends, key=len, reverse=True)
    return Delimiters(re.compile(rf"{ENVIRONMENT}|\\[\\$]|{'|'.join(map(re.escape, longest))}"), ends)


def with_formulas(html: str, between: Delimiters, convert: Callable[[str, bool], str]) -> str:
    """Return HTML with MathML for the formulas in it, and all else byte for byte as it was."""
    if not between.start.search(html) or not ASKS.search(" ".join(_classes(html))):
        return html
    return "".join(
        "".join(_set(text, between, convert)) if is_asked_for else text for text, is_asked_for in _texts(html)
    )


def _classes(html: str) -> Iterator[str]:
    return (found["double"] or found["single"] or found["bare"] or "" for found in CLASS.finditer(html))


def _texts(html: str) -> Iterator[tuple[str, bool]]:
    """Yield what HTML consists of, each part with whether it is text that asks for formulas."""
    open_elements: list[tuple[str, bool]] = []
    at = 0
    while tag := TAG.search(html, at):
        yield html[at : tag.start()], bool(open_elements) and open_elements[-1][1]
        at, name = tag.end(), (tag["name"] or "").lower()
        if name in RAW and not tag["end"]:
            end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, at)
            at = end.start() if end else len(html)
        elif tag["end"]:
            names = [name for name, _ in open_elements]
            if name in names:
                del open_elements[len(names) - 1 - names[::-1].index(name) :]
        elif name and name not in VOID and not tag["rest"].endswith("/"):
            open_elements.append((name, _asks(name, tag["rest"], open_elements)))
        yield html[tag.start() : at], False
    yield html[at:], False  # after the last tag no element is open


def _asks(name: str, attributes: str, around: list[tuple[str, bool]]) -> bool:
    if name in NEVER or any(outer in NEVER for outer, _ in around):
        return False
    classes = " ".join(_classes(attributes))
    if ASKS.search(classes):
        return True
    return bool(around) and around[-1][1] and not DECLINES.search(classes)


def _set(text: str, between: Delimiters, convert: Callable[[str, bool], str]) -> Iterator[str]:
    """Yield a text with its formulas set; what is between delimiters and is none stays as it is."""
    at = 0
    while start := between.start.search(text, at):
        yield text[at : start.start()]
        at, environment = start.end(), start["environment"]
        end, is_display = between.ends.get(start[0], ("", False))
        if environment:
            end, is_display = rf"\end{{{environment}}}", True
        stop = _end(text, at, end) if end else None
        made = None
        if stop is not None:
            tex = text[start.start() : stop + len(end)] if environment else text[at:stop]
            made = _made(unescape(tex), convert, is_display=is_display)
        if made is None or stop is None:
            yield start[0]
        else:
            yield made
            at = stop + len(end)
    yield text[at:]


def _made(tex: str, convert: Callable[[str, bool], str], *, is_display: bool) -> str | None:
    try:
        # What a formula of an output refers to, the book has not.
        return convert(tex, is_display) if tex.strip() and not REFERS.search(tex) else None
    except NotSetError:
        return None


def _end(text: str, at: int, end: str) -> int | None:
    """Return where a formula ends, which is not within its braces."""
    depth = 0
    for token in re.compile(rf"(?P<end>{re.escape(end)})|\\(?:[A-Za-z]+|.)|[{{}}]", re.DOTALL).finditer(
        text, at
    ):
        if token["end"] and depth == 0:
            return token.start()
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth < 0:
            return None
    return None


class FormulasOfOutputs(SphinxPostTransform):
    """Sets the formulas of the outputs of a page as it is written."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_options: Any) -> None:
        """Look at the HTML of each output."""
        if self.config["html_math_renderer"] != MATHML:
            return
        between = delimiters(self.config)
        is_xml = isinstance(application(self.env).builder, Epub3Builder)

        def convert(tex: str, is_display: bool) -> str:  # noqa: FBT001 - of a formula there is nothing else to say
            made = of_config(tex, self.config, display=is_display)
            return as_xml(made) if is_xml else made

        for node in self.document.findall(nodes.raw):
            if OUTPUT.issubset(node["classes"]):
                text = node.astext()
                written = with_formulas(text, between, convert)
                if written != text:
                    node[:] = [nodes.Text(written)]


def setup(app: Sphinx) -> None:
    """Look at outputs after all that puts them in their places."""
    app.add_post_transform(FormulasOfOutputs)
