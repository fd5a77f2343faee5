"""Tracebacks as people need them: where the author's own code was, and what was raised."""

import re
from collections.abc import Iterator

CHAINED = re.compile(r"^(?:The above exception was|During handling of the above exception).*$", re.MULTILINE)
"""Begins the last of several exceptions, the one that ended the cell."""
FRAME = re.compile(r"^(?:(?P<cell>(?:Cell|Input) In ?\[)|File (?P<path>.+?):\d+)", re.MULTILINE)
SCRATCH = re.compile(r"^File \S*/toolchain-run\.[^/\s]+/project/", re.MULTILINE)
"""Begins a frame in a file of the book: the copy of it that was run."""
FEW = 12
"""Lines that are shown as they are, of a traceback or of what was raised."""


def short(traceback: str) -> Iterator[str]:
    """Yield the lines of IPython's traceback that matter: the last frame in the book's own code, then what was raised.

    Of one of another kind, the last lines.
    """
    own = SCRATCH.sub("File ", traceback)
    lines = own.splitlines()
    blocks = CHAINED.split(traceback)[-1].strip("\n").split("\n\n")
    frames = [at for at, block in enumerate(blocks) if FRAME.search(block)]
    if len(lines) <= FEW or not frames:
        yield from lines[-FEW:]
        return
    shown = next((at for at in reversed(frames) if _is_own(blocks[at])), None)
    if shown is not None:
        block = SCRATCH.sub("File ", blocks[shown])
        begin = FRAME.search(block)
        yield from block[begin.start() if begin else 0 :].splitlines()
    others = len(FRAME.findall(traceback)) - (shown is not None)
    if others:
        yield f"      ... {others} more in _build/failed"
    yield ""
    yield from "\n\n".join(blocks[frames[-1] + 1 :]).splitlines()[:FEW]


def _is_own(block: str) -> bool:
    frame = FRAME.search(block)
    return frame is not None and bool(frame["cell"] or SCRATCH.search(block))
