"""Pages are read and written again whenever anything that they show has changed, whatever the times of files say.

Sphinx compares times: a page replaced by an older file is not read again. And it writes only pages that it has read, or whose
own numbers have changed: a page elsewhere keeps the old title, number or citation of what it refers to, and old contents
beside its text. So the content of each page's files is remembered, and what pages see of each other.
"""

from pathlib import Path
from typing import Any

import msgspec
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment

from toolchain.base.decoding import read_whole
from toolchain.base.files import is_file, sha256_file, sha256_lines, write_atomically
from toolchain.model import PageFacts
from toolchain.model.sphinx import SphinxInput, current
from toolchain.sphinxext.facts import FACTS

CONTENT = "toolchain_content"
"""Attribute of Sphinx's environment: page name to the digest of its file and of all that it includes."""
BEFORE_READING = "toolchain_content_before_reading"
"""Attribute of Sphinx's environment, as long as pages are read: page name to the digest of its file before that."""


def dependencies(env: BuildEnvironment) -> set[Path]:
    """Return every file that some page includes, shows or was made with, apart from the pages themselves."""
    return {Path(env.srcdir, path).resolve() for paths in env.dependencies.values() for path in paths}


def _content_digest(env: BuildEnvironment, name: str) -> str:
    files = [
        Path(env.doc2path(name)),
        *(Path(env.srcdir, path) for path in sorted(env.dependencies.get(name, ()))),
    ]
    return sha256_lines(f"{path.name} {sha256_file(path) if is_file(path) else ''}" for path in files)


def _outdated(
    _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], removed: set[str]
) -> list[str]:
    digests: dict[str, str] = getattr(env, CONTENT, {})
    facts: dict[str, PageFacts] = getattr(env, FACTS, {})
    return [
        name
        for name in sorted(env.found_docs & env.all_docs.keys())
        # MyST reads a link otherwise if there is no such page.
        if digests.get(name) != _content_digest(env, name) or _links(facts.get(name)) & removed
    ]


def _links(page: PageFacts | None) -> set[str]:
    return {reference.target.partition("#")[0] for reference in page.references} if page else set()


class _PageReads:
    """Digests of pages' files just before they were read: a file saved meanwhile is read again next time."""

    def __init__(self, sphinx_input: SphinxInput) -> None:
        self._shared_file = Path(sphinx_input.output).with_suffix(".shared")

    def note_source(self, app: Sphinx, name: str, _source: list[str]) -> None:
        # In the environment: from there it comes back if another process reads the page.
        before: dict[str, str] = vars(app.env).setdefault(BEFORE_READING, {})
        before[name] = sha256_file(Path(app.env.doc2path(name)))

    def save_digests(self, _app: Sphinx, env: BuildEnvironment) -> None:
        """Store the digest of each page that was read; empty if its file changed meanwhile."""
        digests: dict[str, str] = dict(getattr(env, CONTENT, {}))
        for name, digest in vars(env).pop(BEFORE_READING, {}).items():
            unchanged = sha256_file(Path(env.doc2path(name))) == digest
            digests[name] = _content_digest(env, name) if unchanged else ""
        setattr(env, CONTENT, {name: digest for name, digest in digests.items() if name in env.found_docs})

    def pages_to_write(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return every page if what pages see of each other has changed, and else those that were read since they were written.

        Another builder may have read them, in the same build: then nothing is left to read for this one.
        """
        if not isinstance(app.builder, StandaloneHTMLBuilder):
            return []
        self._shared_digest = _shared_digest(app, env)
        earlier_digest = (read_whole(self._shared_file) or b"").decode(errors="replace")
        return sorted(
            name
            for name in env.found_docs
            if earlier_digest != self._shared_digest or _is_behind(app.builder, name)
        )

    def save_shared_digest(self, app: Sphinx, error: Exception | None) -> None:
        if error is None and isinstance(app.builder, StandaloneHTMLBuilder):
            write_atomically(self._shared_file, self._shared_digest.encode())


def _is_behind(builder: StandaloneHTMLBuilder, name: str) -> bool:
    """Say whether a page of the site is older than what was last read of it."""
    page, tree = Path(builder.get_outfilename(name)), Path(builder.doctreedir, f"{name}.doctree")
    return page.is_file() and tree.is_file() and page.stat().st_mtime_ns < tree.stat().st_mtime_ns


def _shared_digest(app: Sphinx, env: BuildEnvironment) -> str:
    """Return a digest of titles, contents, numbers, labels, equations and the bibliography."""
    standard, math = env.domains.standard_domain, env.domains.math_domain
    parts: list[Any] = []
    for name in sorted(env.found_docs):
        title, toc = env.titles.get(name), env.tocs.get(name)
        parts += [name, title.astext() if title else "", toc.pformat() if toc else ""]
        parts += [sorted(env.toc_secnumbers.get(name, {}).items())]
        parts += [
            sorted((kind, sorted(ids.items())) for kind, ids in env.toc_fignumbers.get(name, {}).items())
        ]
        parts += [sorted(env.toctree_includes.get(name, []))]
    parts += [
        sorted(standard.labels.items()),
        sorted(standard.anonlabels.items()),
        sorted(env.domaindata["std"].get("terms", {}).items()),
    ]
    parts += [sorted((label, tuple(where)) for label, where in math.equations.items())]
    files = sorted(Path(app.confdir, path) for path in getattr(app.config, "bibtex_bibfiles", ()))
    parts += [sha256_file(path) for path in files if is_file(path)]
    sphinx_input = current()
    parts += [msgspec.json.encode(sphinx_input.buttons, order="sorted")] if sphinx_input else []
    parts += [
        sorted(
            (citation.key, citation.formatted_entry.label, citation.entry.fields.get("year", ""))
            for citation in env.domaindata.get("cite", {}).get("citations", [])
        )
    ]
    references: list[Any] = env.domaindata.get("cite", {}).get("citation_refs", [])
    parts += [
        sorted({(reference.docname, target.key) for reference in references for target in reference.targets})
    ]
    return sha256_lines(map(str, parts))


def setup(app: Sphinx) -> None:
    """Look before and after pages are read."""
    sphinx_input = current()
    if sphinx_input is None:
        return
    page_reads = _PageReads(sphinx_input)
    app.connect("env-get-outdated", _outdated)
    app.connect("source-read", page_reads.note_source)
    app.connect("env-updated", page_reads.save_digests)
    # Late, when sections and figures have been given their numbers.
    app.connect("env-get-updated", page_reads.pages_to_write, priority=900)
    app.connect("build-finished", page_reads.save_shared_digest)
