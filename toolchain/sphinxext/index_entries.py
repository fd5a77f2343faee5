r"""Entries of the index with formulas and code in them: how they are sorted, and how they look on the site.

They are sorted as they are spoken: `$\alpha$-divergence` among what begins with A, `` `zip` `` with Z, and not among the signs.
"""

import re
from itertools import groupby
from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment.adapters import indexentries

from toolchain.sphinxext.entry_formulas import SIGNS, spoken
from toolchain.sphinxext.entry_marks import set_marks
from toolchain.sphinxext.typed_words import typed

PAGE = "genindex"
COMMAND = re.compile(r"\\([A-Za-z]+)\s*")
SIGN = re.compile(r"[^\w\s]")
NAMES = {"ell": "l"}
"""Of letters that are not called what their commands are."""


def is_marked(entry: str) -> bool:
    """Say whether an entry has more than characters."""
    return typed(entry) != entry


def content(entry: str) -> list[nodes.Node]:
    """Return what an entry is set as."""
    return set_marks([nodes.Text(typed(entry))])


def plain(entry: str) -> str:
    """Return an entry in characters."""
    return "".join(
        spoken(node.astext()) if isinstance(node, nodes.math) else node.astext() for node in content(entry)
    )


def sorted_as(entry: str) -> str:
    """Return the words that an entry is sorted by: letters of formulas have their names."""
    return "".join(
        SIGN.sub("", spoken(COMMAND.sub(_name, node.astext())))
        if isinstance(node, nodes.math)
        else node.astext()
        for node in content(entry)
    )


def _name(command: re.Match[str]) -> str:
    sign = SIGNS.get(command[1], "")
    return NAMES.get(command[1], command[1]) if sign.isalpha() else command[0]


def _set(app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Set the entries of the site's index, each in its place."""
    if page != PAGE or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    entries = [entry for _, group in context[f"{PAGE}entries"] for entry in group]
    names = {name for entry, (_, below, _) in entries for name in (entry, *(sub for sub, _ in below))}
    if not any(map(is_marked, names)):
        return
    keys = {entry: (sorted_as(entry), rest) for entry, rest in entries}
    # Nothing public of Sphinx's says how it sorts.
    entries.sort(key=lambda entry: indexentries._key_func_1(keys[entry[0]]))  # noqa: SLF001
    looks = {name: _look(app.builder, name) for name in names}
    context[f"{PAGE}entries"] = [
        (
            letter,
            [
                (looks[name], (links, [(looks[sub], to) for sub, to in below], key))
                for name, (links, below, key) in group
            ],
        )
        for letter, group in groupby(entries, lambda entry: indexentries._group_by_func(keys[entry[0]]))  # noqa: SLF001
    ]


def _look(builder: StandaloneHTMLBuilder, entry: str) -> str:
    """Return how an entry looks in HTML; where only a script sets formulas, which that page lacks, it is in characters."""
    words = content(entry)
    if len(words) == 1 and isinstance(words[0], nodes.Text):
        return words[0].astext()
    if builder.config["html_math_renderer"] != "mathml" and any(
        isinstance(node, nodes.math) for node in words
    ):
        return plain(entry)
    return Markup(builder.render_partial(nodes.inline("", "", *words))["fragment"])  # noqa: S704 - the writer escapes


def setup(app: Sphinx) -> None:
    """Look when the index is written."""
    app.connect("html-page-context", _set)
