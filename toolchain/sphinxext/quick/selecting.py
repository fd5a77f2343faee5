"""Elements of one class are looked for without soupsieve: the theme does so on each page, and nothing else asks for selectors.

That library takes longer to import, and to compile its patterns, than a page takes to be written.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from bs4 import Tag
from bs4.css import CSS
from bs4.element import ResultSet
from sphinx.application import Sphinx

from toolchain.sphinxext.quick.replacing import replace

APART = frozenset({"iframe", "template"})
"""Elements whose contents are no part of the page."""
WORD = re.compile(r"[^ \t\r\n\f]+")
OF_A_CLASS = re.compile(r"\.([A-Za-z][A-Za-z0-9-]*)")


def _quick(select: Callable[..., Any]) -> Callable[..., Any]:
    def of_a_class(self: CSS, selector: str, *arguments: Any, **options: Any) -> Any:
        asked = OF_A_CLASS.fullmatch(selector)
        tags = self.tag.find_all(name=True)
        is_apart = any(tag.name.lower() in APART for tag in (self.tag, *tags))
        if asked is None or is_apart or any(arguments) or any(options.values()):
            return select(self, selector, *arguments, **options)
        return ResultSet(None, [tag for tag in tags if asked[1] in _classes(tag)])

    return of_a_class


def _classes(tag: Tag) -> Sequence[str]:
    classes = tag.get("class")
    return WORD.findall(classes) if isinstance(classes, str) else classes or ()


def setup(_app: Sphinx) -> None:
    """Look for them in that way."""
    replace(CSS, "select", _quick)
