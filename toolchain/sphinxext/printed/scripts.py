"""Scripts that the book's fonts do not have: LaTeX is told of them only where a book has some of their characters."""

import re

from docutils import nodes
from sphinx.application import Sphinx

CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0002fa1f]"
)
"""Chinese, Japanese and Korean, as toolchain-cjk.sty has them."""


def load_fonts(app: Sphinx, doctree: nodes.document) -> None:
    """Load what sets Chinese, Japanese and Korean, if the text or the title page has them."""
    context = getattr(app.builder, "context", {})
    package = r"\usepackage{toolchain-cjk}"
    texts = (doctree.astext(), *(str(text) for text in context.values()))
    if package not in context.get("preamble", "") and any(map(CJK.search, texts)):
        context["preamble"] += package
