"""Letters, signs of words and colours as the converter reads them."""

import re

from PIL import ImageColor

from toolchain.sphinxext.printed import math_words
from toolchain.sphinxext.site.mathml import tables
from toolchain.sphinxext.site.mathml.reading import Unsupported

SIGNS_IN_TEXT = {"_": r"\_", "&": r"\&", "#": r"\#", "^": r"\textasciicircum{}"}
COLOUR_MODELS = {"rgb": 255.0, "RGB": 1.0}
SIGN = re.compile(r"(?<!\\)[_^&#]")


def in_words(name: str) -> str:
    """Return a sign of words as the converter reads it among words."""
    sign = tables.SIGNS.get(name)
    return f"\\{name} " if sign is None else rf"\{sign}" if sign == "$" else sign


def escaped_sign(match: re.Match[str]) -> str:
    """Return a sign of formulas as it stands among words."""
    return SIGNS_IN_TEXT[match[0]]


def letter_of(letter: str, capitals: int, small: int, digits: int) -> str:
    """Return a letter or digit of an alphabet that begins at these places."""
    if letter.isascii() and letter.isalpha():
        first = "A" if letter.isupper() else "a"
        return chr((capitals if letter.isupper() else small) + ord(letter) - ord(first))
    return chr(digits + int(letter)) if digits and letter.isascii() and letter.isdigit() else letter


def colour_of(model: str, said: str) -> str:
    """Return a colour as the converter reads it. Raises Unsupported."""
    said = said.strip()
    try:
        if model in COLOUR_MODELS:
            red, green, blue = (round(float(part) * COLOUR_MODELS[model]) for part in said.split(","))
        elif model == "gray":
            red = green = blue = round(float(said) * 255)
        elif not model and said in math_words.DEFINED:
            return f"{{{said}}}"
        else:
            red, green, blue = ImageColor.getrgb(f"#{said}" if model == "HTML" else said)[:3]
    except ValueError as error:
        raise Unsupported(f"{{{said}}}") from error
    return f"[HTML]{{{red & 255:02X}{green & 255:02X}{blue & 255:02X}}}"
