"""What pages are read with: the extensions of MyST that a book has enabled."""

from functools import cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from myst_parser.config.main import MdParserConfig

from toolchain.sources.outline import grammar


class Syntax(NamedTuple):
    """What pages are read with."""

    myst: MdParserConfig
    page: MarkdownIt
    cell: MarkdownIt


@cache
def syntax_with(extensions: tuple[str, ...]) -> Syntax:
    """Return what reads pages with some extensions of MyST."""
    config = MdParserConfig(enable_extensions=set(extensions))
    of_cells = MdParserConfig(enable_extensions=set(extensions), disable_syntax=["front_matter"])
    return Syntax(config, grammar(config), grammar(of_cells))
