"""Preflight of what print can no longer say: a legend whose entries only a colour told apart, and greys or inks do not."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from toolchain.base.decoding import read_whole
from toolchain.check.base import BuiltBook, Check
from toolchain.check.preflight.base import PrinterCheck
from toolchain.forms.pdf import standards
from toolchain.forms.pdf.colours import Cmyk, proofs
from toolchain.forms.pdf.printers import Rules
from toolchain.forms.pdf.reading.inks import Colour
from toolchain.forms.pdf.reading.printed import Printed
from toolchain.model import Finding

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
LEGEND = re.compile(r"legend_\d+")
STYLE = re.compile(r"([\w-]+):\s*([^;]+)")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
PAINTS = ("fill", "stroke")
SAME, OTHER = 0.04, 0.2
"""Of all ink: greys so close are one grey in print; and of all light: colours so far apart in one of the three are two."""
SAME_IN_INKS, OTHER_TO_THE_EYE = 5.0, 20.0
"""Distances in L*, a* and b*: so close colours of inks are one, and so far from each other are two on a screen."""

Pair = tuple[Colour, Colour]


class Entry(NamedTuple):
    """An entry of a legend."""

    name: str
    shape: tuple[object, ...]
    """All of its sign but its colours: what is drawn, how thick, in which pattern."""
    colours: tuple[Colour, ...]


class SameGrey(PrinterCheck):
    """Colours that mean something, and become one grey."""

    id = "PRE020"
    title = "two colours of a legend become the same grey, or the same inks"
    explanation = (
        "The edition is printed in greys, and two entries of a plot's legend differ by their colours alone, which are "
        "equally dark: readers of the printed book cannot tell which is which. In four inks it is the same with two very "
        "bright colours, which become the brightest that inks have. Give each line a pattern or a marker of its "
        "own (`linestyle`, `marker`), or choose colours of which one is lighter, as the first four are that plots have where code "
        "names none. Only legends of Matplotlib's are looked at: of nothing else is it certain that a colour means something."
    )

    def against(self, rules: Rules, built: BuiltBook, printed: Printed) -> Iterator[Finding]:
        """Yield each plot with such a legend, on pages that are in the edition."""
        greys = rules.grey or printed.edition.colours == "grey"
        paper = standards.paper() if printed.edition.colours == "cmyk" else None
        if not greys and paper is None:
            return
        become = "grey" if greys else "inks"
        same = (
            _one_grey
            if greys
            else partial(_one_of_inks, target=Cmyk(paper, rules.ink.value if rules.ink else None))
        )
        for document in built.book.documents:
            facts = built.facts.pages.get(document.name)
            if facts is None or printed.place(f"{document.name}::doc") is None:
                continue
            for picture in facts.pictures:
                if names := alike(built.settings.project / picture.path, same):
                    what = "the plot" if picture.cell else picture.path
                    finding = self.found(
                        f"{what}: {names} in the legend become the same {become}",
                        facts.path,
                        picture.line,
                        remedy="Give each a pattern or a marker of its own, or colours of which one is lighter.",
                    )
                    yield msgspec.structs.replace(finding, edition=printed.edition.name)


def alike(path: Path, same: Callable[[Pair], bool] | None = None) -> str:
    """Return the names of two entries of a legend that only colours distinguish which are the `same`; empty if there are none.

    If nothing is said, those are the same that become one grey.
    """
    picture = read_whole(path) if path.suffix == ".svg" else None
    if picture is None or b'id="legend_' not in picture:
        return ""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(picture, parser)
    except etree.XMLSyntaxError:
        return ""
    for legend in root.iter(f"{SVG}g"):
        if LEGEND.fullmatch(legend.get("id", "")):
            for one, other in combinations(_entries(legend, root), 2):
                pairs = list(zip_longest(one.colours, other.colours))
                if (
                    one.shape == other.shape
                    and _only_colours_differ(pairs)
                    and all(map(same or _one_grey, pairs))
                ):
                    return f"“{one.name}” and “{other.name}”"
    return ""


def _entries(legend: Any, root: Any) -> Iterator[Entry]:
    """Yield the entries of a legend: of each the sign comes first, and then its words."""
    signs: list[Any] = []
    for child in legend.iterchildren(f"{SVG}g"):
        if not child.get("id", "").startswith("text_"):
            signs.append(child)
        elif signs:
            drawn = [
                part for sign in signs for part in sign.iter(f"{SVG}path", f"{SVG}use") if part.get("style")
            ]
            styles = [dict(STYLE.findall(part.get("style"))) for part in drawn]
            shape = tuple(_shape(part, style, root) for part, style in zip(drawn, styles, strict=True))
            colours = tuple(
                Colour("rgb", tuple(byte / 0xFF for byte in bytes.fromhex(style[paint][1:])))
                for style in styles
                for paint in PAINTS
                if _is_colour(style.get(paint, ""))
            )
            yield Entry(_words(child), shape, colours)
            signs = []


def _shape(part: Any, style: dict[str, str], root: Any) -> object:
    """Return what is drawn, wherever it is: the path from its first point on, and all of its style but the colours."""
    target = part.get(LINK, "").removeprefix("#")
    outline = next(iter(root.xpath("//*[@id=$name]/@d", name=target)), "") if target else part.get("d", "")
    numbers = [float(number) for number in NUMBER.findall(outline)]
    first = numbers[:2] if not target else [0.0, 0.0]
    relative = tuple(round(number - first[at % 2], 1) for at, number in enumerate(numbers))
    kept = {name: "" if name in PAINTS and _is_colour(value) else value for name, value in style.items()}
    return relative, tuple(sorted(kept.items()))


def _is_colour(paint: str) -> bool:
    return re.fullmatch(r"#[0-9a-f]{6}", paint) is not None


def _words(group: Any) -> str:
    """Return the words of a group: Matplotlib draws letters as paths, and says in a comment which; or it has them as text."""
    comments = (str(node.text).strip() for node in group.iter(etree.Comment))
    return next(comments, " ".join(" ".join(group.itertext(f"{SVG}text")).split()))


def _only_colours_differ(pairs: list[Pair]) -> bool:
    """Say whether there is a colour for each other one, and two of them are two to the eye."""
    if not all(one and other for one, other in pairs):
        return False
    differences = (abs(a - b) for one, other in pairs for a, b in zip(one.values, other.values, strict=True))
    return max(differences, default=0.0) >= OTHER


def _one_grey(pair: Pair) -> bool:
    """Say whether two colours are the same when they are grey."""
    one, other = pair
    return abs(one.ink - other.ink) < SAME


def _one_of_inks(pair: Pair, target: Cmyk) -> bool:
    """Say whether two colours are the same when they are inks, and are not on a screen, unless they are one there already."""
    lights = [bytes(round(0xFF * value) for value in colour.values) for colour in pair]
    if lights[0] == lights[1]:
        return True
    seen = [proofs.on_screen(light) for light in lights]
    inks = [proofs.printed(light, target) for light in lights]
    return proofs.distance(*seen) >= OTHER_TO_THE_EYE and proofs.distance(*inks) < SAME_IN_INKS


CHECKS: tuple[Check, ...] = (SameGrey(),)
