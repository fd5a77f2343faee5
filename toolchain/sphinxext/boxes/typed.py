"""Which names somebody has typed: extensions make others, and no author can do anything about these."""

from collections.abc import Sequence
from pathlib import Path

from docutils import nodes

from toolchain.base.decoding import read_loosely
from toolchain.sphinxext.boxes.box import Box
from toolchain.sphinxext.notebook_text.by_extensions import KNOWN


def typed_names(node: nodes.Element, names: Sequence[str], box: Box | None, source: Path) -> tuple[str, ...]:
    """Return those of the names of a node that somebody has typed, in the file of its page if it is somebody else's node."""
    if box is not None:
        others = (name for name in names if name.lower() != box.label.lower())
        return (*([box.label] if box.typed else []), *others)
    if names and not f"{type(node).__module__}.".startswith(KNOWN):
        text = " ".join(read_loosely(source).lower().split())
        return tuple(name for name in names if name.lower() in text)
    return tuple(names)
