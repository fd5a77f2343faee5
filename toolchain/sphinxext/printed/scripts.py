"""Characters that the book's fonts do not have: LaTeX is told of them only where a book has some."""

import re

from docutils import nodes
from sphinx.application import Sphinx

CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0002fa1f]"
)
"""Chinese, Japanese and Korean, as toolchain-cjk.sty has them."""
LAST_OF_LATIN_1 = "\xff"
"""The fonts have all up to this one."""


def load_fonts(app: Sphinx, doctree: nodes.document) -> None:
    """Load what sets such characters, if the text or the title page has them."""
    context = getattr(app.builder, "context", {})
    texts = (doctree.astext(), *(str(text) for text in context.values()))
    characters = {character for text in texts for character in text if character > LAST_OF_LATIN_1}
    foreign = set(filter(CJK.match, characters))
    _load(context, r"\usepackage{toolchain-cjk}", needed=bool(foreign))
    codes = ",".join(f'"{ord(character):X}' for character in sorted(characters - foreign))
    _load(
        context,
        rf"\usepackage{{toolchain-fallback}}\toolchainfallback{{{codes}}}",
        needed=bool(codes),
    )


def _load(context: dict[str, str], lines: str, *, needed: bool) -> None:
    preamble = context.get("preamble", "")
    if needed and lines not in preamble:
        context["preamble"] = preamble + lines
