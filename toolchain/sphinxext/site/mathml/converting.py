"""Mathematics of TeX as MathML Core, which browsers set by themselves: made once, when the page is written."""

import re
from collections.abc import Mapping
from functools import lru_cache

from math_core import LatexError, LatexToMathML

from toolchain.outputs.latex import mathjax
from toolchain.sphinxext.macros import Macro, expanded, taken_out
from toolchain.sphinxext.notebook_text.maths import ENVIRONMENT, TAG, body
from toolchain.sphinxext.printed.terms import with_braces, with_environments
from toolchain.sphinxext.site.mathml import elements, tables
from toolchain.sphinxext.site.mathml.reading import Unsupported
from toolchain.sphinxext.site.mathml.rewriting import FIRST, MARK, Rewriter

CONVERTER = LatexToMathML(macros=tables.ALIASES, allow_unreliable_rendering=True, fancy_error=False)
"""The names of its own take precedence over what they stand for here."""
MATH = re.compile(r"<math[^>]*>(?P<inner>.*)</math>", re.DOTALL)
MADE = re.compile(
    rf"<(?P<name>mi|mo|mn|mtext)(?P<attributes>[^<>]*)>(?P<text>[^<>]*[{chr(FIRST)}-{chr(FIRST + 0xFFFD)}][^<>]*)</(?P=name)>"
)
PLACE = re.compile(f"([{chr(FIRST)}-{chr(FIRST + 0xFFFD)}])")
ENCLOSED = re.compile(r'<menclose notation="([\w ]*)">')
STRUCK = re.compile(r'<mrow class="menclose-[\w]*"></mrow>')
NAMED = re.compile(r'Unknown (?P<kind>command|environment|color) "(?P<name>[^"]+)"|"(?P<other>\\[A-Za-z]+)')
MARKED = re.compile(rf"<mtd(?P<attributes> style=[^<>]*)><mtext>{MARK}(?P<number>\d+)</mtext></mtd>")
MINUS = "\u2212"
HYPHEN = re.compile(f"(?<=<mi>)[A-Za-z]+(?:{MINUS}[A-Za-z]+)+(?=</mi>)")
"""In the name of an operator."""
SIZED = re.compile(r"(<(?:msub|msup|msubsup)>)(<mo [^<>]*minsize=[^<>]*>[^<>]*</mo>)")
"""A bracket of a size with a script: Chromium forgets the size if nothing is between them."""
ACCENTS = re.compile(r'<mo(?P<stretched> stretchy="true")?>(?P<sign>[~ˇ])</mo>(?=</(?P<where>mover|munder)>)')
STRETCHED = {"~": {"mover": "\u02dc", "munder": "\u02f7"}, "ˇ": {"mover": "\u02c7", "munder": "\u02c7"}}
"""Of accents, the signs that browsers stretch and the site's font has in several widths."""
OPERATORS = {
    "varlimsup": Macro(r"\mathop{\overline{\mathrm{lim}}}"),
    "varliminf": Macro(r"\mathop{\underline{\mathrm{lim}}}"),
    "varinjlim": Macro(r"\mathop{\underrightarrow{\mathrm{lim}}}"),
    "varprojlim": Macro(r"\mathop{\underleftarrow{\mathrm{lim}}}"),
}
FULL_WIDTH = "width: 100%"
OWN_ENVIRONMENTS = re.compile(r"\\newenvironment\s*\{([A-Za-z]+\*?)\}")
DEEPEST = 20
KEPT = 20_000
"""Formulas of a process that are not converted again."""


class NotSetError(Exception):
    """A formula that cannot be set: the page shows its TeX."""

    def __init__(self, reason: str, needle: str = "") -> None:
        """Take why, and the part that is the reason."""
        super().__init__(reason)
        self.needle = needle
        """The part of it that is the reason, as it is typed."""


Environments = tuple[tuple[str, tuple[str, str, int, str | None]], ...]


