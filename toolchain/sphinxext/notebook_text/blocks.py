"""Blocks of Markdown, of whatever stands between the headings and code cells of a page."""

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import cast

from docutils import nodes
from msgspec import Struct
from sphinx import addnodes
from sphinx.locale import admonitionlabels

from toolchain.sphinxext.boxes.box import BOX
from toolchain.sphinxext.notebook_text import maths, raw
from toolchain.sphinxext.notebook_text.by_extensions import KNOWN, Hooks
from toolchain.sphinxext.notebook_text.inline import (
    Inline,
    Number,
    anchors,
    escaped,
    is_silent,
    is_within,
    named,
)
from toolchain.sphinxext.notebook_text.layout import indented, quoted
from toolchain.sphinxext.notebook_text.tables import table
from toolchain.sphinxext.placing import put
from toolchain.sphinxext.provenance import IN_NOTEBOOKS
from toolchain.sphinxext.words import say

FOLDED = ("dropdown", "solution", "toggle")
"""Classes of boxes that a reader opens."""
LEFT_OUT = ("provenance", "toctree-hidden", "chapter-references")
"""Classes of what notebooks have nothing of, or elsewhere."""
TIGHT = 2
QUOTED = (nodes.Admonition, nodes.block_quote, nodes.topic, nodes.sidebar)
LINES = nodes.paragraph | nodes.bullet_list | nodes.enumerated_list | addnodes.compact_paragraph


class Numbers(Struct, frozen=True):
    """Numbers that Sphinx has given, on one page."""

    section: Callable[[str], str]
    """Of a section by its id; empty if it has none."""
    caption: Callable[[nodes.Element], str]
    """What stands before the caption of a figure, table or listing: `Figure 2.1`; empty if it has no number."""
    equation: Number


