"""Pictures that another page has glued: MyST-NB names a file for them that nobody writes, and of drawings shows a name only."""

import hashlib
import os
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.core.render import get_mime_priority
from myst_nb.ext.glue.crossref import PendingGlueReference, read_glue_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

from toolchain.base.files import write_atomically
from toolchain.model.sphinx import current
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.printed.outputs import ORDER

GLUED = "toolchain_glued"
"""Attribute of Sphinx's environment: page name to what is glued there from others, as their pages and its names."""
FILES = "toolchain_glued_files"
"""Attribute: page name to the files of the pictures among them."""
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
            data = _data(self.env, node.refdoc, node.key)
            kind = next((kind for kind in self._order() if kind in data), "")
            address = _address(self.env, kind, data[kind]) if kind in SUFFIXES and node.gtype != WORDS else ""
            if address:
                node.replace_self(nodes.image(uri=address, candidates={"*": address}))

    def _order(self) -> tuple[str, ...]:
        """Return the kinds of outputs, the best first."""
        name = application(self.env).builder.name
        priorities = get_mime_priority(name, self.config["nb_mime_priority_overrides"])
        return ORDER if name == "latex" else tuple(priorities)


def _data(env: BuildEnvironment, page: str, name: str) -> dict[str, str]:
    """Return what a page has glued under a name, by its kinds."""
    found: dict[str, str] = read_glue_cache(_folder(env), page).get(name, {}).get("data", {})
    return found


def _folder(env: BuildEnvironment) -> str:
    config: Any = getattr(env, "mystnb_config")  # noqa: B009 - MyST-NB puts it there
    return str(config.output_folder)


def _address(env: BuildEnvironment, kind: str, text: str) -> str:
    """Return the address of a picture, which lies where those of a page's own cells do; empty if it cannot be read."""
    content = _content(kind, text)
    path = Path(_folder(env), f"{hashlib.sha256(content).hexdigest()}{SUFFIXES[kind]}")
    if content and not path.exists():
        write_atomically(path, content)
    return Path(os.path.relpath(path, env.srcdir)).as_posix() if content else ""


def _content(kind: str, text: str) -> bytes:
    """Return the bytes of a picture; none if they cannot be read."""
    if kind == "image/svg+xml":
        return os.linesep.join(text.splitlines()).encode()
    try:
        return a2b_base64(text)
    except (NotBase64, ValueError):
        return b""


def _note(app: Sphinx, tree: nodes.document) -> None:
    """Remember what is glued into a page."""
    kept: dict[str, Any] = dict(getattr(app.env, GLUED, {}))
    kept.pop(page := app.env.current_document.docname, None)
    if glued := [(node.refdoc, node.key) for node in tree.findall(PendingGlueReference)]:
        kept[page] = tuple(glued)
    setattr(app.env, GLUED, kept)


def _show(_app: Sphinx, env: BuildEnvironment) -> None:
    """Have Sphinx know the pictures: what another page shows may change when the page itself does not."""
    read_glue_cache.cache_clear()  # a process may have made an earlier build
    glued: dict[str, Any] = getattr(env, GLUED, {})
    before: dict[str, tuple[str, ...]] = getattr(env, FILES, {})
    now = {page: tuple(_pictures(env, glued[page])) for page in sorted(glued) if page in env.found_docs}
    for page, addresses in before.items():
        for address in set(addresses).difference(now.get(page, ())) & env.images.keys():
            pages, name = env.images[address]
            pages.discard(page)
            if not pages:
                del env.images[address]
                env.images._existing.discard(name)  # noqa: SLF001 - as its own `purge_doc` does
    for page, addresses in now.items():
        for address in addresses:
            env.images.add_file(page, address)
    setattr(env, FILES, now)


def _pictures(env: BuildEnvironment, glued: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for page, name in glued:
        for kind, text in _data(env, page, name).items():
            if kind in SUFFIXES and (address := _address(env, kind, text)):
                yield address


def setup(app: Sphinx) -> None:
    """Look at each page that is read, at all when all are, and just before MyST-NB does."""
    if current() is not None:
        app.connect("doctree-read", _note)
        app.connect("env-updated", _show)
        app.add_post_transform(GluedPictures)
