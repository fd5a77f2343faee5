"""Directives, roles, links and citations of mystmd become those of Sphinx."""

import html
import importlib.util
import re

from toolchain.importing.draft import Draft
from toolchain.importing.markdown import Block, Inline
from toolchain.importing.mystmd import citations
from toolchain.importing.mystmd.cells import write_cell
from toolchain.importing.mystmd.labels import LABEL
from toolchain.importing.mystmd.words import (
    ADMONITIONS,
    AROUND,
    DIRECTIVES,
    DOMAINS,
    KNOWN_DIRECTIVES,
    KNOWN_ROLES,
    OF_EXTENSIONS,
    OPTIONS,
    OWN_LABELS,
    ROLES,
    SCHEMES,
)
from toolchain.importing.text import Text

OPTION = "options have the names that Sphinx has for them"
DIRECTIVE = "directives have the names that Sphinx has for them"
REFERENCE = "references are roles"
LINK = "links have whole addresses"
ROLE = "roles have the names that Sphinx has for them"
CITATION = "citations are roles"
EQUATION = "the label of an equation follows its dollars"
HERE = re.compile(r"%s|\{number\}|\{name\}")


class Converting:
    """What only mystmd knows becomes what Sphinx does."""

    def __init__(self, draft: Draft, works: set[str], labels: dict[str, str]) -> None:
        """`works` are the keys of the bibliographies, `labels` those of the project with their roles."""
        self._draft, self._works, self._labels = draft, works, labels
        self._grids: list[tuple[int, int]] = []
        self.cites = False
        """Whether anything is cited."""

    def convert(self, text: Text, blocks: list[Block]) -> None:
        """Change a text."""
        self._grids = [
            (block.start, block.end) for block in blocks if block.directive and block.directive.name == "grid"
        ]
        for block in blocks:
            if block.directive:
                self._write_directive(text, block)
            elif block.token.type in ("math_block", "math_block_label"):
                _write_equation(text, block)
            for inline in block.inlines:
                if "image" not in inline.around:
                    self._write_inline(text, inline)

    def _write_directive(self, text: Text, block: Block) -> None:
        directive = block.directive
        assert directive is not None  # noqa: S101 - of whom this is called
        name = DIRECTIVES.get(directive.name, directive.name)
        if name == "card" and any(start < block.start < end for start, end in self._grids):
            name = "grid-item-card"
        at = text.source.index("{", block.start)
        end = text.source.index("}", at) + 1
        if name == "code-cell":
            write_cell(text, block)
            return
        if name == "embed" or (name == "figure" and directive.argument.startswith("#")):
            self._write_embedded(text, block, directive.argument.lstrip("#").strip())
            return
        if name == "iframe":
            self._write_frame(text, block)
            return
        if name == "figure" and not directive.argument:
            text.lose(
                block.start, "a figure without a file of its own", "Give each picture in it a {figure}."
            )
            return
        if not self._is_known(name):
            text.lose(block.start, f"the directive {{{name}}} has no equal", "Write it in another way.")
            return
        if name in ADMONITIONS and directive.argument and name != "seealso":
            text.replace(at, end, "{admonition}", DIRECTIVE)
            if "class" in directive.places:
                text.insert(directive.places["class"].end, f" {name}", DIRECTIVE)
            else:
                key = min((option.start for option in directive.places.values()), default=directive.body)
                is_yaml = key < directive.body and text.source[key] != ":"
                line = f"class: {name}" if is_yaml else f":class: {name}"
                text.insert(key, f"{line}\n{_prefix(text, block)}", DIRECTIVE, rank=-1)
        elif name != directive.name:
            text.replace(at, end, f"{{{name}}}", DIRECTIVE)
        self._write_options(text, block, name)

    def _is_known(self, name: str) -> bool:
        if name in KNOWN_DIRECTIVES:
            return True
        module = OF_EXTENSIONS.get(name.partition(":")[0].partition("-")[0])
        if module is None or importlib.util.find_spec(module.partition(".")[0]) is None:
            return False
        extensions = self._draft.conf.added.setdefault("extensions", [])
        if module not in extensions:
            extensions.append(module)
        return True

    def _write_options(self, text: Text, block: Block, name: str) -> None:
        directive = block.directive
        assert directive is not None  # noqa: S101 - as above
        allowed = OPTIONS.get(name)
        for key, option in directive.places.items():
            keeps = name in OWN_LABELS or name.startswith("prf:")
            ours = "name" if key == "label" and not keeps else key
            if (ours != key and "name" in directive.places) or (allowed is not None and ours not in allowed):
                ours = ""
            if key in ("label", "name") and not ours:
                label = f"({directive.options[key]})=\n{_prefix(text, block)}"
                text.insert(_fence_start(text, block), label, OPTION)
                text.replace(option.start, option.end + 1, "", OPTION)
            elif not ours:
                text.replace(option.start, option.end + 1, "", OPTION)
                text.lose(option.start, f"the option {key} of {{{name}}} has no equal", "Leave it out.")
            elif ours != key:
                text.replace(option.key, option.key_end, ours, OPTION)

    def _write_embedded(self, text: Text, block: Block, label: str) -> None:
        """Refer to what another page shows: it cannot be shown twice."""
        role = self._labels.get(label.lower(), "")
        text.lose(
            block.start,
            f"{label or 'what is embedded'} cannot be shown a second time",
            "A reference stands in its place." if role else "Write what it showed.",
        )
        if role:
            text.replace(block.start, block.end, citations.reference(role, label), DIRECTIVE)

    def _write_frame(self, text: Text, block: Block) -> None:
        """Write a page of another site as HTML has it, and what was said of it below."""
        directive = block.directive
        assert directive is not None  # noqa: S101 - as above
        sizes = "".join(
            f' {key}="{html.escape(str(value))}"'
            for key, value in directive.options.items()
            if key in ("width", "height")
        )
        frame = f'<iframe src="{html.escape(directive.argument)}"{sizes}></iframe>'
        last = text.source.rfind("\n", block.start, block.end)
        has_words = bool(text.source[directive.body : last].strip()) if directive.body < last else False
        text.replace(
            block.start,
            directive.body if has_words else block.end,
            frame + ("\n\n" if has_words else ""),
            DIRECTIVE,
        )
        if has_words:
            text.replace(last, block.end, "", DIRECTIVE)

    def _write_inline(self, text: Text, inline: Inline) -> None:
        kind = inline.token.type
        if kind == "link_open":
            self._write_link(text, inline)
        elif kind == "myst_role":
            self.cites |= str(inline.token.meta["name"]).startswith("cite")
            _write_role(text, inline)
        elif kind in citations.RULES and not inline.around:
            became, lost = citations.written(inline.token, self._works, self._labels)
            if became:
                self.cites |= became.startswith("{cite")
                text.replace(inline.start, inline.end, became, CITATION)
            for key in lost:
                text.lose(
                    inline.start,
                    f"@{key} is neither a work nor a label",
                    "Add the work, or write it in another way.",
                )

    def _write_link(self, text: Text, inline: Inline) -> None:
        href = str(inline.token.attrs.get("href", ""))
        source = text.source[inline.start : inline.end]
        words = (
            "" if source.startswith("<") else source[1 : source.rindex("](")] if "](" in source else source
        )
        if source.startswith("#") or (not source.startswith(("[", "<"))):
            return
        path, sharp, label = href.partition("#")
        scheme, colon, rest = href.partition(":")
        if sharp and (not path or not words):
            self._write_reference(text, inline, label, words, in_page=not path)
        elif colon and scheme in SCHEMES:
            address = f"{SCHEMES[scheme]}{rest}"
            became = (
                f"<{address}>"
                if source.startswith("<")
                else f"[{words or rest.replace('_', ' ')}]({address})"
            )
            text.replace(inline.start, inline.end, became, LINK)
        elif colon and not words and scheme in ("http", "https") and not source.startswith("<"):
            text.replace(inline.start, inline.end, f"<{href}>", LINK)
        elif colon and scheme in ("xref", "myst", "inv", "path"):
            text.lose(inline.start, f"a link into another project, {href}", "Write its address.")

    def _write_reference(self, text: Text, inline: Inline, label: str, words: str, *, in_page: bool) -> None:
        role = self._labels.get(label.lower(), "")
        if not role:
            if in_page and not words:
                text.lose(inline.start, f"the label {label} is nowhere in the project", "Correct the link.")
            return
        if words and not (HERE.search(words) and role == "numref"):
            return
        title = HERE.sub(lambda found: "{name}" if found[0] == "{name}" else "{number}", words)
        text.replace(inline.start, inline.end, citations.reference(role, label, title), REFERENCE)


