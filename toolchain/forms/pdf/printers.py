"""Printer profiles: what a printer asks of a PDF, as data. Each rule has its value, its reason, and where it was read."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

from toolchain.project.sections import GENERIC, Standard, Stock
from toolchain.project.settings import Edition

FOLDER = Path(__file__).parent / "profiles"


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """What all rules have in common."""

    reason: Annotated[str, msgspec.Meta(min_length=1)]
    """Why the printer asks for it, in a sentence for people."""
    source: Annotated[str, msgspec.Meta(min_length=1)]
    """Address, or title, of what was read for it."""


class Demand(Rule, frozen=True):
    """A rule that has to be kept, without a number."""

    value: Literal[True] = True


class Number(Rule, frozen=True, kw_only=True):
    """A bound."""

    value: float


class Range(Rule, frozen=True, kw_only=True):
    """A least and a most."""

    value: tuple[float, float]


class Steps(Rule, frozen=True, kw_only=True):
    """Bounds that depend on the number of pages: each pair is the first number of pages that a bound is for, and the bound."""

    value: tuple[tuple[int, float], ...]


class Keeping(Rule, frozen=True, kw_only=True):
    """A standard that is to be kept."""

    value: Standard


class Rules(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The rules that a profile may have; a rule that no source was read for is left out."""

    fonts_embedded: Demand | None = None
    fonts_subset: Demand | None = None
    no_drawn_fonts: Demand | None = None
    """Fonts whose letters are drawings (Type 3)."""
    image_resolution: Number | None = None
    """Least pixels per inch of a picture, as it is printed."""
    no_rasterised_drawings: Demand | None = None
    overfull: Number | None = None
    """Points that a line may stand out into the margin."""
    inner_margin: Steps | None = None
    """Least millimetres between the back and what is printed, by the number of pages."""
    outer_margin: Number | None = None
    """Least millimetres between every other edge and what is printed."""
    pages: Range | None = None
    """Least and most pages."""
    even_pages: Demand | None = None
    blank_pages: Number | None = None
    """Most empty pages one after the other."""
    last_page_blank: Demand | None = None
    """The printer puts a mark of its own on it."""
    page_width: Range | None = None
    """Least and most millimetres of the trimmed page."""
    page_height: Range | None = None
    no_annotations: Demand | None = None
    """Nor anything else that only does something on a screen."""
    no_bookmarks: Demand | None = None
    no_metadata: Demand | None = None
    """Of who wrote what with which program."""
    no_transparency: Demand | None = None
    no_encryption: Demand | None = None
    black_text: Demand | None = None
    """Text is set in black ink alone."""
    grey: Demand | None = None
    """There are no colours at all; what LaTeX has made is converted."""
    ink: Number | None = None
    """Most ink in one place, in percent of one ink that is full."""
    standard: Keeping | None = None
    """Of PDF files for printers."""
    text_size: Number | None = None
    """Least points of letters."""
    line_width: Number | None = None
    """Least points of lines."""
    lightest_grey: Number | None = None
    """Least ink of a filled area, in percent."""


class Spine(Rule, frozen=True, kw_only=True):
    """How thick a book is."""

    value: dict[Stock, float]
    """Millimetres of a page, by the paper."""
    plus: float = 0.0
    """Millimetres besides, of the cover itself."""


class CoverRules(Struct, frozen=True, forbid_unknown_fields=True):
    """What a printer asks of a cover."""

    bleed: Number
    """Millimetres beyond each edge that are printed and cut off."""
    spine: Spine
    spine_text: Number
    """Least pages of a book that may have words on its spine."""

    def width_of_spine(self, pages: int, stock: Stock) -> float:
        """Return the width of a book's spine in millimetres."""
        return pages * self.spine.value[stock] + self.spine.plus


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """What a printer asks for."""

    title: str
    """The printer's name."""
    read: str
    """When the sources were read, such as `2026-11-23`."""
    rules: Rules
    cover: CoverRules


def names() -> tuple[str, ...]:
    """Return the names of the profiles that there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@lru_cache
def load(name: str) -> Profile:
    """Read a profile, without the rules that it sets to false; those that it does not name are the generic ones."""
    profile, generic = _read(name), _read(GENERIC)
    rules = {**generic["rules"], **profile["rules"]}
    required = {key: rule for key, rule in rules.items() if rule.get("value") is not False}
    cover = {**generic["cover"], **profile.get("cover", {})}
    return msgspec.convert({**profile, "rules": required, "cover": cover}, Profile)


def standard_of(edition: Edition) -> Standard | None:
    """Return the standard that an edition's PDF keeps to: its own, or else its printer's, where it has no colours of screens."""
    if edition.standard is None and edition.profile and edition.colours is not None:
        asked = load(edition.profile).rules.standard
        return asked.value if asked else None
    return edition.standard


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