def mathml(
    tex: str, *, display: bool, macros: Mapping[str, Macro] | None = None, environments: Environments = ()
) -> str:
    """Return a formula as a `math` element that has its TeX as well. Raises NotSetError."""
    written = expanded(tex, macros or {})
    made = _made(written, display, environments)
    if isinstance(made, NotSetError):
        raise made
    block = ' display="block"' if display else ""
    if FULL_WIDTH in made:
        block += ' class="math-wide"'
    source = elements.escaped(" ".join(tex.split()))
    return (
        f"<math{block}><semantics><mrow>{made}</mrow>"
        f'<annotation encoding="application/x-tex">{source}</annotation></semantics></math>'
    )


@lru_cache(KEPT)
def _made(tex: str, display: bool, environments: Environments) -> str | NotSetError:  # noqa: FBT001 - a part of the key
    """Return what is in the element, or why there is nothing."""
    tex, found = taken_out(mathjax.COMMENT.sub(r"\1", tex))
    text = with_environments(with_braces(expanded(tex, found | OPERATORS)))
    if brace := mathjax.unmatched_brace(text):
        return NotSetError(f"a {brace} without its {mathjax.OTHER[brace]}")
    try:
        is_whole = ENVIRONMENT.fullmatch(text) or TAG.search(text)
        return _converted(text if is_whole else body(text), display=display, environments=environments)
    except NotSetError as error:
        return error
    except RecursionError:
        return NotSetError("too many parts within one another")


def _converted(text: str, *, display: bool, environments: Environments, depth: int = 0) -> str:
    if depth > DEEPEST:
        raise NotSetError("too many parts within one another")

    def part(inner: str) -> str:
        return _converted(inner, display=False, environments=environments, depth=depth + 1)

    rewriter = Rewriter(part, dict(environments), is_display=display)
    try:
        written = rewriter.written(text)
        if len(rewriter.tags) > 1:
            raise NotSetError(r"a row has more than one \tag", r"\tag")
        if rewriter.tags:
            written = rf"\begin{{equation*}}{written}{''.join(rewriter.tags)}\end{{equation*}}"
        made = CONVERTER.convert_with_local_state(written, displaystyle=display)
    except Unsupported as unsupported:
        raise NotSetError(f"{unsupported.needle} is not set by it", unsupported.needle) from None
    except LatexError as error:
        raise _not_set(str(error)) from None
    return _whole(made, rewriter.made)


def _whole(made: str, parts: list[str]) -> str:
    """Return what is in a `math` element, with the parts that were MathML already in their places."""
    match = MATH.fullmatch(made)
    inner = match["inner"] if match else made
    inner = ENCLOSED.sub(lambda found: f'<mrow class="math-enclosed {found[1]}">', STRUCK.sub("", inner))
    inner = ACCENTS.sub(
        lambda found: f'<mo stretchy="true">{STRETCHED[found["sign"]][found["where"]]}</mo>', inner
    )
    inner = inner.replace("</menclose>", "</mrow>").replace("&ApplyFunction;", "&#x2061;")
    inner = SIZED.sub(r"\1<mrow>\2</mrow>", inner)
    inner = HYPHEN.sub(lambda found: found[0].replace(MINUS, "-"), inner)
    inner = MARKED.sub(
        lambda found: f"<mtd{found['attributes']}><mrow>{parts[int(found['number'])]}</mrow></mtd>", inner
    )
    return MADE.sub(lambda found: _put_back(found, parts), inner)


def _put_back(found: re.Match[str], parts: list[str]) -> str:
    pieces = []
    for piece in PLACE.split(found["text"]):
        if PLACE.fullmatch(piece):
            number = ord(piece) - FIRST
            pieces.append(parts[number] if number < len(parts) else "")
        elif piece:
            pieces.append(f"<{found['name']}{found['attributes']}>{piece}</{found['name']}>")
    return f"<mrow>{''.join(pieces)}</mrow>"


def _not_set(said: str) -> NotSetError:
    """Return what the converter says of a formula in other words."""
    named = NAMED.search(said)
    if named and named["kind"] == "environment":
        return NotSetError(f"the environment {named['name']} is not set by it", f"{{{named['name']}}}")
    if named and named["name"]:
        return NotSetError(f"{named['name']} is not set by it", named["name"])
    reason = said.partition(": ")[2].rstrip(".") or said
    return NotSetError(reason[:1].lower() + reason[1:], named["other"] if named else "")
