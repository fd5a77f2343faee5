r"""Entries of the index in print: with their formulas, their code and names of interfaces, and "see also" where it is meant.

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
FURTHER = re.compile(r"(?P<word>.*\S)\s+\((?P<further>[^()]*)\)\s*")
"""What stands in parentheses after a name is set apart."""
MAIN = "|spxpagem"
"""How Sphinx marks the page that an entry is above all about."""


def set_entries(held: Held, doctree: nodes.document) -> None:
    """Set each entry that Sphinx would set otherwise."""
    for index in list(doctree.findall(addnodes.index)):
        if isinstance(index.next_node(descend=False, siblings=True), addnodes.desc):
            index["entries"] = [(kind, _named(text), *others) for kind, text, *others in index["entries"]]
        ours = [
            entry for entry in index["entries"] if entry[0] == SEE_ALSO or index_entries.is_marked(entry[1])
        ]
        if ours:
            index["entries"] = [entry for entry in index["entries"] if entry not in ours]
            written = "".join(
                _entry(held, kind, text, MAIN if main else "") for kind, text, _, main, _ in ours
            )
            index.parent.insert(index.parent.index(index) + 1, raw(written))


def _named(entry: str) -> str:
    """Return the entry of a function, or another name of an interface, with the name as code."""
    name, space, further = entry.partition(" (")
    return entry if "`" in name else f"`{name}`{space}{further}"


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
    with_further = FURTHER.fullmatch(word)
    look = rf"\spxentry{{{_look(held, with_further['word'] if with_further else word)}}}"
    further = rf"\spxextra{{{_look(held, with_further['further'])}}}" if with_further else ""
    return f"{_quoted(index_entries.sorted_as(word))}@{look}{further}"


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
