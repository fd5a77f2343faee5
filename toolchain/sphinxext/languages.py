"""A part of a page in another language says so, to screen readers and to what hyphenates: `[ein Wort]{lang=de}`.

MyST takes attributes of these from authors, and knows none of that name. Docutils writes a class `language-de` as `lang="de"`.
"""

import re
from collections.abc import Callable
from typing import Any

from docutils import nodes
from myst_parser.mdit_to_docutils.base import DocutilsRenderer, token_line
from myst_parser.warnings_ import MystWarnings
from sphinx.application import Sphinx

from toolchain.sphinxext.quick.replacing import replace

LANG = "lang"
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
"""As BCP 47 writes them, about."""


def _with_language(copy: Callable[..., None]) -> Callable[..., None]:
    def copy_attributes(
        self: DocutilsRenderer, token: Any, node: nodes.Element, *arguments: Any, **options: Any
    ) -> None:
        copy(self, token, node, *arguments, **options)
        language = str(token.attrs.get(LANG, ""))
        if LANGUAGE.fullmatch(language):
            node["classes"].append(f"language-{language}")
        elif LANG in token.attrs:
            self.create_warning(
                f"{LANG}={language} names no language: write it as de, or as zh-Hans",
                MystWarnings.INVALID_ATTRIBUTE,
                line=token_line(token, default=0) or None,
                append_to=node,
            )

    return copy_attributes


def setup(_app: Sphinx) -> None:
    """Have MyST keep what is said of a language: it offers no seam."""
    replace(DocutilsRenderer, "copy_attributes", _with_language)
