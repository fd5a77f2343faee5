"""A page of d2lbook is written as one of ours."""

import re
from urllib.parse import unquote

from toolchain.importing.d2l.things import KIND, ROLE, SIZES, Thing, Things
from toolchain.importing.d2l.typed_numbers import Numbers
from toolchain.importing.draft import Page
from toolchain.importing.markdown import Block, Inline
from toolchain.importing.text import Text

OF_SPHINX = frozenset(
    {"attr", "class", "doc", "data", "exc", "func", "math", "meth", "mod", "option", "term"}
)
"""Roles that mean the same here."""
NAMES = {
    "numref": "numref",
    "ref": "ref",
    "eqref": "eq",
    "cite": "cite:p",
    "citep": "cite:p",
    "citet": "cite:t",
}
SLIDES = re.compile(r"\[(?=\*\*)|(?<=\*\*)\]|\(~~|~~\)")
LABELLED = "a label stands before, or within, what it names"
REFERENCE = "roles have the names and braces of MyST"
FIGURE = "an image with a caption is a figure"
TABLE = "a table with a caption is a directive"
EQUATION = "the label of an equation follows its dollars"
TABS = "text in tabs"
FENCE = "a fence has the name that MyST has for it"
OF_SLIDES = "marks for slides are left out"


class D2lPage:
    """A page of Markdown."""

    def __init__(self, page: Page, blocks: list[Block]) -> None:
        """Look at the blocks of a page."""
        self.page, self.blocks = page, blocks
        self.text: Text = page.texts[0]
        self.things = Things(self.text, blocks)
        self._done: set[int] = set()
        """Where the roles begin that are dealt with."""

    def convert(self, labels: dict[str, str], numbers: Numbers) -> None:
        """Change what only d2lbook knows."""
        for thing in self.things.all:
            getattr(self, f"_write_{thing.kind}")(thing, numbers)
        self._write_tabs()
        for block in self.blocks:
            if block.token.type == "fence":
                self._write_fence(block)
            self._write_roles(block, labels)
            for start, end in block.words:
                for mark in SLIDES.finditer(self.text.source, start, end):
                    self.text.replace(mark.start(), mark.end(), "", OF_SLIDES)
                numbers.replace(self.text, start, end)

    def _write_section(self, thing: Thing, _numbers: Numbers) -> None:
        for role in thing.roles:
            if role.token.meta["name"] == "label":
                self.text.insert(thing.block.start, f"({role.token.content})=\n", LABELLED)
                self._remove(role, LABELLED)

    def _write_equation(self, thing: Thing, _numbers: Numbers) -> None:
        for role in thing.roles[:1]:
            self.text.insert(thing.block.end, f" ({role.token.content})", EQUATION)
            self._remove(role, EQUATION)

    def _write_figure(self, thing: Thing, numbers: Numbers) -> None:
        image = thing.block.inlines[0]
        prefix = self._prefix(thing.block)
        options = [
            f":{'name' if name == 'label' else name}: {role.token.content}"
            for role in thing.roles
            if (name := role.token.meta["name"]) in ("label", *SIZES)
        ]
        if not thing.label and (given := numbers.given(self.page.name, thing.block.start)):
            options.insert(0, f":name: {given}")
        alt = image.token.content
        lines = (f":::{{figure}} {unquote(str(image.token.attrs['src']))}", *sorted(options))
        opening = f"\n{prefix}".join(lines) + f"\n\n{prefix}"
        self.text.replace(image.start, image.start + len("!["), opening, FIGURE)
        in_paragraph = [role for role in thing.roles if role.start < thing.block.end]
        end = max([image.end, *(role.end for role in in_paragraph)])
        self.text.replace(image.start + len("![") + len(alt), end, f"\n{prefix}:::", FIGURE)
        self._done |= {role.start for role in in_paragraph}
        for role in thing.roles:
            if role not in in_paragraph:
                self._remove(role, FIGURE)

    def _prefix(self, block: Block) -> str:
        """Return what lines of a paragraph begin with: what it is in, and no mark of an item of a list."""
        first = min([start for start, _ in block.words] + [inline.start for inline in block.inlines])
        return re.sub(r"[^>\s]", " ", self.text.source[block.start : first].rpartition("\n")[2])

    def _write_table(self, thing: Thing, numbers: Numbers) -> None:
        at, lines = self.things.caption_lines(thing.block)
        label = thing.label or numbers.given(self.page.name, thing.block.start)
        name = f":name: {label}\n" if label else ""
        caption = ROLE.sub(
            lambda role: _myst(role["name"] or "", role["target"] or "", {}) or role[0],
            self.things.caption(thing),
        )
        self.text.insert(thing.block.start, f":::{{table}} {caption}".rstrip() + f"\n{name}\n", TABLE)
        if lines:
            self.text.replace(at + 1, thing.block.end, ":::", TABLE)
            self._done |= {
                inline.start
                for block in self.blocks
                if at < block.start < thing.block.end
                for inline in block.inlines
            }
        else:
            self.text.insert(thing.block.end, "\n:::", TABLE)
            for role in thing.roles:
                self._remove(role, TABLE)

    def _remove(self, role: Inline, kind: str) -> None:
        """Take a role out, with the end of the line that it is alone in."""
        self._done.add(role.start)
        source = self.text.source
        begins = not source[source.rfind("\n", 0, role.start) + 1 : role.start].strip()
        ends = source[role.end : role.end + 1] == "\n"
        self.text.replace(role.start, role.end + (begins and ends), "", kind)

    def _write_tabs(self) -> None:
        marks = [
            inline
            for block in self.blocks
            for inline in block.inlines
            if inline.token.type == KIND and inline.token.meta["name"] in ("begin_tab", "end_tab")
        ]
        is_open = False
        for number, mark in enumerate(marks):
            self._done.add(mark.start)
            begins = mark.token.meta["name"] == "begin_tab"
            other = (
                marks[number - 1 if begins else number + 1]
                if 0 < number + (not begins) < len(marks)
                else None
            )
            if begins == is_open:
                self.text.lose(
                    mark.start,
                    "a tab that does not begin, or end, as it should",
                    "Close each tab with :end_tab:.",
                )
                continue
            is_open = begins
            joined = (
                other is not None
                and other.token.meta["name"] != mark.token.meta["name"]
                and not self.text.source[min(other.end, mark.end) : max(other.start, mark.start)].strip()
            )
            if begins:
                opening = "" if joined else "::::::{tab-set}\n"
                self.text.replace(
                    mark.start, mark.end, f"{opening}:::::{{tab-item}} {mark.token.content}", TABS
                )
            else:
                self.text.replace(mark.start, mark.end, ":::::" + ("" if joined else "\n::::::"), TABS)

    def _write_fence(self, block: Block) -> None:
        info = block.token.info.strip()
        classes = re.findall(r"\.([\w+-]+)", info) if info.startswith("{.") else []
        became = {"toc": "{toctree}", "eval_rst": "{eval-rst}"}.get(classes[0] if classes else info, "")
        if not became and classes and "input" not in classes:
            became = classes[0]
        if became:
            at = self.text.source.index(info, block.start)
            self.text.replace(at, at + len(info), became, FENCE)

    def _write_roles(self, block: Block, labels: dict[str, str]) -> None:
        for inline in block.inlines:
            if inline.token.type != KIND or inline.start in self._done:
                continue
            name, target = inline.token.meta["name"], inline.token.content
            if name == "bibliography":
                self.text.replace(inline.start, inline.end, "```{bibliography}\n```", REFERENCE)
            elif name == "eqlabel" and (formula := self._formula_before(block, inline)):
                prefix = self._prefix(block)
                line = self.text.source[block.start : formula.start].rpartition("\n")
                gap = "\n" if line[1] and not line[2].strip(" >") else f"\n{prefix.rstrip()}\n"
                self.text.insert(formula.start, f"{gap}{prefix}", EQUATION)
                self.text.replace(formula.end, inline.end, f" ({target})\n", EQUATION)
            elif name == "label":
                self.text.replace(inline.start, inline.end, f"({target})=\n", LABELLED)
                self.text.lose(
                    inline.start,
                    f"the label {target} names nothing that has a number",
                    "Look where it belongs.",
                )
            elif became := _myst(name, target, labels):
                self.text.replace(inline.start, inline.end, became, REFERENCE)
                if name in ("numref", "ref", "eqref") and "<" not in target and target not in labels:
                    self.text.lose(
                        inline.start, f"the label {target} is nowhere in the book", "Correct the reference."
                    )
            else:
                self.text.lose(inline.start, f"the role {name} has no equal", "Write it in another way.")

    def _formula_before(self, block: Block, role: Inline) -> Inline | None:
        formulas = (inline for inline in block.inlines if inline.token.type == "math_inline_double")
        return next(
            (
                each
                for each in formulas
                if each.end < role.start and not self.text.source[each.end : role.start].strip()
            ),
            None,
        )


def _myst(name: str, target: str, labels: dict[str, str]) -> str:
    """Return a role as MyST has it; empty if there is none."""
    if name == "numref" and labels.get(target) == "equation":
        return f"{{eq}}`{target}`"
    if name in NAMES:
        return f"{{{NAMES[name]}}}`{target}`"
    return f"{{{name}}}`{target}`" if name in OF_SPHINX or ":" in name else ""
