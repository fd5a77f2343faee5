"""What the search has of a page: its sections, each with its own words, and how much each of these says about it.

Of two words the one says more that stands in the title, is an entry of the index, or is defined here; of two sections, the shorter
one that has the word as often. Nothing of another page is in it: so a page that has not changed keeps its part.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from msgspec import Struct
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.util.index_entries import split_index_msg

from toolchain.sphinxext import numbers
from toolchain.sphinxext.index_entries import plain
from toolchain.sphinxext.provenance import UNSEARCHED
from toolchain.sphinxext.site.search.words import NUMBER, RUN, UNSPACED, fold, of_run, words

WEIGHTS = {"title": 4.0, "entry": 3.0, "above": 0.5, "name": 1.5, "text": 1.0, "code": 1.0}
"""What a word counts at most by where it is: entries of the index and what is defined; titles above; names of code in the text."""
USUAL_LENGTH = 150
"""Words of a section."""
BEND = 1.2
"""Where a word counts half of what it can: after so many times in a section of usual length."""
LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""How much a word counts in a section, in letters: no digit, as of the numbers between them."""
OUTPUT_LINES = 5
"""An output that has more is not searched."""
DEFINED = re.compile(r"^\s*(?:def|class)\s+(\w+)", re.MULTILINE)
GAP = "…"
"""In the place of a formula."""
SILENT = (
    nodes.raw,
    nodes.Invisible,
    nodes.system_message,
    nodes.image,
    nodes.footnote_reference,
    addnodes.toctree,
)
EQUATION, SECTION = "equation", "section"


class Section(Struct, frozen=True, array_like=True):
    """A section, without those below it."""

    place: str
    """Its anchor; none is that of the page itself."""
    number: str
    title: str
    words: dict[str, str]
    """With one of LEVELS each."""


class Part(Struct, frozen=True, array_like=True):
    """What the search has of a page."""

    sections: tuple[Section, ...]
    stems: dict[str, str]
    """Of words, where these are others; a word without accents has that of the one with them."""


class _Open:
    """A section that is read."""

    def __init__(self, place: str, number: str, title: str, above: tuple[str, ...]) -> None:
        self.place, self.number, self.title = place, number, title
        self.above = (*above, title)
        self.blocks: list[str] = []
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.ids: set[str] = set()
        self.equations: list[str] = []
        self.texts["title"].append(title)
        self.texts["above"] += above

    def counts(self) -> Iterator[tuple[str, float]]:
        """Yield each word with what it counts here; the same one for each field that it is in."""
        by_field: dict[str, dict[str, float]] = {}
        for field, texts in self.texts.items():
            counted: dict[str, float] = defaultdict(float)
            for text in texts:
                for word, weight in words(text):
                    counted[word] += weight
            by_field[field] = counted
        length = sum(sum(by_field.get(field, {}).values()) for field in ("text", "code"))
        bend = BEND * (0.4 + 0.6 * length / USUAL_LENGTH)
        for field, counted in by_field.items():
            for word, times in counted.items():
                if field in ("title", "above", "entry"):  # of many things in a list, none is what it is about
                    share = 0.5 + 0.5 / len(counted) ** 0.5
                else:
                    share = times / (times + bend)
                yield word, WEIGHTS[field] * share


