"""Labels as the Markdown of a notebook shows them."""

import re
from functools import lru_cache
from html import unescape

from toolchain.forms.label_text import LabelText, number

ANCHOR = re.compile(r'<a id="(?P<id>[^"]+)"></a>')
HEADING = re.compile(r"#{1,6} +(?P<title>.*)$")
CAPTION = re.compile(r"\*\*(?P<number>[^*]+?)\.\*\* ?(?P<title>.*)$")
ENTRY = re.compile(r"(?:- )?\\\[(?P<label>.*?)\\\] (?P<words>.*)$")
FORMULA = re.compile(r"\s*\$\$(?P<body>.*?)\$\$", re.DOTALL)
TAG = re.compile(r"\\tag\{(?P<number>[^}]*)\}")
# Limits keep what these take from growing with the square of a text.
WORDLESS = re.compile(
    r"(?<![\\`])(`{1,99}+).{0,2000}?(?<!`)\1(?!`)|(?<!\\)\$(?:\\.|[^$\\]){1,2000}\$|<sup>\[.{0,999}?</sup>|<[^>]{0,2000}>"
)
LINK = re.compile(r"!?\[(?:\\.|[^\]\\]){0,2000}\]\([^)]{0,4000}\)")
NUMBER = re.compile(r"(?P<number>(?:\d+|[A-Z])(?:\.\d+)*)\.? (?P<title>.*)$")


@lru_cache(maxsize=4096)  # a cell occurs in the bundle of its chapter and in that of the book
def labels(markdown: str) -> dict[str, LabelText]:
    """Return the text of each label in a cell of Markdown, by the id of its anchor."""
    texts: dict[str, LabelText] = {}
    text = re.sub(r"^(?:> ?)+", "", markdown, flags=re.MULTILINE)
    for match in re.finditer(r".*", text):
        if ids := ANCHOR.findall(match[0]):
            following = text[match.end() :]
            texts |= dict.fromkeys(ids, _label_text(ANCHOR.sub("", match[0]).strip(), following))
    return texts


def _label_text(line: str, following: str) -> LabelText:
    if heading := HEADING.match(line):
        return LabelText(title=_words(heading["title"]))
    if caption := CAPTION.match(line):
        return LabelText(number=number(unescape(caption["number"])), title=_words(caption["title"]))
    if entry := ENTRY.match(line):
        return LabelText(
            number=re.sub(r"\\(.)", r"\1", entry["label"]), title=_words(LINK.sub(_link_text, entry["words"]))
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


def _words(text: str) -> str:
    return unescape(LINK.sub("", WORDLESS.sub(" ", text)))


def _link_text(link: re.Match[str]) -> str:
    return link[0][1 : link[0].index("](")]
