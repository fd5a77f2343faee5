"""Markdown of outputs: its pictures stand in it, or are words; no address in it makes this machine read or fetch anything."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline, image
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_inline_dollar
from mdit_py_plugins.footnote import footnote_plugin
from msgspec import Struct

from toolchain.outputs.limits import require_short
from toolchain.outputs.pictures import DATA_ADDRESS, require_data_addresses
from toolchain.outputs.refusal import NotAdmittedError, Rules

PLAIN_TAG = re.compile(
    r"</?(?:b|br|code|dd|del|details|div|dl|dt|em|h[1-6]|hr|i|kbd|li|mark|ol|p|pre|q|s|samp|small|span|strong|sub|summary|sup"
    r"|table|tbody|td|tfoot|th|thead|tr|u|ul|var)\s?/?>",
    re.IGNORECASE,
)
LONGEST = 100_000
"""Characters, those of pictures that are written into it not counted."""
MOST_ENVIRONMENTS = 100
"""Each that is never closed is looked for up to the end."""
PICTURE = re.compile(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+")
ROUNDS = 20
"""Pictures may stand in the words of pictures."""
MARKUP = re.compile(r"([\\`*_\[\]<>&!$])")


class _Picture(Struct, frozen=True):
    """A picture in Markdown."""

    source: str
    """What is written for it."""
    address: str
    words: str

    @property
    def is_inside(self) -> bool:
        """Whether it is written into its address."""
        return DATA_ADDRESS.fullmatch(self.address) is not None


def add_dialect(parser: MarkdownIt) -> None:
    """Have CommonMark's parser read what front ends of Jupyter, and GitHub, show besides: whoever looks at it reads the same."""
    parser.enable(["table", "strikethrough"]).use(dollarmath_plugin, allow_labels=False, double_inline=True)
    parser.use(amsmath_plugin).use(deflist_plugin).use(footnote_plugin, inline=False, move_to_end=False)
    parser.options.update({"tasklists": True, "alerts": True})
    formula = math_inline_dollar(allow_double=True)

    def formula_but_no_prices(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        """Read `$x$` and `$ x $`, and of `$5 or $6` nothing: these are prices."""
        at = state.pos
        closing = state.src.find("$", at + 1)
        between = state.src[at + 1 : closing]
        if closing > at + 1 and between[-1].isspace() and not between[0].isspace():
            return False
        return formula(state, silent)

    parser.inline.ruler.at("math_inline", formula_but_no_prices)


def admitted(text: str, rules: Rules) -> str:
    """Return Markdown as it came if it shows no picture but those that are written into it.

    Raises NotAdmittedError if it does, with the words of each picture in its place.
    """
    # The time that Markdown takes may grow with the square of its length.
    require_short(PICTURE.sub("", text), LONGEST)
    if text.count("\\begin{") > MOST_ENVIRONMENTS:
        raise NotAdmittedError(f"it has more than {MOST_ENVIRONMENTS} formulas in environments")
    tokens, pictures = _parse(text)
    if rules.static and (tag := _acting_tag(tokens)):
        raise NotAdmittedError(f"it has {tag[:60]!r} in it, which is more than text", asked_for=True)
    require_data_addresses(picture.address for picture in pictures)
    outside = [picture for picture in pictures if not picture.is_inside]
    if not outside:
        return text
    addresses = ", ".join(dict.fromkeys(picture.address for picture in outside))
    reason = f"it shows {addresses[:200]}, which no output may have this machine read"
    for _ in range(ROUNDS):
        replaced = text
        for picture in outside:
            replaced = replaced.replace(picture.source, MARKUP.sub(r"\\\1", picture.words) or "picture")
        outside = [picture for picture in _parse(replaced)[1] if not picture.is_inside]
        if not outside:
            raise NotAdmittedError(reason, instead=replaced)
        if replaced == text:
            break
        text = replaced
    raise NotAdmittedError(reason)


def _parse(text: str) -> tuple[list[Token], list[_Picture]]:
    """Return the tokens of Markdown, and its pictures."""
    parser = MarkdownIt("commonmark")
    add_dialect(parser)
    renderer = RendererHTML()
    pictures: list[_Picture] = []

    def image_noted(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        start = state.pos
        found = image(state, silent)
        if found and not silent:
            token = state.tokens[-1]
            words = renderer.renderInlineAsText(token.children or [], state.md.options, {})
            pictures.append(_Picture(state.src[start : state.pos], str(token.attrs.get("src", "")), words))
        return found

    parser.inline.ruler.at("image", image_noted)
    try:
        return list(_flat(parser.parse(text))), pictures
    except RecursionError:
        raise NotAdmittedError("it is nested too deeply") from None


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _acting_tag(tokens: list[Token]) -> str:
    """Return HTML of which nobody can say at a glance that it does nothing; empty if there is none."""
    for token in tokens:
        if token.type in ("html_block", "html_inline"):
            rest = PLAIN_TAG.sub("", token.content)
            if "<" in rest:
                return rest[rest.index("<") :].strip()
    return ""
