"""A page as a list of cells: Markdown between the places of its code cells."""

import re
from collections.abc import Callable, Iterator

from docutils import nodes
from msgspec import Struct
from sphinx import addnodes

from toolchain.sphinxext.notebooks.inline import SILENT, Inline, anchor, escaped
from toolchain.text import Part

ADMONITIONS = {
    "attention",
    "caution",
    "danger",
    "error",
    "hint",
    "important",
    "note",
    "seealso",
    "tip",
    "warning",
    "todo",
}
FOLDED = ("dropdown", "solution", "toggle")
"""Classes of boxes that a reader opens."""
LEFT_OUT = ("provenance", "toctree-hidden")
DEEPEST = 6
TIGHT = 2
LINES = nodes.paragraph | nodes.bullet_list | nodes.enumerated_list | addnodes.compact_paragraph


class Numbers(Struct, frozen=True):
    """Numbers that Sphinx has given, on one page."""

    section: Callable[[str], str]
    """Of a section by its id; empty if it has none."""
    caption: Callable[[nodes.Element], str]
    """What stands before the caption of a figure, table or listing: `Figure 2.1`; empty if it has no number."""
    equation: Callable[[nodes.math_block], str]


class Blocks:
    """Writes one page."""

    def __init__(self, inline: Inline, numbers: Numbers) -> None:
        """Write lines by `inline`."""
        self._inline = inline
        self._numbers = numbers

    def parts(self, document: nodes.document) -> Iterator[Part]:
        """Yield the cells of a page; a heading begins a new one."""
        pending: list[str] = []
        for block in self._flow(document, 0):
            if isinstance(block, int) or block.startswith("#"):
                if pending:
                    yield Part(markdown="\n\n".join(pending))
                pending = []
            if isinstance(block, int):
                yield Part(code=block)
            else:
                pending.append(block)
        if pending:
            yield Part(markdown="\n\n".join(pending))

    def _flow(self, parent: nodes.Element, level: int) -> Iterator[str | int]:
        """Yield blocks of Markdown and places of code cells."""
        for node in parent.children:
            if isinstance(node, nodes.target):
                continue  # sections and figures have their ids themselves
            if isinstance(node, nodes.section):
                ids = "".join(map(anchor, node["ids"][:1]))
                title = next(iter(node.findall(nodes.title)), None)
                number = next(filter(None, map(self._numbers.section, node["ids"])), "")
                text = self._inline.children(title) if title is not None else ""
                heading = f"{'#' * min(level + 1, DEEPEST)} {number} {text}".replace("  ", " ")
                yield f"{heading} {ids}".rstrip()
                yield from self._flow(node, level + 1)
            elif isinstance(node, nodes.title) and isinstance(parent, nodes.section):
                continue
            elif isinstance(node, nodes.container) and node.get("nb_element") == "cell_code":
                yield int(node["cell_index"])
                yield from self._captions(node)
            elif isinstance(node, nodes.container | nodes.compound) and self._has_code(node):
                yield from self._flow(node, level)
            else:
                yield from self.block(node)

    def _has_code(self, node: nodes.Element) -> bool:
        return any(each.get("nb_element") == "cell_code" for each in node.findall(nodes.container))

    def _captions(self, cell: nodes.Element) -> Iterator[str]:
        """Yield the captions of the figures that a code cell makes: Jupyter shows the figure and not them."""
        for figure in cell.findall(nodes.figure):
            yield from self._caption(figure)

    def block(self, node: nodes.Node) -> Iterator[str]:
        """Yield the blocks of a node."""
        if (
            isinstance(node, nodes.Text)
            or not isinstance(node, nodes.Element)
            or isinstance(node, (*SILENT, nodes.target))
        ):
            return
        if any(each in node["classes"] for each in LEFT_OUT):
            return
        write = getattr(self, f"_{type(node).__name__}", None)
        if write is not None:
            yield from write(node)
        elif type(node).__name__ in ADMONITIONS:
            yield from self._box(node, type(node).__name__.title())
        elif isinstance(node, nodes.TextElement):
            yield self._inline.children(node)
        else:
            yield from self._children(node)

    def _children(self, node: nodes.Element) -> Iterator[str]:
        for child in node.children:
            yield from self.block(child)

    def _joined(self, node: nodes.Element) -> str:
        return "\n\n".join(self._children(node))

    def _paragraph(self, node: nodes.paragraph) -> Iterator[str]:
        if text := self._inline.children(node).strip():
            yield text

    def _math_block(self, node: nodes.math_block) -> Iterator[str]:
        number = self._numbers.equation(node)
        tag = f" \\tag{{{number}}}" if number else ""
        places = "".join(map(anchor, node.get("ids", [])))
        text = node.astext().strip()
        if "&" in text or "\\\\" in text:
            text = text if "\\begin{" in text else f"\\begin{{aligned}}\n{text}\n\\end{{aligned}}"
        yield f"{places}\n\n$$\n{text}{tag}\n$$".strip()

    def _literal_block(self, node: nodes.literal_block) -> Iterator[str]:
        text = node.astext()
        longest = max((len(run) for run in re.findall(r"^\s*(`{3,})", text, re.MULTILINE)), default=2)
        fence = "`" * max(3, longest + 1)
        language = str(node.get("language", "")).replace("ipython3", "python")
        yield f"{fence}{'' if language in ('default', 'none', 'myst-ansi') else language}\n{text}\n{fence}"

    _doctest_block = _literal_block

    def _image(self, node: nodes.image) -> Iterator[str]:
        yield self._inline.text(node)

    def _figure(self, node: nodes.figure) -> Iterator[str]:
        pictures = [self._inline.text(each) for each in node.findall(nodes.image)]
        yield from pictures[:1]
        yield from self._caption(node)
        for legend in node.findall(nodes.legend):
            yield from self._children(legend)

    def _caption(self, node: nodes.Element) -> Iterator[str]:
        caption = next(iter(node.findall(nodes.caption)), None)
        text = self._inline.children(caption) if caption is not None else ""
        number = self._numbers.caption(node)
        places = "".join(map(anchor, node.get("ids", [])[:1]))
        said = f"**{number}.** {text}" if number else text
        if said:
            yield f"{places}{said}"

    def _table(self, node: nodes.table) -> Iterator[str]:
        title = next(iter(node.findall(nodes.title)), None)
        number = self._numbers.caption(node)
        places = "".join(map(anchor, node.get("ids", [])[:1]))
        if title is not None:
            text = self._inline.children(title)
            yield f"{places}**{number}.** {text}" if number else f"{places}{text}"
        rows = [[self._cell(cell) for cell in row.children] for row in node.findall(nodes.row)]
        has_head = next(iter(node.findall(nodes.thead)), None) is not None
        width = max(map(len, rows), default=0)
        head = rows.pop(0) if has_head and rows else [""] * width
        lines = [head, ["---"] * width, *rows]
        yield "\n".join(f"| {' | '.join([*line, *[''] * (width - len(line))])} |" for line in lines)

    def _cell(self, cell: nodes.Node) -> str:
        text = self._joined(cell) if isinstance(cell, nodes.Element) else ""
        return re.sub(r"\n+", "<br>", text.strip())

    def _bullet_list(self, node: nodes.bullet_list) -> Iterator[str]:
        yield "\n".join(self._item("- ", item) for item in node.children if isinstance(item, nodes.Element))

    def _enumerated_list(self, node: nodes.enumerated_list) -> Iterator[str]:
        first = int(node.get("start", 1))
        items = [item for item in node.children if isinstance(item, nodes.Element)]
        yield "\n".join(self._item(f"{number}. ", item) for number, item in enumerate(items, start=first))

    def _item(self, mark: str, item: nodes.Element) -> str:
        blocks = list(self._children(item))
        # A line, and perhaps a list below it, stay together.
        short = len(blocks) <= TIGHT and all(isinstance(each, LINES) for each in item.children)
        return mark + _indented(("\n" if short else "\n\n").join(blocks), " " * len(mark))

    def _compact_paragraph(self, node: nodes.Element) -> Iterator[str]:
        yield self._inline.children(node).strip()

    def _definition_list(self, node: nodes.definition_list) -> Iterator[str]:
        for item in node.children:
            if isinstance(item, nodes.definition_list_item):
                terms = [
                    self._inline.children(each) for each in item.children if isinstance(each, nodes.term)
                ]
                bodies = [self._joined(each) for each in item.children if isinstance(each, nodes.definition)]
                head = ", ".join(f"**{each}**" for each in terms)
                yield f"- {head}\n\n" + _indented("\n\n".join(bodies), "  ", first=True)

    def _field_list(self, node: nodes.field_list) -> Iterator[str]:
        lines = []
        for field in node.findall(nodes.field):
            name, body = field.children[0], field.children[1]
            lines.append(f"- **{name.astext()}**: {self._joined(body)}")  # type: ignore[arg-type] # a field has a name and a body
        yield "\n".join(lines)

    def _block_quote(self, node: nodes.Element) -> Iterator[str]:
        yield _quoted(self._joined(node))

    def _admonition(self, node: nodes.admonition) -> Iterator[str]:
        title = next((each for each in node.children if isinstance(each, nodes.title)), None)
        yield from self._box(node, self._inline.children(title) if title is not None else "")

    _topic = _admonition
    _sidebar = _admonition

    def _box(self, node: nodes.Element, title: str) -> Iterator[str]:
        body = "\n\n".join(
            block
            for child in node.children
            if not isinstance(child, nodes.title)
            for block in self.block(child)
        )
        if any(each in FOLDED or each.startswith("sd-dropdown") for each in node["classes"]):
            yield f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"
        else:
            yield _quoted(f"**{title}**\n\n{body}" if title else body)

    def _container(self, node: nodes.container) -> Iterator[str]:
        design = node.get("design_component", "")
        if design == "dropdown":
            title = next((self._inline.children(each) for each in node.findall(nodes.rubric)), "Details")
            inner = [each for each in node.children if not isinstance(each, nodes.rubric)]
            body = "\n\n".join(block for child in inner for block in self.block(child))
            yield f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"
        else:  # tab sets become one text after the other, each below its label
            yield from self._children(node)

    def _rubric(self, node: nodes.rubric) -> Iterator[str]:
        yield f"**{self._inline.children(node)}**"

    _sd_tab_label = _rubric

    def _transition(self, _node: nodes.transition) -> Iterator[str]:
        yield "---"

    def _line_block(self, node: nodes.line_block) -> Iterator[str]:
        yield "<br>\n".join(self._inline.children(line) for line in node.findall(nodes.line))

    def _footnote(self, node: nodes.footnote) -> Iterator[str]:
        label = next((each.astext() for each in node.findall(nodes.label)), "")
        places = "".join(map(anchor, node["ids"]))
        body = "\n\n".join(
            block
            for child in node.children
            if not isinstance(child, nodes.label)
            for block in self.block(child)
        )
        yield f"{places}<sup>{label}</sup> {body}"

    def _citation(self, node: nodes.citation) -> Iterator[str]:
        yield f"- {''.join(map(anchor, node['ids']))}{self.entry(node)}"

    def entry(self, node: nodes.citation) -> str:
        """Return an entry of the bibliography in a line."""
        label = next((each.astext() for each in node.findall(nodes.label)), "")
        body = (
            block for each in node.children if not isinstance(each, nodes.label) for block in self.block(each)
        )
        return f"{escaped(f'[{label}]')} {' '.join(body)}"

    def _desc(self, node: addnodes.desc) -> Iterator[str]:
        for child in node.children:
            if isinstance(child, addnodes.desc_signature):
                places = "".join(map(anchor, child.get("ids", [])[:1]))
                yield f"{places}**`{' '.join(child.astext().split())}`**"
            elif isinstance(child, addnodes.desc_content):
                body = self._joined(child)
                if body:
                    yield _quoted(body)

    def _raw(self, node: nodes.raw) -> Iterator[str]:
        if "html" in node.get("format", ""):
            yield node.astext()


def _indented(text: str, indent: str, *, first: bool = False) -> str:
    lines = text.split("\n")
    return "\n".join(
        (indent + line if line and (first or number) else line) for number, line in enumerate(lines)
    )


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
