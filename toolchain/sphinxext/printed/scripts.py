"""Characters that the book's fonts do not have: LaTeX is told of them only where a book has some."""

import re
import unicodedata
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx

from toolchain.sphinxext.printed.elements import FONTS_OF_SCRIPTS

CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0002fa1f]"
)
"""Chinese, Japanese and Korean, as toolchain-cjk.sty has them."""
FROM_RIGHT = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
FROM_LEFT = r"A-Za-z\u00c0-\u058f\u0900-\u1fff\u2c00-\ud7ff"
RUN = re.compile(rf"(?P<words>{FROM_RIGHT}(?:[^{FROM_LEFT}]*{FROM_RIGHT})?)(?P<closing>[)\]}}\u00bb]?)")
"""Words of a script that is written from right to left, with what stands between them."""
BEGIN, END = "\u2067", "\u2069"
"""Unicode's own marks of such a run: toolchain-fallback.sty has LaTeX turn round between them."""
OTHER_SIDE = str.maketrans("()[]{}<>\u00ab\u00bb", ")(][}{><\u00bb\u00ab")
ANY, IDEOGRAPHS = "*", "CJK"
"""In the place of a script: any character that no other font has; Chinese, Japanese and Korean."""
SHAPED = frozenset(
    {
        *("Arabic", "Bengali", "Devanagari", "Gujarati", "Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao"),
        *(
            "Malayalam",
            "Mongolian",
            "Myanmar",
            "Oriya",
            "Sinhala",
            "Syriac",
            "Tamil",
            "Telugu",
            "Thai",
            "Tibetan",
        ),
    }
)
"""Scripts of which fontspec has to be told: their letters have other forms beside each other."""
AS_THEY_ARE = (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.raw)
LAST_OF_LATIN_1 = "\xff"
"""The fonts have all up to this one."""


def turn_round(doctree: nodes.document) -> None:
    """Mark what is read from right to left in the text; LaTeX sets each letter to the right of the one before."""
    for text in list(doctree.findall(nodes.Text)):
        if RUN.search(text) and not isinstance(text.parent, AS_THEY_ARE):
            mixed = re.search(rf"[{FROM_LEFT}]", text)
            turned = RUN.sub(_turned, text) if mixed else _marked(text)
            text.parent.replace(text, nodes.Text(turned))


def _turned(run: re.Match[str]) -> str:
    words, closing = run["words"], run["closing"]
    if closing and words.count(closing.translate(OTHER_SIDE)) > words.count(closing):
        words, closing = words + closing, ""
    return _marked(words) + closing


def _marked(words: str) -> str:
    """Return a run between its marks; of brackets one opens on the other side."""
    return f"{BEGIN}{words.translate(OTHER_SIDE)}{END}"


def load_fonts(app: Sphinx, doctree: nodes.document) -> None:
    """Load what sets such characters, if the text or the title page has them."""
    context = getattr(app.builder, "context", {})
    texts = (doctree.astext(), *(str(text) for text in context.values()))
    characters = {character for text in texts for character in text if character > LAST_OF_LATIN_1} - {
        BEGIN,
        END,
    }
    foreign = set(filter(CJK.match, characters))
    fonts: dict[str, str] = app.config[FONTS_OF_SCRIPTS]
    chosen = rf"\def\toolchaincjkfont{{{fonts[IDEOGRAPHS]}}}" if IDEOGRAPHS in fonts else ""
    _load(context, rf"{chosen}\usepackage{{toolchain-cjk}}", needed=bool(foreign))
    own = "".join(_of_scripts(fonts, characters - foreign))
    _load(
        context,
        rf"\usepackage{{toolchain-fallback}}\toolchainfallback{{{_codes(characters - foreign)}}}{own}",
        needed=bool(characters - foreign),
    )


def _of_scripts(fonts: dict[str, str], characters: set[str]) -> Iterator[str]:
    """Yield what has LaTeX set the characters of a script in the font that the book has chosen for it."""
    for number, (script, font) in enumerate(sorted(fonts.items())):
        of_script = {one for one in characters if unicodedata.name(one, "").startswith(f"{script.upper()} ")}
        told = f"Script={script}" if script in SHAPED else ""
        if script == ANY:
            yield rf"\toolchainanyscript{{{font}}}"
        elif of_script:
            yield rf"\toolchainscript{{own{number}}}{{{font}}}{{{told}}}{{{_codes(of_script)}}}"


def _codes(characters: set[str]) -> str:
    return ",".join(f'"{ord(character):X}' for character in sorted(characters))


def _load(context: dict[str, str], lines: str, *, needed: bool) -> None:
    preamble = context.get("preamble", "")
    if needed and lines not in preamble:
        context["preamble"] = preamble + lines
