r"""Entries of the index in print: with their formulas and their code, and "see also" where it is meant.

Sphinx has only characters there, and "see" for both.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.util.index_entries import split_index_msg

from toolchain.sphinxext import index_entries
from toolchain.sphinxext.printed.elements import escape
from toolchain.sphinxext.printed.held import Held
from toolchain.sphinxext.printed.tree import raw

SEE, SEE_ALSO = "see", "seealso"
OF_XINDY = {"{": r"\sphinxleftcurlybrace{}", "}": r"\sphinxrightcurlybrace{}", "|": r"\textbar{}"}
QUOTED = re.compile('["@!]')
"""What means something among the entries."""
MAIN = "|spxpagem"
"""How Sphinx marks the page that an entry is above all about."""


def set_entries(held: Held, doctree: nodes.document) -> None:
    """Set each entry that Sphinx would set otherwise."""
    for index in list(doctree.findall(addnodes.index)):
        ours = [
            entry for entry in index["entries"] if entry[0] == SEE_ALSO or index_entries.is_marked(entry[1])
        ]
        if ours:
            index["entries"] = [entry for entry in index["entries"] if entry not in ours]
            written = "".join(
                _entry(held, kind, text, MAIN if main else "") for kind, text, _, main, _ in ours
            )
            index.parent.insert(index.parent.index(index) + 1, raw(written))


def _entry(held: Held, kind: str, text: str, mark: str) -> str:
    try:
        parts = split_index_msg(kind, text)
    except ValueError:  # Sphinx has said so
        return ""
    if kind in (SEE, SEE_ALSO):
        return rf"\index{{{_word(held, parts[0])}|{kind}{{{_look(held, parts[1])}}}}}"
    lines = {
        "single": [parts],
        "pair": [parts, parts[::-1]],
        "triple": [
            [parts[0], " ".join(parts[1:])],
            [parts[1 % len(parts)], f"{parts[-1]}, {parts[0]}"],
            [parts[-1], " ".join(parts[:-1])],
        ],
    }[kind]
    return "".join(rf"\index{{{'!'.join(_word(held, word) for word in line)}{mark}}}" for line in lines)


def _word(held: Held, word: str) -> str:
    """Return a word, or some, of the index: what it is sorted by, and how it looks."""
    return rf"{_quoted(index_entries.sorted_as(word))}@\spxentry{{{_look(held, word)}}}"


def _look(held: Held, word: str) -> str:
    written = ""
    for node in index_entries.content(word):
        text = node.astext()
        if isinstance(node, nodes.math):
            written += held.macro(text)
        elif isinstance(node, nodes.literal):
            written += rf"\sphinxcode{{\sphinxupquote{{{_quoted(text)}}}}}"
        else:
            written += _quoted(text)
    return written


def _quoted(text: str) -> str:
    escaped = "".join(OF_XINDY.get(character) or escape(character) for character in text)
    return QUOTED.sub(r'"\g<0>', escaped)
