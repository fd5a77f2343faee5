"""Pictures that another page has glued: MyST-NB names a file for them that nobody writes, and of drawings shows a name only."""

import hashlib
import os
from binascii import Error as NotBase64
from binascii import a2b_base64
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.render import get_mime_priority
from myst_nb.ext.glue.crossref import PendingGlueReference, read_glue_cache
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.base.files import write_atomically
from toolchain.model.sphinx import current
from toolchain.sphinxext.printed.outputs import ORDER

SUFFIXES = {
    "image/svg+xml": ".svg",
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpeg",
    "image/gif": ".gif",
}
BEFORE_MYST_NB = 4
WORDS = "text"
"""What is glued as words."""


class GluedPictures(SphinxPostTransform):
    """Puts the picture itself in the place of what is glued from another page."""

    default_priority = BEFORE_MYST_NB

    def run(self, **_options: Any) -> None:
        """Look at what MyST-NB would put there."""
        for node in list(self.document.findall(PendingGlueReference)):
            config: Any = getattr(self.env, "mystnb_config")  # noqa: B009 - MyST-NB puts it there
            folder = str(config.output_folder)
            data = read_glue_cache(folder, node.refdoc).get(node.key, {}).get("data", {})
            kind = next((kind for kind in self._order() if kind in data), "")
            content = _content(kind, data[kind]) if kind in SUFFIXES and node.gtype != WORDS else b""
            if content:
                node.replace_self(self._image(Path(folder), content, SUFFIXES[kind]))

    def _order(self) -> tuple[str, ...]:
        """Return the kinds of outputs, the best first."""
        name = self.app.builder.name
        priorities = get_mime_priority(name, self.config["nb_mime_priority_overrides"])
        return ORDER if name == "latex" else tuple(priorities)

    def _image(self, folder: Path, content: bytes, suffix: str) -> nodes.image:
        """Return an image of a picture, which is where those of the page's own cells are."""
        path = folder / f"{hashlib.sha256(content).hexdigest()}{suffix}"
        if not path.exists():
            write_atomically(path, content)
        address = Path(os.path.relpath(path, self.env.srcdir)).as_posix()
        self.env.images.add_file(self.env.current_document.docname, address)
        return nodes.image(uri=address, candidates={"*": address})


def _content(kind: str, text: str) -> bytes:
    """Return the bytes of a picture; none if they cannot be read."""
    if kind == "image/svg+xml":
        return os.linesep.join(text.splitlines()).encode()
    try:
        return a2b_base64(text)
    except (NotBase64, ValueError):
        return b""


def setup(app: Sphinx) -> None:
    """Look just before MyST-NB does."""
    if current() is not None:
        app.add_post_transform(GluedPictures)
