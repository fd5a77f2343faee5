"""Patterns of paths as Sphinx reads them: one star stays within a folder, two do not."""

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

WILDCARD = re.compile(
    r"(?P<stars>\*\*)|(?P<star>\*)|(?P<any>\?)|\[(?P<negated>!?+)(?P<of>\][^]]{0,999}|[^]]{1,999})\]|(?P<other>.)"
)


def expression(pattern: str) -> str:
    """Return the regular expression that Sphinx reads in a pattern."""

    def part(match: re.Match[str]) -> str:
        if characters := match["of"]:
            characters = re.sub(r"^\^", r"\^", characters.replace("\\", r"\\"))
            return f"[^/{characters}]" if match["negated"] else f"[{characters}]"
        if match["other"]:
            return re.escape(match["other"])
        return ".*" if match["stars"] else "[^/]*" if match["star"] else "[^/]"

    return WILDCARD.sub(part, pattern)


def literally(path: str) -> str:
    """Return the pattern that one path fits and no other."""
    return re.sub(r"[*?[]", r"[\g<0>]", path)


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return what says of a path whether it, or a folder that it is in, fits one of the patterns."""
    expressions = [re.compile(expression(pattern)) for pattern in patterns]
    if not expressions:
        return lambda _path: False

    def fits(path: str) -> bool:
        places = [path, *map(str, PurePosixPath(path).parents[:-1])]
        return any(compiled.fullmatch(place) for compiled in expressions for place in places)

    return fits