class Blocks:
    """Writes the blocks of one page."""

    def __init__(self, inline: Inline, numbers: Numbers, hooks: Hooks) -> None:
        """Write lines by `inline`, and nodes by `hooks` if extensions have any for them."""
        self._inline = inline
        self._numbers = numbers
        self._hooks = hooks

    def block(self, node: nodes.Node) -> Iterator[str]:
        """Yield the blocks of a node, before them the places that its ids name, unless they have these themselves."""
        blocks = list(self._blocks(node))
        places = named(node) if blocks and isinstance(node, nodes.Element) else ""
        if places and not any(places in block for block in blocks):
            yield places
        yield from blocks

    def _blocks(self, node: nodes.Node) -> Iterator[str]:
        if (
            isinstance(node, nodes.Text)
            or not isinstance(node, nodes.Element)
            or isinstance(node, nodes.target)
            or is_silent(node)
        ):
            return
        if any(name in node["classes"] for name in LEFT_OUT) and IN_NOTEBOOKS not in node["classes"]:
            return
        if (hook := self._hooks.of(node)) is not None:
            written = hook.begin(node, self._inline.children)
            yield from written.body
            yield from self._children(node) if written.descends else ()
            yield from hook.end(node, written)
            return
        # A class of somebody else's is written as the one of docutils' that it is derived from.
        names = [kind.__name__ for kind in type(node).__mro__ if f"{kind.__module__}.".startswith(KNOWN)]
        write = next((write for name in names if (write := getattr(self, f"_{name}", None))), None)
        if write is not None:
            yield from write(node)
        elif names[0] in admonitionlabels:
            yield from self._box(node, f"**{admonitionlabels[names[0]]}**")
        elif isinstance(node, nodes.TextElement):
            yield from self._paragraph(node)
        elif isinstance(node, nodes.Admonition):
            yield from self._admonition(cast("nodes.admonition", node))
        else:
            yield from self._children(node)

    def _children(self, node: nodes.Element) -> Iterator[str]:
        for child in node.children:
            yield from self.block(child)

    def _joined(self, node: nodes.Element) -> str:
        return "\n\n".join(self._children(node))

    def _paragraph(self, node: nodes.TextElement) -> Iterator[str]:
        if text := self._inline.children(node).strip():
            yield anchors(node) + text

    def _title(self, node: nodes.title) -> Iterator[str]:
        """Yield the title of something that is no section, and has none in docutils."""
        if text := self._inline.bold(node):
            yield f"{anchors(node)}{text}"

    def _math_block(self, node: nodes.math_block) -> Iterator[str]:
        number = self._numbers.equation(node)
        if is_within(node, nodes.entry):
            yield anchors(node) + maths.in_a_table(f"\\displaystyle {node.astext()}")
            return
        write = maths.in_a_line if is_within(node, *QUOTED) else maths.display
        yield f"{anchors(node)}\n\n{write(node, number)}".strip()

    def _literal_block(self, node: nodes.literal_block) -> Iterator[str]:
        text = node.astext().rstrip("\n")
        longest = max((len(run) for run in re.findall(r"^\s*(`{3,})", text, re.MULTILINE)), default=2)
        fence = "`" * max(3, longest + 1)
        language = str(node.get("language", "")).replace("ipython3", "python")
        yield f"{fence}{'' if language in ('default', 'none', 'myst-ansi') else language}\n{text}\n{fence}"

    _doctest_block = _literal_block

    def _image(self, node: nodes.image) -> Iterator[str]:
        yield self._inline.text(node)

    def _figure(self, node: nodes.figure) -> Iterator[str]:
        pictures = [self._inline.text(image) for image in node.findall(nodes.image)]
        yield from pictures[:1]
        if not pictures and (
            inner := self._without(node, _first(node, nodes.caption), _first(node, nodes.legend))
        ):
            yield inner  # what is drawn from code, or a table
        yield from self.caption(node)
        for legend in node.findall(nodes.legend):
            yield from self._children(legend)

    def caption(self, node: nodes.Element) -> Iterator[str]:
        """Yield the caption of a figure or a listing, with its number."""
        caption = next(iter(node.findall(nodes.caption)), None)
        if caption is not None:
            yield self._numbered_caption(node, caption)

    def _numbered_caption(self, node: nodes.Element, caption: nodes.Element) -> str:
        """Return a caption with its number."""
        number, text = self._numbers.caption(node), self._inline.children(caption)
        return anchors(node) + (f"**{number}.** {text}" if number else text)

    def _table(self, node: nodes.table) -> Iterator[str]:
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        if title is not None:
            yield self._numbered_caption(node, title)
        yield table(node, self.block)

    def _bullet_list(self, node: nodes.bullet_list) -> Iterator[str]:
        yield self._items(node, lambda _: "- ")

    def _enumerated_list(self, node: nodes.enumerated_list) -> Iterator[str]:
        first = int(node.get("start", 1))
        yield self._items(node, lambda place: f"{first + place}. ")

    def _items(self, node: nodes.Element, mark: Callable[[int], str]) -> str:
        list_items = [child for child in node.children if isinstance(child, nodes.Element)]
        texts = [self._item(mark(place), list_item) for place, list_item in enumerate(list_items)]
        return ("\n\n" if any("\n\n" in text for text in texts) else "\n").join(texts)

    def _item(self, mark: str, list_item: nodes.Element) -> str:
        blocks = list(self._children(list_item))
        # A line, and perhaps a list below it, stay together.
        short = len(blocks) <= TIGHT and all(isinstance(child, LINES) for child in list_item.children)
        return mark + indented(("\n" if short else "\n\n").join(blocks), " " * len(mark))

    def _compact_paragraph(self, node: nodes.Element) -> Iterator[str]:
        """Yield a line of a table of contents, or all of it: Sphinx uses the same kind of node for both."""
        if any(node.findall(nodes.bullet_list)):
            for child in node.children:
                yield from self._rubric(child) if isinstance(child, nodes.title) else self.block(child)
        else:
            yield from self._paragraph(node)  # type: ignore[arg-type] # it has text and nothing else

    def _definition_list(self, node: nodes.definition_list) -> Iterator[str]:
        for children in (list_item.children for list_item in node.children):
            terms = [
                f"{anchors(child)}**{self._inline.children(child)}**"
                for child in children
                if isinstance(child, nodes.term)
            ]
            bodies = [self._joined(child) for child in children if isinstance(child, nodes.definition)]
            yield f"- {', '.join(terms)}\n\n" + indented("\n\n".join(bodies), "  ", first=True)

    def _field_list(self, node: nodes.field_list) -> Iterator[str]:
        lines = []
        for field in node.findall(nodes.field):
            name, body = cast("list[nodes.Element]", field.children)
            lines.append(f"- **{self._inline.children(name)}**: {self._joined(body)}")
        yield "\n".join(lines)

    def _block_quote(self, node: nodes.Element) -> Iterator[str]:
        yield quoted(self._joined(node))

    def _attribution(self, node: nodes.Element) -> Iterator[str]:
        yield f"\N{EM DASH} {self._inline.children(node)}"

    def _admonition(self, node: nodes.admonition) -> Iterator[str]:
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        folded = FOLDED[:1] if BOX in node else FOLDED
        if any(name in folded for name in node["classes"]):
            yield self._folded(node, nodes.title)
        else:
            yield from self._box(node, self._inline.bold(title) if title is not None else "")

    _topic = _admonition
    _sidebar = _admonition

    def _without(self, node: nodes.Element, *left_out: nodes.Element | None) -> str:
        """Return the blocks of a node without some of its children: its title, its label or its caption."""
        inner = (child for child in node.children if not any(child is one for one in left_out))
        return "\n\n".join(block for child in inner for block in self.block(child))

    def _box(self, node: nodes.Element, title: str) -> Iterator[str]:
        """Yield a box below its title, which is in bold letters."""
        text = "\n\n".join(filter(None, (title, self._without(node, _first(node, nodes.title)))))
        if is_within(node, nodes.entry):  # where there are no quotes
            yield anchors(node) + text
            return
        yield anchors(node) + ("\n\n" if anchors(node) else "") + quoted(text)

    def _folded(self, node: nodes.Element, kind: type[nodes.Element] | tuple[()]) -> str:
        """Return a box that the reader opens. Between its marks nothing is read as Markdown but what stands alone."""
        title = _first(node, kind)
        words = _spoken(title) if title is not None else say("Details")
        places = anchors(node) + (anchors(title) if title is not None else "")
        body = self._without(node, title)
        return f"<details>\n<summary>{places}{escape(words)}</summary>\n\n{body}\n\n</details>"

    def _container(self, node: nodes.container) -> Iterator[str]:
        if node.get("design_component") == "dropdown":
            # A heading within is one, too.
            yield self._folded(node, nodes.rubric if node.get("has_title") else ())
        elif "toggle" in node["classes"]:
            yield self._folded(node, nodes.title)
        elif "literal-block-wrapper" in node["classes"]:
            yield from self.caption(node)
            yield self._without(node, _first(node, nodes.caption))
        elif "sd-card-title" in node["classes"]:
            yield f"**{' '.join(self._children(node))}**"
        else:  # tab sets become one text after the other, each below its label
            yield from self._children(node)

    def _rubric(self, node: nodes.Element) -> Iterator[str]:
        yield f"{anchors(node)}{self._inline.bold(node)}"

    _sd_tab_label = _rubric

    def _transition(self, _node: nodes.transition) -> Iterator[str]:
        yield "---"

    def _line_block(self, node: nodes.line_block) -> Iterator[str]:
        yield "<br>\n".join(self._inline.children(line) for line in node.findall(nodes.line))

    def _footnote(self, node: nodes.footnote) -> Iterator[str]:
        mark = escaped(next((label.astext() for label in node.findall(nodes.label)), ""))
        yield f"{anchors(node)}<sup>{mark}</sup> {self._without(node, _first(node, nodes.label))}"

    def _citation(self, node: nodes.citation) -> Iterator[str]:
        yield f"- {anchors(node)}{self.entry(node)}"

    def entry(self, node: nodes.citation) -> str:
        """Return an entry of the bibliography in a line."""
        mark = next((label.astext() for label in node.findall(nodes.label)), "")
        return f"{escaped(f'[{mark}]')} {self._without(node, _first(node, nodes.label))}"

    def _desc(self, node: addnodes.desc) -> Iterator[str]:
        for signature in node.findall(addnodes.desc_signature):
            if signature.parent is node:
                yield f"{anchors(signature)}**`{' '.join(signature.astext().split())}`**"
        content = cast("addnodes.desc_content", node.children[-1])
        if body := self._joined(content):
            yield quoted(body)

    def _raw(self, node: nodes.raw) -> Iterator[str]:
        text = raw.harmless(node.astext()) if "html" in node.get("format", "") else ""
        if text.strip():
            yield text


def _first(node: nodes.Element, kind: type[nodes.Element] | tuple[()]) -> nodes.Element | None:
    return next((child for child in node.children if isinstance(child, kind)), None)


def _spoken(title: nodes.Element) -> str:
    """Return the words of a title where Markdown is not read, and formulas are."""
    title = title.deepcopy()
    for formula in list(title.findall(nodes.math)):
        put(nodes.Text(f"${formula.astext()}$"), formula)
    return title.astext()
