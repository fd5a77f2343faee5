"""Cells of mystmd, which say of themselves in options and comments what MyST-NB has in their metadata."""

import re
from typing import Any

import yaml

from toolchain.importing.markdown import Block
from toolchain.importing.text import Text

PIPE = re.compile(r"#\|[ \t]*(?P<key>[\w-]+):[ \t]*(?P<value>.*)\n")
OPTION = "what cells say of themselves is metadata"


def said_of_cell(text: Text, block: Block) -> tuple[dict[str, Any], int]:
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


def write_cell(text: Text, block: Block) -> None:
    """Give a cell its label and caption as MyST-NB has them."""
    directive = block.directive
    assert directive is not None  # noqa: S101 - of whom this is called
    said, at = said_of_cell(text, block)
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
