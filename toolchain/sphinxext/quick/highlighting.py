"""Sphinx asks Pygments for each block of code which class reads its language, and has a style sheet made that it does not use.

To find the class for the code of notebooks, Pygments imports whatever installed packages have, all of IPython for instance. A
package that names its class as the language is asked first.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from pygments import plugin
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers._mapping import LEXERS
from sphinx import highlighting
from sphinx.application import Sphinx
from sphinx.highlighting import PygmentsBridge

from toolchain.base.later import imports_later
from toolchain.sphinxext.quick.replacing import replace

FORMATTERS = "toolchain_formatters"
"""Attribute of Sphinx's bridge to Pygments: the formatters that it has made, by their options."""


def _by_class(get_lexer: Callable[..., Lexer]) -> Callable[..., Lexer]:
    """Find the class of a language's lexer once; each block has a lexer of its own."""

    @cache
    def kind(alias: str) -> type[Lexer]:
        with imports_later():
            return _of_package(alias) or type(get_lexer(alias))

    def get_lexer_by_name(_alias: str, **options: Any) -> Lexer:
        return kind(_alias)(**options)

    return get_lexer_by_name


def _of_package(alias: str) -> type[Lexer] | None:
    """Return the class that a package names as the language, if Pygments itself has none; None if that is not the matter."""
    if any(alias.lower() in aliases for _, _, aliases, _, _ in LEXERS.values()):
        return None
    for entry in plugin.iter_entry_points(plugin.LEXER_ENTRY_POINT):
        if entry.name == alias:
            found: type[Lexer] = entry.load()
            if isinstance(found, type) and alias in found.aliases:
                return found
    return None


def _kept(get_formatter: Callable[..., Any]) -> Callable[..., Any]:
    """Have a formatter for each set of options: Pygments' own for HTML keeps nothing of what it formats."""

    def formatter(self: PygmentsBridge, **options: Any) -> Any:
        if self.formatter is not HtmlFormatter:
            return get_formatter(self, **options)
        kept: dict[str, Any] = self.__dict__.setdefault(FORMATTERS, {})
        how = repr(sorted(options.items()))
        if how not in kept:
            kept[how] = get_formatter(self, **options)
        return kept[how]

    return formatter


def setup(_app: Sphinx) -> None:
    """Keep the classes, and formatters."""
    replace(highlighting, "get_lexer_by_name", _by_class)
    replace(PygmentsBridge, "get_formatter", _kept)
