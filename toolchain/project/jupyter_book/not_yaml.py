"""What a parser of YAML says of a file that it cannot read, in words of those who have written it: the line, and what to do."""

import re

import yaml

KNOWN = (
    (r"found character '\\t' that cannot start any token", "there is a tab; YAML is indented with spaces"),
    (
        r"found character '(?P<it>[@`%&*!|>])' that cannot start any token",
        "no value begins with {it}; put it in quotes",
    ),
    (
        "mapping values are not allowed here",
        "there is a second colon; put the value in quotes, or begin the key in the column of those beside it",
    ),
    (
        "found unexpected end of stream",
        "a text in quotes begins here and does not end; close it, or leave out the quotes",
    ),
    (
        r"expected ',' or '(?P<it>[\]}])'.*",
        "a list or table begins here and does not end; close it with {it}",
    ),
    ("could not find expected ':'", "here or just above a key has no colon after it; write `key: value`"),
    (
        "expected <block end>, but found .*",
        "the line is not indented as those above it that it belongs to; let what stands side by side begin in one column",
    ),
    (r"found undefined alias '(?P<it>.*)'", "*{it} stands for nothing; put it in quotes if it is a text"),
    ("could not determine a constructor for the tag .*", "a value begins with !; put it in quotes"),
    ("but found another document", "a second document begins here; remove the line of ---"),
    (
        "expected alphabetic or numeric character, but found .*",
        "a value begins with * or &; put it in quotes",
    ),
)
"""What it says, and what that means."""
BEGUN = ("quoted scalar", "flow sequence", "flow mapping")
"""What is told where it begins, and not where the parser has given up."""


def said(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Return the line of what is wrong with a text, counted from 1, and what that is."""
    if isinstance(error, yaml.reader.ReaderError):
        character = f"U+{error.character:04X}" if isinstance(error.character, int) else str(error.character)
        return text.count(
            "\n", 0, error.position
        ) + 1, f"has a character that no text has, {character}; remove it"
    problem = str(getattr(error, "problem", None) or error).partition("\n")[0]
    mark = getattr(error, "problem_mark", None)
    if str(getattr(error, "context", "")).endswith(BEGUN):
        mark = getattr(error, "context_mark", None) or mark
    for pattern, meaning in KNOWN:
        if match := re.fullmatch(pattern, problem):
            problem = meaning.format(**match.groupdict())
    return mark.line + 1 if mark else 1, f"is not YAML: {problem}"
