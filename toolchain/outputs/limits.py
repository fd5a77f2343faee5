"""How much of anything an output may have: far more than a page can show, far less than a machine can bear."""

from toolchain.outputs.refusal import NotAdmittedError

DEEPEST = 100
"""Levels of lists and tables in JSON, of elements in HTML."""
MOST_PIXELS = 50_000_000
"""Of a picture, whoever has made it."""


def require_shallow(data: object, deepest: int = DEEPEST) -> None:
    """Raise NotAdmittedError if lists and tables of JSON lie in one another too deeply."""
    level = [data]
    for _ in range(deepest):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise NotAdmittedError(f"it is nested more than {deepest} levels deep")


def require_short(text: str, most: int) -> None:
    """Raise NotAdmittedError if a text has more characters than are shown."""
    if len(text) > most:
        raise NotAdmittedError(f"it has {len(text):,} characters, and {most:,} at most are shown")
