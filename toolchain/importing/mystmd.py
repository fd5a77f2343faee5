"""A project of mystmd: myst.yml, and MyST where it differs from that of MyST-Parser."""

import html
import importlib.util
import re
from collections.abc import Iterable
from typing import Any

import yaml

from toolchain.base.decoding import read_loosely
from toolchain.importing import markdown, mystmd_citations, titles
from toolchain.importing.draft import Draft, Page
from toolchain.importing.front import make_notebook
from toolchain.importing.labels import Labels
from toolchain.importing.ledger import Place
from toolchain.importing.markdown import Block, Inline
from toolchain.importing.mystmd_citations import WORDS
from toolchain.importing.mystmd_config import MystConfig, macros
from toolchain.importing.mystmd_toc import FILE, MystContents
from toolchain.importing.mystmd_words import (
    ADMONITIONS,
    AROUND,
    DIRECTIVES,
    DOMAINS,
    FRONT_MATTER,
    KNOWN_DIRECTIVES,
    KNOWN_ROLES,
    NUMBERED,
    OF_EXTENSIONS,
    OPTIONS,
    ROLES,
    SCHEMES,
    TITLED,
)
from toolchain.importing.text import Text
from toolchain.sources.entry_lines import entries

TITLE = "a project of mystmd"
OPTION = "options have the names that Sphinx has for them"
DIRECTIVE = "directives have the names that Sphinx has for them"
REFERENCE = "references are roles"
LINK = "links have whole addresses"
ROLE = "roles have the names that Sphinx has for them"
CITATION = "citations are roles"
EQUATION = "the label of an equation follows its dollars"
FRONT = "the title of a page is its heading"
MACROS = "commands of mathematics are those of the whole book"
ABBREVIATION = "an abbreviation is explained where it stands first"
PIPE = re.compile(r"#\|[ \t]*(?P<key>[\w-]+):[ \t]*(?P<value>.*)\n")
LABEL = re.compile(
    r"(?:^[ \t]*\\label\{(?P<alone>[^{}]+)\}[ \t]*\n|[ \t]*\\label\{(?P<label>[^{}]+)\})", re.MULTILINE
)
"""A label alone in its line, or within one."""
HERE = re.compile(r"%s|\{number\}|\{name\}")


def recognises(files: Iterable[str], _read: Any) -> bool:
    """Say whether a folder is such a project."""
    return FILE in set(files)


def take(draft: Draft) -> None:
    """Turn a project into a draft."""
    config = MystConfig(draft)
    config.apply()
    contents = MystContents(draft, config.project)
    draft.contents = contents.read()
    draft.generated |= contents.generated
    listed = {draft.contents.root, *draft.contents.lines, *_listed(draft)}
    for path in draft.found:
        if path.rpartition(".")[0] in listed and path.endswith((".md", ".ipynb")):
            draft.add_page(path)
    works = {
        key
        for path, file in draft.found.items()
        if path.endswith(".bib")
        for _, key in entries(read_loosely(file).split("\n"))
    }
    parser = markdown.parser(mystmd_citations.RULES)
    texts = [
        (page, text, markdown.blocks(text, parser)) for page in draft.pages.values() for text in page.texts
    ]
    labels = Labels(draft.ledger)
    for _, text, blocks in texts:
        _add_labels(labels, text, blocks)
    front = {page.path: _Front(page, draft, config) for page in draft.pages.values() if page.notebook is None}
    for of_page in front.values():
        labels.add(of_page.label.lower(), "ref", of_page.page.texts[0], 0)
    converting = _Converting(draft, works, labels)
    for page, text, blocks in texts:
        converting.convert(text, blocks)
        _abbreviate(
            text,
            blocks,
            {**config.abbreviations, **(front[page.path].abbreviations if page.path in front else {})},
        )
    for of_page in front.values():
        of_page.convert([block for other, _, blocks in texts if other is of_page.page for block in blocks])
    titles.complete(draft)
    draft.add_files(FILE)
    for path in draft.toml.get("sources", {}).get("exclude", []):
        draft.ledger.lose(Place(path), "no list has this page", "List it in a toctree, or leave it out.")


