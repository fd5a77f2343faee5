"""Markdown of outputs: its pictures stand in it, or are words; no address in it makes this machine read or fetch anything."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, image
from markdown_it.token import Token

from toolchain.outputs.pictures import DATA_ADDRESS, require_data_addresses
from toolchain.outputs.refusal import NotAdmittedError, Rules

PLAIN_TAG = re.compile(
    r"</?(?:b|br|code|dd|del|details|div|dl|dt|em|h[1-6]|hr|i|kbd|li|mark|ol|p|pre|q|s|samp|small|span|strong|sub|summary|sup"
    r"|table|tbody|td|tfoot|th|thead|tr|u|ul|var)\s*/?>|<!--[^>]*-->",
    re.IGNORECASE,
)
ROUNDS = 20
"""Pictures may stand in the words of pictures."""
MARKUP = re.compile(r"([\\`*_\[\]<>&!$])")


def admitted(text: str, rules: Rules) -> str:
    """Return Markdown as it came if it shows no picture but those that are written into it.

    Raises NotAdmittedError if it does, with the words of each picture in its place.
    """
    tokens, pictures = _parse(text)
    if rules.static and (tag := _acting_tag(tokens)):
        raise NotAdmittedError(f"it has {tag[:60]!r} in it, which is more than text", asked_for=True)
    require_data_addresses(str(picture.attrs.get("src", "")) for _, picture in pictures)
    outside = [(source, picture) for source, picture in pictures if not _is_inside(picture)]
    if not outside:
        return text
    addresses = dict.fromkeys(str(picture.attrs.get("src", "")) for _, picture in outside)
    reason = f"it shows {', '.join(addresses)[:200]}, which no output may have this machine read"
    for _ in range(ROUNDS):
        replaced = text
        for source, picture in outside:
            replaced = replaced.replace(source, MARKUP.sub(r"\\\1", picture.content) or "picture")
        outside = [entry for entry in _parse(replaced)[1] if not _is_inside(entry[1])]
        if not outside:
            raise NotAdmittedError(reason, instead=replaced)
        if replaced == text:
            break
        text = replaced
    raise NotAdmittedError(reason)


def _is_inside(picture: Token) -> bool:
    return DATA_ADDRESS.fullmatch(str(picture.attrs.get("src", ""))) is not None


def _parse(text: str) -> tuple[list[Token], list[tuple[str, Token]]]:
    """Return the tokens of Markdown, and its pictures, each with what is written for it."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    pictures: list[tuple[str, Token]] = []

    def image_noted(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
        start = state.pos
        found = image(state, silent)
        if found and not silent:
            pictures.append((state.src[start : state.pos], state.tokens[-1]))
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
