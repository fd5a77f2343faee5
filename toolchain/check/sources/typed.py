"""What is left in the words of a page where markup was nearly right: each pattern fits text that nobody means to be read."""

import re
from collections.abc import Iterator

from msgspec import Struct

from toolchain.check.base import ReadBook
from toolchain.check.sources.nearest import near
from toolchain.model import PageFacts
from toolchain.model.facts import GAP

OPTIONS = (
    "align|alt|caption|class|emphasize-lines|figclass|figwidth|glob|header-rows|height|hidden|label|lineno-start|linenos|"
    "maxdepth|name|nonumber|numbered|scale|stub-columns|tags|target|titlesonly|width|widths"
)
FRONT_MATTER = "execution|file_format|jupytext|kernelspec|mystnb"
COMMANDS = (
    "alpha|bar|beta|bf|bm|cdot|cdots|delta|epsilon|eta|exp|frac|gamma|ge|geq|hat|in|infty|int|lambda|ldots|le|left|leq|"
    "log|mathbb|mathbf|mathcal|mathrm|mu|nabla|neq|omega|partial|phi|pi|prod|psi|rho|right|sigma|sqrt|sum|tau|text|theta|"
    "tilde|times|to|vec|xi|zeta"
)
DASHES = "\N{EN DASH}\N{EM DASH}-"
"""What is left of a typed `--`, or becomes of it."""
CODE_WORDS = "args|argv|kw|kwargs|options|opts|params"
"""Words that have two stars before them in code, and so in the words of those who forget the backquotes."""


class Pattern(Struct, frozen=True):
    """Text that is no markup and was meant to be, and what to say of it."""

    text: re.Pattern[str]
    message: str
    """With `{}` for what was found; a pattern's group `shown` says which part of it."""
    remedy: str
    mark: str = ""
    """What says, after a backslash, that it is meant to be read."""
    above: re.Pattern[str] | None = None
    """What the line below has to begin with, if it matters."""
    once: bool = False
    """Whether the first on a page has the others as consequences."""
    extension: str = ""
    """That of MyST without which it would be no markup either: what is to be enabled is told elsewhere."""


class Typed(Struct, frozen=True):
    """What is said of such a text."""

    message: str
    remedy: str


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.MULTILINE | re.VERBOSE)


