"""Pages are read again when what they are made of has changed, whatever the times of files say, and never otherwise.

Sphinx compares times: a page replaced by an older file is not read again, one that was only touched is, and so is, in every
build, one that names a file that is not there. So the content of each page's files is remembered, and which of them there are.
Which pages are written is decided in `writing`.
"""

import os
import posixpath
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import CONFIG_OK, BuildEnvironment

from toolchain.base.digests import Digest, Digests
from toolchain.base.files import is_file, sha256_lines
from toolchain.model import PageFacts
from toolchain.model.sphinx import current
from toolchain.sphinxext import facts, known_extensions, shown

CONTENT = "toolchain_content"
"""Attribute of Sphinx's environment: page name to the digest of its file and of all that it includes."""
BEFORE = "toolchain_before_reading"
"""Attribute: page name to the digest of its file as it was just before it was read."""
LOOKS = "toolchain_looks"
"""Attribute: what these files looked like, by their paths."""


def dependencies(env: BuildEnvironment) -> set[Path]:
    """Return every file that some page includes, shows or was made with, apart from the pages themselves."""
    paths = set[str]().union(*map(set, env.dependencies.values()))
    return {Path(env.srcdir, path).resolve() for path in paths}


class _Contents:
    """The digests of pages as they are now."""

    def __init__(self, env: BuildEnvironment) -> None:
        known: dict[str, Digest] = getattr(env, LOOKS, {})
        self._env = env
        self.looks = Digests(known)
        works: Any = env.domains.get("cite")
        files = works.bibdata.bibfiles if works else ()
        self._bibliographies = [os.path.relpath(file, env.srcdir) for file in files]
        self._is_file = cache(lambda path: is_file(Path(env.srcdir, path)))

    def of(self, name: str) -> str:
        """Return the digest of a page's file, of all that it includes, and of whether that is there to which it leads.

        MyST reads a link otherwise if there is no such page or file, and a list of works is of all bibliographies, or of
        one that is found among them.
        """
        env = self._env
        files = [
            Path(env.doc2path(name)),
            *(Path(env.srcdir, path) for path in sorted(env.dependencies.get(name, ()))),
        ]
        lines = [f"{path.name} {self.looks.of_any(path)}" for path in files]
        lines += [f"{target} {self._there(name, target)}" for target in _links(facts.of_page(env, name))]
        lines += self._bibliographies if shown.of(env, name).lists_works else []
        return sha256_lines(lines)

    def _there(self, name: str, target: str) -> str:
        """Return which file is there, of the two that a page may be: MyST knows a page by the name of its file."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target.lstrip("/")))
        pages = [page for page in (target, path) if page in self._env.found_docs]
        if pages:
            return str(self._env.doc2path(pages[0], base=False))
        return str(self._is_file(path))


def _links(page: PageFacts | None) -> list[str]:
    """Return the pages and files that a page leads to or lists, as it names them."""
    if page is None:
        return []
    targets = {reference.target.partition("#")[0] for reference in page.references}
    return sorted((targets | set(page.lists)) - {""})


def _outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    digests: dict[str, str] = getattr(env, CONTENT, {})
    contents = _Contents(env)
    different = {
        name for name in env.found_docs & env.all_docs.keys() if digests.get(name) != contents.of(name)
    }
    setattr(env, LOOKS, contents.looks.lasting())
    if env.config_status == CONFIG_OK and known_extensions.only(app):
        # What Sphinx has found by times, and because a list names a page that is not there.
        trees = {name for name in changed if Path(app.doctreedir, f"{name}.doctree").is_file()}
        listing = env.reread_always if added or removed else set()
        changed -= trees - different - listing
    return sorted(different)


def _note_source(app: Sphinx, name: str, _source: list[str]) -> None:
    """Keep the digest of a page's file: if it is saved while it is read, it is read again next time."""
    before: dict[str, str] = getattr(app.env, BEFORE, {})
    before[name] = Digests().of_any(Path(app.env.doc2path(name)))
    setattr(app.env, BEFORE, before)


def _save_digests(_app: Sphinx, env: BuildEnvironment) -> None:
    """Store the digest of each page that was read; empty if its file changed meanwhile."""
    contents, before = _Contents(env), dict[str, str](getattr(env, BEFORE, {}))
    digests: dict[str, str] = dict(getattr(env, CONTENT, {}))
    for name, digest in before.items():
        if name in env.found_docs:
            digests[name] = contents.of(name) if Digests().of_any(Path(env.doc2path(name))) == digest else ""
    setattr(env, CONTENT, {name: digest for name, digest in digests.items() if name in env.found_docs})
    setattr(env, LOOKS, getattr(env, LOOKS, {}) | contents.looks.lasting())
    setattr(env, BEFORE, {})


def setup(app: Sphinx) -> None:
    """Look before and after pages are read."""
    if current() is None:
        return
    app.connect("env-get-outdated", _outdated)
    app.connect("source-read", _note_source)
    app.connect("env-updated", _save_digests)
