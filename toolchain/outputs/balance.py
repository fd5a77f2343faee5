"""HTML of outputs that neither ends what it has not begun nor leaves open what it has: it stands within a page."""

from html.parser import HTMLParser

BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "button", "caption", "center", "details", "dialog", "div", "dl", "fieldset",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "iframe", "main", "math", "menu",
        "nav", "noscript", "object", "ol", "pre", "script", "search", "section", "select", "style", "summary", "svg", "table",
        "template", "textarea", "title", "ul",
    }
)  # fmt: skip
"""Whose end is the end of all in them. That of others, such as `b`, is not the end of a block."""
ENDED_BY_OTHERS = frozenset(
    {
        "body", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rp", "rt", "tbody", "td", "tfoot", "th",
        "thead", "tr",
    }
)  # fmt: skip
"""They need no end, and theirs ends nothing else."""
VOID = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    }
)
"""They have none."""


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.begun: set[str] = set()
        self.stray: list[tuple[int, int]] = []
        """Line and column of the ends of what is not open."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the signature that is overridden
        self.begun.add(tag)
        if tag not in VOID | ENDED_BY_OTHERS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take it as browsers do: outside drawings and formulas the slash says nothing."""
        if not {"svg", "math"} & {tag, *self.open}:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in ENDED_BY_OTHERS:
            is_stray = tag not in self.begun
        else:
            is_stray = tag not in self.open and tag not in VOID
        if is_stray:
            self.stray.append(self.getpos())
        elif tag in self.open:
            at = len(self.open) - 1 - self.open[::-1].index(tag)
            del self.open[at : None if tag in BLOCKS else at + 1]


def balanced(text: str) -> str:
    """Return HTML without ends of elements that it has not begun, and with those that it lacks; else as it came."""
    tags = _Tags()
    tags.feed(text)
    tags.close()
    begins = [0]
    for line in text.split("\n"):
        begins.append(begins[-1] + len(line) + 1)
    kept, at = [], 0
    for line_number, column in tags.stray:
        start = begins[line_number - 1] + column
        kept.append(text[at:start])
        at = text.find(">", start) + 1 or len(text)
    kept.append(text[at:])
    if text.rfind("<!--") > text.rfind("-->"):
        kept.append("-->")
    return "".join((*kept, *(f"</{tag}>" for tag in reversed(tags.open))))
