"""The labels of a project of mystmd, with the role by which each is referred to."""

import re

from toolchain.importing.labels import Labels
from toolchain.importing.markdown import Block
from toolchain.importing.mystmd.cells import said_of_cell
from toolchain.importing.mystmd.citations import WORDS
from toolchain.importing.mystmd.words import (
    NUMBERED,
    TITLED,
)
from toolchain.importing.text import Text

LABEL = re.compile(
    r"(?:^[ \t]*\\label\{(?P<alone>[^{}]+)\}[ \t]*\n|[ \t]*\\label\{(?P<label>[^{}]+)\})", re.MULTILINE
)
"""A label alone in its line, or within one."""


def add_labels(labels: Labels, text: Text, blocks: list[Block]) -> None:
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
        return "numref" if said_of_cell(text, block)[0].get("caption") else WORDS
    if name.startswith("prf:"):
        return "prf:ref"
    return NUMBERED.get(name) or f"{WORDS} {block.directive.argument if name in TITLED else ''}".strip()


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
    said = said_of_cell(text, block)[0] if is_cell else block.directive.options
    return [str(said[key]).strip() for key in ("label", "name") if said.get(key)]
