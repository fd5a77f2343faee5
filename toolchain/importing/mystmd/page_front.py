"""Front matter of a page of mystmd: its title, label, commands of mathematics and abbreviations."""

from typing import Any

from toolchain.importing.draft import Draft, Page
from toolchain.importing.front import make_notebook
from toolchain.importing.markdown import Block
from toolchain.importing.mystmd.config import MystConfig, macros
from toolchain.importing.mystmd.words import (
    FRONT_MATTER,
)

FRONT = "the title of a page is its heading"
MACROS = "commands of mathematics are those of the whole book"
ABBREVIATION = "an abbreviation is explained where it stands first"


class PageFront:
    """The front matter of a page."""

    def __init__(self, page: Page, draft: Draft, config: MystConfig) -> None:
        """Read it, and take the commands of mathematics that it has."""
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
        """Write it as pages of ours have it."""
        values = self._front.values
        unknown = [str(key) for key in values if key not in FRONT_MATTER]
        for key in unknown:
            self._text.lose(
                self._front.offset(key), f"`{key}:` of a page has no effect here", "Leave it out."
            )
        if unknown:
            known = self._draft.toml.setdefault("check", {}).setdefault("front_matter", [])
            known += [key for key in unknown if key not in known]
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