def _write_role(text: Text, inline: Inline) -> None:
    name = str(inline.token.meta["name"])
    words = inline.token.content
    if name in AROUND:
        before, after = AROUND[name]
        text.replace(inline.start, inline.end, f"{before}{words}{after}", ROLE)
    elif name in ROLES:
        at = text.source.index("{", inline.start)
        text.replace(at, at + len(name) + 2, f"{{{ROLES[name]}}}", ROLE)
    elif name in ("sc", "smallcaps", "si"):
        plain = re.sub(r"\s*<[^<>]*>\s*$", "", words) if name != "si" else words
        text.replace(inline.start, inline.end, plain, ROLE)
        text.lose(inline.start, f"the role {{{name}}} has no equal", "Its words stand there alone.")
    elif name not in KNOWN_ROLES and name.partition(":")[0] not in DOMAINS and not name.startswith("bdg-"):
        text.lose(inline.start, f"the role {{{name}}} has no equal", "Write it in another way.")


def _write_equation(text: Text, block: Block) -> None:
    label = LABEL.search(text.source, block.start, block.end)
    if label is None:
        return
    text.replace(label.start(), label.end(), "", EQUATION)
    if block.token.type == "math_block":
        text.insert(block.end, f" ({label['alone'] or label['label']})", EQUATION)


def _fence_start(text: Text, block: Block) -> int:
    """Return where the signs of a fence begin, after what it is in."""
    return text.source.index(block.token.markup, block.start)


def _prefix(text: Text, block: Block) -> str:
    """Return what the lines of a fence begin with: what it is in, and no mark of an item of a list."""
    start = _fence_start(text, block)
    return re.sub(r"[^>\s]", " ", text.source[text.source.rfind("\n", 0, start) + 1 : start])