def _listed(draft: Draft) -> set[str]:
    assert draft.contents is not None  # noqa: S101 - it was just set
    lists = draft.contents.lists.values()
    return {entry.target for listed in lists for one in listed for entry in one.entries}


def _add_labels(labels: Labels, text: Text, blocks: list[Block]) -> None:
    """Take the labels of a text, with the role by which each is referred to; in lower case, as MyST compares them."""
    waiting: list[tuple[str, int]] = []
    for block in blocks:
        if block.token.type == "myst_target":
            waiting.append((block.token.content, block.start))
            continue
        role = _role_of(text, block)
        for name, at in (*waiting, *((name, block.start) for name in _names(text, block))):
            labels.add(name.lower(), role, text, at)
        waiting = []
    for name, at in waiting:
        labels.add(name.lower(), WORDS, text, at)


def _role_of(text: Text, block: Block) -> str:
    """Return the role of references to a block."""
    if block.directive is None:
        return {"heading_open": "ref", "math_block": "eq", "math_block_label": "eq"}.get(
            block.token.type, WORDS
        )
    name = block.directive.name
    if name == "code-cell":
        return "numref" if _said_of_cell(text, block)[0].get("caption") else WORDS
    is_titled = name in TITLED or (name in ADMONITIONS and bool(block.directive.argument))
    return NUMBERED.get(name, "ref" if is_titled else WORDS)


def _names(text: Text, block: Block) -> list[str]:
    """Return the labels that a block has itself."""
    if block.token.type == "math_block_label":
        return [block.token.info]
    if block.token.type == "math_block":
        label = LABEL.search(block.token.content)
        return [label["alone"] or label["label"]] if label else []
    if block.directive is None:
        return []
    is_cell = block.directive.name == "code-cell"
    said = _said_of_cell(text, block)[0] if is_cell else block.directive.options
    return [str(said[key]).strip() for key in ("label", "name") if said.get(key)]


class _Front:
    """The front matter of a page."""

    def __init__(self, page: Page, draft: Draft, config: MystConfig) -> None:
        self.page = page
        self._text = page.texts[0]
        self._front = page.front
        self._draft = draft
        values = self._front.values
        self.label = str(values.get("label") or "")
        said = values.get("abbreviations")
        self.abbreviations = (
            {str(key): str(value) for key, value in said.items()} if isinstance(said, dict) else {}
        )
        if isinstance(values.get("math"), dict):
            self._take_macros(macros(values["math"]), config)

    def _take_macros(self, found: dict[str, Any], config: MystConfig) -> None:
        for name, value in found.items():
            if config.macros.setdefault(name, value) != value:
                place = self._front.offset("math")
                self._text.lose(
                    place, f"\\{name} means something else on another page", "Give it another name."
                )
        self._draft.conf.options["mathjax3_config"] = {"tex": {"macros": config.macros}}
        self._front.drop("math", MACROS)

    def convert(self, blocks: list[Block]) -> None:
        values = self._front.values
        known = self._draft.toml.setdefault("check", {}).setdefault("front_matter", [])
        for key in values:
            if key not in FRONT_MATTER:
                self._text.lose(
                    self._front.offset(key), f"`{key}:` of a page has no effect here", "Leave it out."
                )
                if key not in known:
                    known.append(str(key))
        if "abbreviations" in values:
            self._front.drop("abbreviations", ABBREVIATION)
        if "label" in values:
            self._front.drop("label", FRONT)
        self._add_title(blocks, f"({self.label})=\n" if self.label else "")
        if any(block.directive and block.directive.name == "code-cell" for block in blocks):
            make_notebook(self._front)

    def _add_title(self, blocks: list[Block], target: str) -> None:
        title = self._front.values.get("title")
        headings = [block for block in blocks if block.token.type == "heading_open" and block.depth == 0]
        first = headings[0] if headings else None
        words = self._text.source[first.start : first.end].split("\n")[0].strip("# ") if first else ""
        if title and (first is None or first.token.tag != "h1" or words != str(title).strip()):
            self._text.insert(self._front.end, f"{target}# {title}\n\n", FRONT, rank=-1)
            self.page.is_titled = True
        elif target:
            self._text.insert(first.start if first else self._front.end, target, FRONT, rank=-1)


