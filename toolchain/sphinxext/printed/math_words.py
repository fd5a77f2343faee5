"""Letters, words and colours of formulas: the site takes any that a browser knows, LaTeX has them as text and by number."""

import re
import unicodedata
from contextlib import suppress

from PIL import ImageColor

from toolchain.outputs.latex import mathjax

NAMES = r"\\(?:label|href|ref|eqref|tag|begin|end|unicode|style|class|cssId)\s*\*?\s*\{[^{}]*\}"
WITH_ARGUMENTS = frozenset(
    """
    textbf textit textrm textsf texttt textup textnormal textclap textllap textrlap textcolor textstyle texttip
    """.split()  # noqa: SIM905 - read as words
)
SIGNS = "|".join(
    sorted(name for name in mathjax.COMMANDS - WITH_ARGUMENTS if name.startswith("text") and name != "text")
)
WORD = re.compile(
    rf"(?P<name>{NAMES})|(?P<sign>\\(?:{SIGNS})(?![A-Za-z]))|\\.|(?P<letters>[^\x00-\x7f]+)", re.DOTALL
)
OF_FORMULAS = re.compile("[\u0370-\u03ff\u2100-\u214f\U0001d400-\U0001d7ff]")
"""Letters that the font of formulas has."""
COLOUR = re.compile(r"\\(?P<command>color|textcolor|colorbox)\s*\{\s*(?P<name>[^{}]*?)\s*\}")


def with_text(formula: str) -> str:
    """Return a formula in which letters of no formula, and signs of text, stand as text."""
    return WORD.sub(_word, formula)


def _word(match: re.Match[str]) -> str:
    if match["sign"]:
        return rf"\text{{{match[0]}}}"
    if not match["letters"]:
        return match[0]
    written = ""
    for letter in match[0]:
        if unicodedata.category(letter)[0] in "LM" and not OF_FORMULAS.match(letter):
            # A mark belongs to the letter before it.
            written = (
                f"{written.removesuffix('}')}{letter}}}"
                if written.endswith("}")
                else rf"{written}\text{{{letter}}}"
            )
        else:
            written += letter
    return written


def with_colours(formula: str) -> str:
    """Return a formula in which colours that only a browser knows by name are given by their number."""
    return COLOUR.sub(_colour, formula)


def _colour(match: re.Match[str]) -> str:
    name = match["name"]
    if name not in DEFINED:
        with suppress(ValueError):
            red, green, blue = ImageColor.getrgb(name)[:3]
            return rf"\{match['command']}[HTML]{{{red:02X}{green:02X}{blue:02X}}}"
    return match[0]


DEFINED = frozenset(
    """
    black blue brown cyan darkgray gray green lightgray lime magenta olive orange pink purple red teal violet white yellow
    Apricot Aquamarine Bittersweet Black Blue BlueGreen BlueViolet BrickRed Brown BurntOrange CadetBlue CarnationPink Cerulean
    CornflowerBlue Cyan Dandelion DarkOrchid Emerald ForestGreen Fuchsia Goldenrod Gray Green GreenYellow JungleGreen Lavender
    LimeGreen Magenta Mahogany Maroon Melon MidnightBlue Mulberry NavyBlue OliveGreen Orange OrangeRed Orchid Peach Periwinkle
    PineGreen Plum ProcessBlue Purple RawSienna Red RedOrange RedViolet Rhodamine RoyalBlue RoyalPurple RubineRed Salmon SeaGreen
    Sepia SkyBlue SpringGreen Tan TealBlue Thistle Turquoise Violet VioletRed White WildStrawberry Yellow YellowGreen YellowOrange
    """.split()  # noqa: SIM905 - read as words
)
"""Colours that xcolor knows, with those of dvips."""
