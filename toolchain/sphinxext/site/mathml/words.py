"""Words of a formula as the converter reads them."""

import re
from collections.abc import Callable

from toolchain.sphinxext.site.mathml import tables
from toolchain.sphinxext.site.mathml.reading import BLANKS, argument
from toolchain.sphinxext.site.mathml.values import SIGN, SIGNS_IN_TEXT, escaped_sign, in_words

IN_TEXT = re.compile(
    r"\$(?P<dollars>(?:\\.|[^$\\])*)\$|\\\((?P<parens>.*?)\\\)|\\(?P<name>[A-Za-z]+)|\\.|(?P<sign>[_^&#])",
    re.DOTALL,
)


def written(text: str, command: str, formula: Callable[[str], str]) -> str:
    """Return words as the converter reads them, with the command of their kind, and with `formula` the formulas among them."""
    for typed, sign in tables.QUOTES:
        text = text.replace(typed, sign) if "\\`" not in text and "\\'" not in text else text
    parts, run, at = [], "", 0
    for match in IN_TEXT.finditer(text):
        if match.start() < at:
            continue
        run += text[at : match.start()]
        at = match.end()
        inner = match["dollars"] if match["dollars"] is not None else match["parens"]
        if inner is not None:
            parts += [f"{command}{{{run}}}" if run else "", f"{{{formula(inner)}}}"]
            run = ""
        elif match["name"] in tables.TEXTS:
            nested, at = argument(text, at)
            if IN_TEXT.search(nested) and ("$" in nested or r"\(" in nested):
                parts += [
                    f"{command}{{{run}}}" if run else "",
                    written(nested, tables.TEXTS[match["name"]], formula),
                ]
                run = ""
            else:
                run += f"{tables.TEXTS[match['name']]}{{{SIGN.sub(escaped_sign, nested)}}}"
        elif match["name"] in tables.SPACES:
            run, at = run + tables.SPACES[match["name"]], BLANKS.match(text, at).end()  # type: ignore[union-attr] # there may be none
        elif match["name"] in tables.IN_WORDS_ONLY:
            run += in_words(match["name"])
        elif match["name"] in ("ref", "eqref"):
            label, at = argument(text, at)
            run += SIGN.sub(escaped_sign, f"({label})" if match["name"] == "eqref" else label)
        else:
            run += SIGNS_IN_TEXT[match["sign"]] if match["sign"] else match[0]
    run += text[at:]
    return "".join((*parts, f"{command}{{{run}}}" if run else ""))
