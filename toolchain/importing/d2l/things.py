"""What is on a page of d2lbook that may have a label: headings, equations, figures and tables, with the roles after them."""

import re
from collections.abc import Iterator

from markdown_it.rules_inline import StateInline
from msgspec import Struct
from myst_parser.parsers.directives import parse_directive_text

from toolchain.importing import markdown
from toolchain.importing.d2l.typed_numbers import Shown
from toolchain.importing.markdown import Block, Inline
from toolchain.importing.text import Text
from toolchain.model import Heading, Parsed, Toctree

ROLE = re.compile(r":(?P<name>[a-z][a-z_:]*):`(?P<target>[^`]+)`|:(?P<end>end_tab):")
KIND = "d2l_role"
SIZES = ("width", "height")
LABELS = ("label", "eqlabel")
ATTACHED = (*LABELS, *SIZES)
"""Roles that say something of what stands before them."""
NUMBERED = 999


class Thing(Struct, frozen=True):
    """Something that a label may name."""

    kind: str
    block: Block
    roles: tuple[Inline, ...] = ()
    """That say something of it."""
    label: str = ""


def role(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
    """Read a role of d2lbook."""
    match = ROLE.match(state.src, state.pos) if state.src[state.pos] == ":" else None
    if match is None:
        return False
    if not silent:
        token = state.push(KIND, "", 0)
        token.meta = {"name": match["name"] or match["end"]}
        token.content = match["target"] or ""
    state.pos = match.end()
    return True


class Things:
    """What is on a page."""

    def __init__(self, text: Text, blocks: list[Block]) -> None:
        """Look at the blocks of a page."""
        self._text, self._blocks = text, blocks
        self.all = [thing for number in range(len(blocks)) if (thing := self._thing(number))]

    def labels(self) -> Iterator[tuple[str, str, int]]:
        """Yield each label of the page, what it names, and where that stands."""
        by_role = {role.start: thing for thing in self.all for role in thing.roles}
        for block in self._blocks:
            for inline in block.inlines:
                name = inline.token.meta.get("name") if inline.token.type == KIND else ""
                if name in LABELS:
                    thing = by_role.get(inline.start)
                    kind = thing.kind if thing else "equation" if name == "eqlabel" else "words"
                    yield inline.token.content, kind, thing.block.start if thing else inline.start

    def parsed(self) -> Parsed:
        """Return the page's headings and lists, in their order."""
        contents: list[Heading | Toctree] = []
        levels = 0
        for block in self._blocks:
            if block.token.type == "heading_open" and block.depth == 0:
                levels = int(block.token.tag[1])
                contents.append(Heading(levels, self._text.source[block.start : block.end].strip("# \n")))
            elif block.token.type == "fence" and block.token.info.strip() == "toc":
                said = parse_directive_text(
                    markdown.AnyDirective, "", block.token.content, validate_options=False
                )
                depth = str(said.options.get("numbered") or NUMBERED)
                contents.append(
                    Toctree(
                        level=levels,
                        entries=tuple(line.strip() for line in said.body if line.strip()),
                        numbered=int(depth) if "numbered" in said.options and depth.isdigit() else 0,
                    )
                )
        return Parsed(contents=tuple(contents))

    def shown(self) -> list[Shown]:
        """Return what has a number on the page, in its order."""
        return [
            Shown(thing.kind, thing.label, self.caption(thing), thing.block.start)
            for thing in self.all
            # Without a caption Sphinx counts neither.
            if thing.kind in ("figure", "table") and self.caption(thing)
        ]

    def _thing(self, number: int) -> Thing | None:
        """Return what a block is that may have a label."""
        block = self._blocks[number]
        kind = {"heading_open": "section", "math_block": "equation", "amsmath": "equation"}.get(
            block.token.type, ""
        )
        if kind:
            roles = self._roles_after(number, 2 if kind == "section" else 1)
        elif block.token.type == "table_open":
            kind, roles = (
                "table",
                self._roles_in_rows(block) or self._roles_after(number + self._size(number)),
            )
            if not roles and not self.caption_lines(block)[1]:
                return None
        elif images := self._only_image(block):
            kind, roles = "figure", (*images[1:], *self._roles_after(number))
            if not images[0].token.content and not roles:
                return None
        else:
            return None
        label = next((role.token.content for role in roles if role.token.meta["name"] in LABELS), "")
        return Thing(kind, block, roles, label)

    def _size(self, number: int) -> int:
        end = self._blocks[number].end
        return sum(block.start < end for block in self._blocks[number + 1 :])

    def _roles_after(self, number: int, skipped: int = 1) -> tuple[Inline, ...]:
        """Return the roles at the beginning of the next paragraph, if they say something of what is before it."""
        following = next((block for block in self._blocks[number + skipped :] if block.inlines), None)
        before = max(block.end for block in self._blocks[number : number + skipped])
        if following is None or self._text.source[before : following.start].strip():
            return ()
        found: list[Inline] = []
        at = following.start
        for inline in following.inlines:
            if inline.token.type == "softbreak":
                continue
            if not _is_attached(inline) or self._text.source[at : inline.start].strip():
                break
            found.append(inline)
            at = inline.end
        return tuple(found)

    def _only_image(self, block: Block) -> tuple[Inline, ...]:
        """Return the image of a paragraph, and the roles after it, if that is all there is."""
        own = [inline for inline in block.inlines if not inline.around and inline.token.type != "softbreak"]
        if (
            block.within != "paragraph_open"
            or not own
            or own[0].token.type != "image"
            or not all(map(_is_attached, own[1:]))
        ):
            return ()
        at = block.start
        for inline in own:
            if re.sub(r"[\s>*+-]|\d+\.", "", self._text.source[at : inline.start]):
                return ()
            at = inline.end
        return () if self._text.source[at : block.end].strip() else tuple(own)

    def _roles_in_rows(self, table: Block) -> tuple[Inline, ...]:
        return tuple(
            inline
            for block in self._blocks
            if table.start < block.start < table.end
            for inline in block.inlines
            if _is_attached(inline)
        )

    def caption(self, thing: Thing) -> str:
        """Return the caption of a figure or a table."""
        if thing.kind == "figure":
            return str(thing.block.inlines[0].token.content)
        return " ".join(
            line.lstrip(": ")
            for line in self.caption_lines(thing.block)[1]
            if not ROLE.fullmatch(line.strip())
        )

    def caption_lines(self, table: Block) -> tuple[int, list[str]]:
        """Return where the lines below a table begin that are its caption and its roles, which Markdown takes for rows."""
        at = table.end
        lines: list[str] = []
        for line in reversed(self._text.source[table.start : table.end].split("\n")):
            if not line.lstrip().startswith(":") or "|" in line:
                break
            lines.insert(0, line)
            at -= len(line) + 1
        return at, lines


def _is_attached(inline: Inline) -> bool:
    return inline.token.type == KIND and inline.token.meta["name"] in ATTACHED
