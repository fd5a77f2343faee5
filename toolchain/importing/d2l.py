"""A book of d2lbook: Markdown as pandoc reads it, with roles of its own."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from markdown_it.rules_inline import StateInline
from msgspec import Struct
from myst_parser.parsers.directives import parse_directive_text

from toolchain.base.errors import ConfigError
from toolchain.importing import d2l_cells, markdown, titles
from toolchain.importing.d2l_config import FILE, D2lConfig
from toolchain.importing.draft import AT_THE_TOP, Draft, Page
from toolchain.importing.front import make_notebook
from toolchain.importing.labels import Labels
from toolchain.importing.markdown import Block, Inline
from toolchain.importing.text import Text
from toolchain.importing.typed_numbers import Numbers, Shown
from toolchain.model import Heading, Parsed, Toctree

TITLE = "a book of d2lbook"
ROLE = re.compile(r":(?P<name>[a-z][a-z_:]*):`(?P<target>[^`]+)`|:(?P<end>end_tab):")
KIND = "d2l_role"
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
SIZES = ("width", "height")
ROOT = "index.md"
ATTACHED = ("label", "eqlabel", *SIZES)
"""Roles that say something of what stands before them."""
SLIDES = re.compile(r"\[(?=\*\*)|(?<=\*\*)\]|\(~~|~~\)")
NUMBERED = 999
LABELLED = "a label stands before, or within, what it names"
REFERENCE = "roles have the names and braces of MyST"
FIGURE = "an image with a caption is a figure"
TABLE = "a table with a caption is a directive"
EQUATION = "the label of an equation follows its dollars"
TABS = "text in tabs"
FENCE = "a fence has the name that MyST has for it"
OF_SLIDES = "marks for slides are left out"


class _Thing(Struct, frozen=True):
    """Something that a label may name."""

    kind: str
    block: Block
    roles: tuple[Inline, ...] = ()
    """That say something of it."""
    label: str = ""


def recognises(files: Iterable[str], read: Any) -> bool:
    """Say whether a folder is such a book: by its config.ini, or by what only its pages have."""
    names = set(files)
    if FILE in names and "[project]" in read(FILE):
        return True
    return any("{.python .input" in read(name) for name in sorted(names) if name.endswith(".md"))


def take(draft: Draft) -> None:
    """Turn a book into a draft."""
    config = D2lConfig(draft)
    config.apply()
    for path in _pages(draft, config):
        draft.add_page(path)
    if ROOT not in draft.pages:
        raise ConfigError(f"{ROOT}: there is no such page", remedy="A book of d2lbook begins with it.")
    parser = markdown.parser({KIND: _role})
    pages = {
        path: _Page(page, markdown.blocks(page.texts[0], parser))
        for path, page in draft.pages.items()
        if page.notebook is None
    }
    labels = Labels(draft.ledger)
    for page in pages.values():
        for thing in page.things.values():
            labels.add(thing.label, thing.kind, page.text, thing.block.start)
    numbers = Numbers(
        {page.page.name: page.parsed() for page in pages.values()},
        {page.page.name: page.shown() for page in pages.values()},
    )
    for page in pages.values():
        for block in page.blocks:
            for start, end in block.words:
                numbers.look_for(page.text, start, end)
    for page in pages.values():
        page.convert(labels, numbers)
        if d2l_cells.convert(page.text, page.blocks, config):
            make_notebook(page.page.front)
    titles.complete(draft)
    draft.add_files(FILE)


def _pages(draft: Draft, config: D2lConfig) -> list[str]:
    """Return the files of the pages: all that config.ini names, or all but those about the repository."""
    wanted = config.words("build.notebooks") or ["*.md", "*.ipynb"]
    unwanted = config.words("build.exclusions")
    return [
        path
        for path in draft.found
        if path.endswith((".md", ".ipynb"))
        and any(fnmatchcase(path, pattern) for pattern in wanted)
        and not any(
            fnmatchcase(path, pattern) or path.startswith(f"{pattern.rstrip('/*')}/") for pattern in unwanted
        )
        and ("/" in path or path.partition(".")[0].lower() not in AT_THE_TOP)
    ]


def _role(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
    match = ROLE.match(state.src, state.pos) if state.src[state.pos] == ":" else None
    if match is None:
        return False
    if not silent:
        token = state.push(KIND, "", 0)
        token.meta = {"name": match["name"] or match["end"]}
        token.content = match["target"] or ""
    state.pos = match.end()
    return True


class _Page:
    """A page of Markdown."""

    def __init__(self, page: Page, blocks: list[Block]) -> None:
        self.page, self.blocks = page, blocks
        self.text: Text = page.texts[0]
        self.things = {number: thing for number in range(len(blocks)) if (thing := self._thing(number))}
        self._done: set[int] = set()
        """Where the roles begin that are dealt with."""

    def parsed(self) -> Parsed:
        """Return the page's headings and lists, in their order."""
        contents: list[Heading | Toctree] = []
        levels = 0
        for block in self.blocks:
            if block.token.type == "heading_open" and block.depth == 0:
                levels = int(block.token.tag[1])
                contents.append(Heading(levels, self.text.source[block.start : block.end].strip("# \n")))
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
            Shown(thing.kind, thing.label, self._caption(thing), thing.block.start)
            for thing in self.things.values()
            if thing.kind in ("figure", "table") and (thing.kind == "table" or self._caption(thing))
        ]

    def convert(self, labels: dict[str, str], numbers: Numbers) -> None:
        """Change what only d2lbook knows."""
        for thing in self.things.values():
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

    def _thing(self, number: int) -> _Thing | None:
        """Return what a block is that may have a label."""
        block = self.blocks[number]
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
            if not roles:
                return None
        elif images := self._only_image(block):
            kind, roles = "figure", (*images[1:], *self._roles_after(number))
            if not images[0].token.content and not roles:
                return None
        else:
            return None
        label = next(
            (role.token.content for role in roles if role.token.meta["name"] in ("label", "eqlabel")), ""
        )
        return _Thing(kind, block, roles, label)

    def _size(self, number: int) -> int:
        end = self.blocks[number].end
        return sum(block.start < end for block in self.blocks[number + 1 :])

    def _roles_after(self, number: int, skipped: int = 1) -> tuple[Inline, ...]:
        """Return the roles at the beginning of the next paragraph, if they say something of what is before it."""
        following = next((block for block in self.blocks[number + skipped :] if block.inlines), None)
        before = self.blocks[number + skipped - 1].end if number + skipped - 1 < len(self.blocks) else 0
        if following is None or self.text.source[before : following.start].strip():
            return ()
        found: list[Inline] = []
        at = following.start
        for inline in following.inlines:
            if inline.token.type == "softbreak":
                continue
            if not _is_attached(inline) or self.text.source[at : inline.start].strip():
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
            if re.sub(r"[\s>*+-]|\d+\.", "", self.text.source[at : inline.start]):
                return ()
            at = inline.end
        return () if self.text.source[at : block.end].strip() else tuple(own)

    def _roles_in_rows(self, table: Block) -> tuple[Inline, ...]:
        return tuple(
            inline
            for block in self.blocks
            if table.start < block.start < table.end
            for inline in block.inlines
            if _is_attached(inline)
        )

    def _caption(self, thing: _Thing) -> str:
        if thing.kind == "figure":
            return str(thing.block.inlines[0].token.content)
        return " ".join(
            line.lstrip(": ")
            for line in self._caption_lines(thing.block)[1]
            if not ROLE.fullmatch(line.strip())
        )

    def _caption_lines(self, table: Block) -> tuple[int, list[str]]:
        """Return where the lines below a table begin that are its caption and its roles, which Markdown takes for rows."""
        at = table.end
        lines: list[str] = []
        for line in reversed(self.text.source[table.start : table.end].split("\n")):
            if not line.lstrip().startswith(":") or "|" in line:
                break
            lines.insert(0, line)
            at -= len(line) + 1
        return at, lines

    def _write_section(self, thing: _Thing, _numbers: Numbers) -> None:
        for role in thing.roles:
            if role.token.meta["name"] == "label":
                self.text.insert(thing.block.start, f"({role.token.content})=\n", LABELLED)
                self._remove(role, LABELLED)

    def _write_equation(self, thing: _Thing, _numbers: Numbers) -> None:
        for role in thing.roles[:1]:
            self.text.insert(thing.block.end, f" ({role.token.content})", EQUATION)
            self._remove(role, EQUATION)

    def _write_figure(self, thing: _Thing, numbers: Numbers) -> None:
        image = thing.block.inlines[0]
        prefix = re.sub(r"[^>\s]", " ", self.text.source[thing.block.start : image.start].rpartition("\n")[2])
        options = [
            f":{'name' if name == 'label' else name}: {role.token.content}"
            for role in thing.roles
            if (name := role.token.meta["name"]) in ("label", *SIZES)
        ]
        if not thing.label and (given := numbers.given(self.page.name, thing.block.start)):
            options.insert(0, f":name: {given}")
        alt = image.token.content
        opening = f"\n{prefix}".join((f":::{{figure}} {image.token.attrs['src']}", *sorted(options), "", ""))
        self.text.replace(image.start, image.start + len("!["), opening, FIGURE)
        in_paragraph = [role for role in thing.roles if role.start < thing.block.end]
        end = max([image.end, *(role.end for role in in_paragraph)])
        self.text.replace(image.start + len("![") + len(alt), end, f"\n{prefix}:::", FIGURE)
        self._done |= {role.start for role in in_paragraph}
        for role in thing.roles:
            if role not in in_paragraph:
                self._remove(role, FIGURE)

    def _write_table(self, thing: _Thing, numbers: Numbers) -> None:
        at, lines = self._caption_lines(thing.block)
        label = thing.label or numbers.given(self.page.name, thing.block.start)
        name = f":name: {label}\n" if label else ""
        caption = ROLE.sub(
            lambda role: _myst(role["name"] or "", role["target"] or "", {}) or role[0], self._caption(thing)
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
                if (number or not begins) and (begins or number + 1 < len(marks))
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
                before = self.text.source[block.start : formula.start].rpartition("\n")
                self.text.insert(
                    formula.start, "\n" if not before[2].strip() and before[1] else "\n\n", EQUATION
                )
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


def _is_attached(inline: Inline) -> bool:
    return inline.token.type == KIND and inline.token.meta["name"] in ATTACHED


def _myst(name: str, target: str, labels: dict[str, str]) -> str:
    """Return a role as MyST has it; empty if there is none."""
    if name == "numref" and labels.get(target) == "equation":
        return f"{{eq}}`{target}`"
    if name in NAMES:
        return f"{{{NAMES[name]}}}`{target}`"
    return f"{{{name}}}`{target}`" if name in OF_SPHINX or ":" in name else ""
