"""Labels as the Markdown of a notebook shows them."""

import re
from functools import lru_cache
from html import unescape

from toolchain.forms.label_text import LabelText, number

ANCHOR = re.compile(r'<a id="(?P<id>[^"]+)"></a>')
QUOTED = re.compile(r"^(?:[ \t]*>)+ ?", re.MULTILINE)
ITEM = re.compile(r"^(?:\s*(?:[-*+]|\d+[.)])\s+)+")
CELL = re.compile(r"(?<!\\)\||<br ?/?>")
"""Between the cells of a table's row, and between the lines in one."""
HEADING = re.compile(r"#{1,6} +(?P<title>.*)$")
CAPTION = re.compile(r"\*\*(?P<number>[^*]+?)\.\*\* ?(?P<title>.*)$")
ENTRY = re.compile(r"\\\[(?P<label>.*?)\\\] (?P<words>.*)$")
FORMULA = re.compile(r"\s*\$\$(?P<body>.*?)\$\$", re.DOTALL)
TAG = re.compile(r"\\tag\{(?P<number>[^}]*)\}")
TEXTS = ("text", "text_special")
NUMBER = re.compile(r"(?P<number>(?:\d+|[A-Z])(?:\.\d+)*)\.? (?P<title>.*)$")


@lru_cache(maxsize=4096)  # a cell occurs in the bundle of its chapter and in that of the book
def labels(markdown: str) -> dict[str, LabelText]:
    """Return the text of each label in a cell of Markdown, by the id of its anchor."""
    texts: dict[str, LabelText] = {}
    text = QUOTED.sub("", markdown)
    for match in re.finditer(r".*", text):
        for part in _parts(match[0]) if ANCHOR.search(match[0]) else ():
            if ids := ANCHOR.findall(part):
                shown = _label_text(ANCHOR.sub("", part).strip(), text[match.end() :])
                texts |= dict.fromkeys(ids, shown)
    return texts


def _parts(line: str) -> list[str]:
    """Return what stands in a line: of a row of a table the lines of its cells, of an item what is in it."""
    if line.strip().startswith("|") and line.strip().endswith("|"):
        return CELL.split(line)
    return [ITEM.sub("", line)]


def _label_text(line: str, following: str) -> LabelText:
    if heading := HEADING.match(line):
        return LabelText(title=_words(heading["title"]))
    if caption := CAPTION.match(line):
        return LabelText(number=number(unescape(caption["number"])), title=_words(caption["title"]))
    if entry := ENTRY.match(line):
        return LabelText(
            number=re.sub(r"\\(.)", r"\1", entry["label"]), title=_words(entry["words"], of_links=True)
        )
    formula = FORMULA.match(line if line.startswith("$$") and line.count("$$") > 1 else f"{line}{following}")
    if formula:
        tag = TAG.search(formula["body"])
        return LabelText(number=f"({tag['number']})" if tag else "")
    return LabelText(title=_words(line))


def split(title: str, expected: str) -> LabelText:
    """Part a heading's number from its title; `expected` is Sphinx's, as a title may begin with a number."""
    match = NUMBER.match(title)
    if match and (expected or "." in match["number"]):
        return LabelText(number=match["number"], title=match["title"])
    return LabelText(title=title)


def _words(line: str, *, of_links: bool = False) -> str:
    """Return what readers see of a line outside formulas, code and HTML's tags; of links only if told."""
    # Imports a parser of Markdown, which a build without notebooks does not need.
    from toolchain.forms.notebooks.reading.cell_markdown import GRAMMAR  # noqa: PLC0415

    (inline,) = GRAMMAR.parseInline(line)
    words, within = [], 0
    for token in inline.children or ():
        if token.type in ("link_open", "link_close"):
            within += token.nesting
        elif token.type in TEXTS and (of_links or not within):
            words.append(token.content)
        elif token.nesting == 0:
            words.append(" ")
    return "".join(words)