class _Converting:
    """What only mystmd knows becomes what Sphinx does."""

    def __init__(self, draft: Draft, works: set[str], labels: dict[str, str]) -> None:
        self._draft, self._works, self._labels = draft, works, labels

    def convert(self, text: Text, blocks: list[Block]) -> None:
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
        at = text.source.index("{", block.start)
        end = text.source.index("}", at) + 1
        if name == "code-cell":
            _write_cell(text, block)
            return
        if name == "embed" or (name == "figure" and directive.argument.startswith("#")):
            self._write_embedded(text, block, directive.argument.lstrip("#").strip())
            return
        if name == "iframe":
            self._write_frame(text, block)
            return
        if not self._is_known(name):
            text.lose(block.start, f"the directive {{{name}}} has no equal", "Write it in another way.")
            return
        if name in ADMONITIONS and directive.argument and name != "seealso":
            text.replace(at, end, "{admonition}", DIRECTIVE)
            line = text.source.find("\n", end)
            if "class" in directive.places:
                text.insert(directive.places["class"].end, f" {name}", DIRECTIVE)
            elif "---" in text.source[line + 1 : line + 5]:
                text.insert(line + 5, f"class: {name}\n", DIRECTIVE)
            else:
                text.insert(line, f"\n:class: {name}", DIRECTIVE)
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
            ours = "name" if key == "label" and name != "math" else key
            if (ours != key and "name" in directive.places) or (allowed is not None and ours not in allowed):
                ours = ""
            if not ours:
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
            text.replace(block.start, block.end, mystmd_citations.reference(role, label), DIRECTIVE)

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
            _write_role(text, inline)
        elif kind in mystmd_citations.RULES and not inline.around:
            became, lost = mystmd_citations.written(inline.token, self._works, self._labels)
            if became:
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
        text.replace(inline.start, inline.end, mystmd_citations.reference(role, label, title), REFERENCE)


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


def _said_of_cell(text: Text, block: Block) -> tuple[dict[str, Any], int]:
    """Return what a cell says of itself, in options and comments, and where its code begins after these."""
    directive = block.directive
    assert directive is not None  # noqa: S101 - of whom this is called
    said = {key: value for key, value in directive.options.items() if key in ("label", "caption", "name")}
    at = directive.body
    while pipe := PIPE.match(text.source, at):
        value = pipe["value"].strip()
        said[pipe["key"]] = yaml.safe_load(value) if pipe["key"] == "tags" else value.strip("\"'")
        at = pipe.end()
    return said, at


def _write_cell(text: Text, block: Block) -> None:
    """Give a cell its label and caption as MyST-NB has them."""
    directive = block.directive
    assert directive is not None  # noqa: S101 - of whom this is called
    said, at = _said_of_cell(text, block)
    label = said.pop("label", "") or said.pop("name", "")
    caption = said.pop("caption", "")
    if not label and not caption and at == directive.body:
        return
    first = text.source.index("\n", block.start) + 1
    options = {**directive.options, **said}
    for key in ("label", "caption", "name"):
        options.pop(key, None)
    if caption:
        options["mystnb"] = {"figure": {"caption": caption, **({"name": label} if label else {})}}
    elif label:
        text.insert(block.start, f"({label})=\n", OPTION)
    head = yaml.safe_dump(options, allow_unicode=True, sort_keys=False) if options else ""
    text.replace(first, at, f"---\n{head}---\n" if head else "", OPTION)


def _abbreviate(text: Text, blocks: list[Block], abbreviations: dict[str, str]) -> None:
    for short, meaning in abbreviations.items():
        pattern = re.compile(rf"(?<![\w{{`]){re.escape(short)}(?![\w`])")
        spans = (span for block in blocks if block.within == "paragraph_open" for span in block.words)
        if found := next((match for span in spans if (match := pattern.search(text.source, *span))), None):
            text.replace(found.start(), found.end(), f"{{abbr}}`{short} ({meaning})`", ABBREVIATION)