UNCLOSED = (
    Pattern(
        _pattern(r"(?P<shown>\{[A-Za-z][\w:.+-]*\}`+|(?<![\w`])`+[^\s`]{0,30}|`+)"),
        "“{}” begins code, or a role, and is never closed",
        "Put a backquote where it ends.",
        mark="`",
    ),
    Pattern(
        _pattern(r"\$\$"),
        "a formula between “{}” is never closed",
        "Put two dollars where it begins and where it ends, without an empty line between.",
        mark="$",
        once=True,
        extension="dollarmath",
    ),
    Pattern(
        _pattern(rf"(?P<shown>\$[^$\n{GAP}]{{0,80}}?\\(?:{COMMANDS})\b)"),
        "the formula “{}” is never closed",
        "Put a dollar where it ends, without a blank before it.",
        mark="$",
        extension="dollarmath",
    ),
    Pattern(
        _pattern(r"\\(?:begin|end)\{[A-Za-z]+\*?\}"),
        "“{}” is plain text: the formula is not closed",
        "End it with the same name as it begins, and let it stand alone; or put it between two dollars and two dollars.",
        mark="\\",
        once=True,
        extension="amsmath",
    ),
    Pattern(
        _pattern(rf"<![{DASHES}]{{1,2}}"),
        "a comment, “<!--”, is never closed in its paragraph",
        "Close it with “-->”.",
        mark="<",
    ),
    Pattern(
        _pattern(rf"(?P<shown>(?<![\w*/])\*\*(?!(?:{CODE_WORDS})\b)(?=[^\W\d_]{{2,}})\w+)"),
        "“{}” begins bold text, and is never closed",
        "Put two stars where it ends, without a blank before them.",
        mark="*",
    ),
    Pattern(
        _pattern(rf"^(?P<shown>(?:{FRONT_MATTER}):)(?=[ ]|$)"),
        "front matter, “{}”, is plain text",
        "It stands between two lines of “---”, and the first of them is the page's first line.",
        once=True,
    ),
)
NEARLY = (
    Pattern(
        _pattern(rf"^(?P<shown>:(?:{OPTIONS}):)(?=[ ]|$)"),
        "the option “{}” is plain text here",
        "Options stand right below the line that opens their directive, without an empty line before them.",
        mark=":",
    ),
    Pattern(
        _pattern(r"^(?P<shown>\|.*\|)[ ]*\n[ ]*\|.*\|[ ]*$"),
        "the table that begins “{}” is plain text",
        "Below its head goes a line such as |---|---|, with as many columns as the head.",
        mark="|",
    ),
    Pattern(
        _pattern(r"(?P<shown>\[[^][\n]*[^\W\d_][^][\n]*\])\s\((?:https?://|www\.|mailto:|\.{1,2}/|\#)"),
        "“{}” is no link: there is a blank before its address",
        "Write [words](address).",
        mark="[",
    ),
    Pattern(
        _pattern(r"(?P<shown>(?<![\w)\]])\[[^][\n]*[^\W\d_]{3}[^][\n]*\]\[[\w.:-]+\])"),
        "“{}” is no link: nothing says where it leads",
        "Write [words](address), or a line [name]: address.",
        mark="[",
    ),
    Pattern(
        _pattern(r"\A(?P<shown>\([\w.:]+[-_:][\w.:-]*\))[ ]*\Z|^(?P<spaced>\([\w.:-]+\))[ ]+=[ ]*$"),
        "the label “{}” is plain text",
        "Write (label)= alone in its line, before what it is of.",
        mark="(",
    ),
    Pattern(
        _pattern(r"\A(?P<shown>\([\w.:-]+\))[ ]*\Z"),
        "the label “{}” is plain text",
        "Write (label)= alone in its line, before what it is of.",
        mark="(",
        above=_pattern(r"\#{1,6}[ ]|[ ]*(?:`{3,}|:{3,})[ ]*\{|\$\$"),
    ),
    Pattern(
        _pattern(r"\A(?P<shown>\#{2,6}[^\W\d_].{0,40}|\#[A-Z][^.\n]{0,60}\Z)"),
        "the heading “{}” is plain text",
        "Put a blank after the signs.",
        mark="#",
    ),
    Pattern(
        _pattern(r"^(?P<shown>(?:2[.)][ ].+\n[ ]*3|3[.)][ ].+\n[ ]*4|0[.)][ ].+\n[ ]*1)[.)][ ])"),
        "a list that begins “{}” is plain text",
        "Put an empty line before it.",
    ),
    Pattern(
        _pattern(r"\A(?P<shown>\+{2,}[ ]*(?:\{.*\})?)\Z"),
        "“{}” is plain text",
        "Between cells stands a line of “+++”.",
        mark="+",
    ),
    Pattern(
        _pattern(rf"(?P<shown>\{{[A-Za-z][\w:.+-]*\}})[ ]?{GAP}"),
        "the role {} is plain text",
        "It stands right before its backquote.",
        mark="{",
    ),
)


def occurrences(
    built: ReadBook, page: PageFacts, patterns: tuple[Pattern, ...]
) -> Iterator[tuple[Typed, int | None]]:
    """Yield what the words of a page have of some patterns, each with its line; what is escaped is meant to be read."""
    lines = built.lines(page.path)
    reported: set[Pattern] = set()
    enabled = {"", *built.settings.myst_extensions}

    def find(text: str) -> Iterator[tuple[Pattern, re.Match[str]]]:
        return ((pattern, match) for pattern in patterns for match in pattern.text.finditer(text))

    for passage, (pattern, match) in built.silent.search(page, patterns[0].message, find):
        count = passage.text.count("\n") + 1
        around = _block(lines, passage.line, count) if passage.line else []
        told = pattern in reported and pattern.once
        if told or pattern.extension not in enabled or _is_meant(pattern, around):
            continue
        source = lines[passage.line - 1 : passage.line + count] if passage.line else []
        if pattern.above and not (source[count:] and pattern.above.match(source[count])):
            continue
        reported.add(pattern)
        found = next(filter(None, match.groups()), match[0])
        shown = " ".join(found.split()).replace(GAP, "…")
        line = passage.line and passage.line + passage.text.count("\n", 0, match.start())
        needle = found.partition("\n")[0].partition(GAP)[0]
        yield Typed(pattern.message.format(shown), pattern.remedy), near(built, page.path, needle, line)


def _block(lines: list[str], line: int, count: int) -> list[str]:
    """Return the lines of a passage, and of its block around it: of all in a table MyST says the table's first line."""
    first, last = min(line - 1, len(lines)), min(line - 1 + count, len(lines))
    while first > 0 and lines[first - 1].strip():
        first -= 1
    while last < len(lines) and lines[last].strip():
        last += 1
    return lines[first:last]


def _is_meant(pattern: Pattern, source: list[str]) -> bool:
    """Say whether what a pattern fits is escaped in its source, or may be where that cannot be seen."""
    return bool(pattern.mark) and (not source or any(f"\\{pattern.mark}" in line for line in source))