class Reader:
    """Reads the tree of a page, in which all references are resolved."""

    def __init__(self, env: BuildEnvironment, page: str, language: Any) -> None:
        """Take the language as Sphinx' search has it: what its stems are, and which words say nothing."""
        self._env, self._page, self._language = env, page, language
        self._sections: list[_Open] = []

    def read(self, tree: nodes.document) -> tuple[Part, list[list[str]]]:
        """Return the page's part, and the text of each section in paragraphs."""
        tops = [node for node in tree.children if isinstance(node, nodes.section)]
        first = tops[0] if tops else None
        self._open(first, "", ())
        for node in tree.children:
            if node is first:
                self._children(first)
            else:
                self._walk(node)
        sections = tuple(map(self._closed, self._sections))
        return Part(sections, self._stems()), [section.blocks for section in self._sections]

    def _open(self, node: nodes.section | None, place: str, above: tuple[str, ...]) -> None:
        title = _title(node) if node is not None else ""
        ids = node["ids"] if node is not None else ()
        number = numbers.section(self._env, self._page, ids, first=not place)
        self._sections.append(_Open(place, number, title, above))
        self._sections[-1].ids.update(ids)

    def _children(self, node: nodes.Element) -> None:
        for child in node.children:
            if not (isinstance(child, nodes.title) and isinstance(node, nodes.section)):
                self._walk(child)

    def _walk(self, node: nodes.Node) -> None:
        at = self._sections[-1]
        if isinstance(node, nodes.Text):
            self._say(node.astext())
            return
        if not isinstance(node, nodes.Element):
            return
        at.ids.update(node["ids"])
        if isinstance(node, addnodes.index):
            self._entries(node)
        elif isinstance(node, nodes.math_block):
            at.equations.append(numbers.equation(self._env, self._page, node))
        elif isinstance(node, SILENT) or _is_unsearched(node):
            return
        elif isinstance(node, nodes.section):
            above = at
            self._open(node, node["ids"][0] if node["ids"] else above.place, self._above(node))
            self._children(node)
        elif isinstance(node, nodes.literal_block):
            self._code(node)
        elif isinstance(node, addnodes.desc_signature):
            at.texts["entry"] += [str(node.get("fullname") or "")]
            self._text(node)
        elif isinstance(node, nodes.TextElement):
            at.texts["entry"] += [node.astext()] if isinstance(node, nodes.term) else []
            self._text(node)
        else:
            self._children(node)

    def _above(self, node: nodes.Element) -> tuple[str, ...]:
        titles: list[str] = []
        parent = node.parent
        while isinstance(parent, nodes.Element):
            titles += [_title(parent)] if isinstance(parent, nodes.section) else []
            parent = parent.parent
        return tuple(reversed(titles))

    def _entries(self, node: addnodes.index) -> None:
        for kind, value, *_ in node["entries"]:
            try:
                self._sections[-1].texts["entry"] += map(plain, split_index_msg(kind, value))
            except ValueError:  # Sphinx has said so
                continue

    def _code(self, node: nodes.literal_block) -> None:
        at, text = self._sections[-1], node.astext().strip("\n")
        is_output = "output" in node["classes"]
        if is_output and text.count("\n") >= OUTPUT_LINES:
            return
        at.blocks.append(text)
        at.texts["code"].append(NUMBER.sub(" ", text) if is_output else text)
        at.texts["entry"] += [] if is_output else DEFINED.findall(text)

    def _text(self, node: nodes.Element) -> None:
        at = self._sections[-1]
        for inner in node.findall(addnodes.index):
            self._entries(inner)
        at.ids.update(identifier for inner in node.findall(nodes.Element) for identifier in inner["ids"])
        at.texts["name"] += [literal.astext() for literal in node.findall(nodes.literal)]
        self._say(_plain(node))

    def _say(self, words: str) -> None:
        if text := " ".join(words.split()):
            self._sections[-1].blocks.append(text)
            self._sections[-1].texts["text"].append(text)

    def _closed(self, section: _Open) -> Section:
        counted: dict[str, float] = defaultdict(float)
        for word, share in section.counts():
            counted[word] += share
        in_title = {word for text in section.texts["title"] for word, _ in words(text)}
        most = sum(WEIGHTS.values())
        kept = {
            word: LEVELS[min(len(LEVELS) - 1, int(share / most * len(LEVELS)))]
            for word, share in counted.items()
            if word in in_title or self._says_something(word)
        }
        kept.update(self._numbers(section))
        return Section(section.place, section.number, section.title, kept)

    def _says_something(self, word: str) -> bool:
        return (len(word) > 1 or UNSPACED.match(word) is not None) and word not in self._language.stopwords

    def _numbers(self, section: _Open) -> Iterator[tuple[str, str]]:
        """Yield the numbers that stand in a section, alone and as that of a figure, say."""
        numbered = [(EQUATION, number) for number in section.equations if number]
        for kind, ids in self._env.toc_fignumbers.get(self._page, {}).items():
            if kind != "displaymath":  # it may not be what is shown
                numbered += [(kind, ".".join(map(str, ids[own]))) for own in section.ids & ids.keys()]
        for kind, number in sorted(numbered):
            yield number.lower(), LEVELS[len(LEVELS) // 2]
            yield f"{kind}:{number.lower()}", LEVELS[-1]
        if section.number:
            yield section.number.lower(), LEVELS[-1]
            yield f"{SECTION}:{section.number.lower()}", LEVELS[-1]

    def _stems(self) -> dict[str, str]:
        """Return the stems of all words; letters are enough for a stem, so names of code have none but in parts."""
        texts = (text for section in self._sections for texts in section.texts.values() for text in texts)
        stems: dict[str, str] = {}
        for run in sorted({run for text in texts for run in RUN.findall(text)}):
            for word, _ in of_run(run):
                if word.isalpha() and not UNSPACED.match(word) and word not in stems:
                    # A language's rules are for words with their accents.
                    stems[word] = fold(self._language.stem(run.lower() if word == fold(run) else word))
        return {word: stem for word, stem in stems.items() if stem != word}


def _is_unsearched(node: nodes.Element) -> bool:
    return UNSEARCHED in node["classes"] or "toctree-wrapper" in node["classes"]


def _title(section: nodes.Element) -> str:
    title = next((child for child in section.children if isinstance(child, nodes.title)), None)
    return " ".join(_plain(title).split()) if title is not None else ""


def _plain(node: nodes.Element) -> str:
    """Return the words of a text, without formulas, and without what is not text."""
    if isinstance(node, nodes.math | nodes.math_block):
        return GAP
    if isinstance(node, SILENT) or _is_unsearched(node):
        return ""
    return "".join(
        child.astext() if isinstance(child, nodes.Text) else _plain(child)  # type: ignore[arg-type] # or it is an element
        for child in node.children
    )
