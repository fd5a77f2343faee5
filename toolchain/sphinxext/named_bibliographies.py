"""A list of references may name the files that it is of, as people write them: `{bibliography} refs.bib`.

A file counts as changed by its content. By its time, as sphinxcontrib-bibtex has it, one that was copied with its time, or that is
a link to another, would never be read again.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinxcontrib.bibtex import bibfile
from sphinxcontrib.bibtex.directives import BibliographyDirective

from toolchain.base.decoding import read_whole
from toolchain.base.files import sha256_bytes
from toolchain.sources.bibliographies import Reader
from toolchain.sphinxext.quick.replacing import replace

FILES = "toolchain_bibliographies"
"""Attribute of Sphinx's environment: the files that lists of references were read with."""


class Bibliography(BibliographyDirective):  # type: ignore[misc] # it is not typed
    """Finds a file of the project's by its name, or by the end of its path; the page need not lie beside it."""

    def run(self) -> Sequence[nodes.Node]:
        """Name each file as Sphinx finds it; one that is not there is left for Sphinx to tell."""
        domain: Any = self.env.get_domain("cite")
        arguments: list[str] = self.arguments  # type: ignore[has-type]
        names = arguments[0].split() if arguments else []
        if names:
            self.arguments = [" ".join(self._found(name, list(domain.bibdata.bibfiles)) for name in names)]
        nodes_made: Sequence[nodes.Node] = super().run()
        return nodes_made

    def _found(self, name: str, files: list[Path]) -> str:
        """Return the path of the file that a name means, if there is one and no other, else the name."""
        beside = Path(self.env.relfn2path(name)[1]).resolve()
        parts = Path(name if name.endswith(".bib") else f"{name}.bib").parts
        meant = [file for file in files if file.parts[-len(parts) :] == parts]
        if beside in files or len(meant) != 1:
            return name
        return f"/{os.path.relpath(meant[0], self.env.srcdir)}"


def _outdated(
    _app: Sphinx, env: BuildEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    """Return the pages with lists if the book has other files by now: a list is of those that there were when it was read."""
    domain: Any = env.get_domain("cite")
    now = tuple(map(str, domain.bibdata.bibfiles))
    before = getattr(env, FILES, now)
    setattr(env, FILES, now)
    return sorted(
        {key.docname for key in domain.bibliographies} & env.all_docs.keys() if before != now else ()
    )


def _by_content(_by_time: Callable[[Path], float]) -> Callable[[Path], str]:
    """Return what tells one state of a file from another: it is compared, and nothing else is done with it."""
    return lambda file: sha256_bytes(read_whole(file) or b"")


def setup(app: Sphinx) -> None:
    """Take the place of sphinxcontrib-bibtex's own directive, of what it knows files by, and of what reads them."""
    replace(bibfile, "get_mtime", _by_content)
    replace(bibfile, "Parser", lambda _theirs: Reader)
    app.connect("env-get-outdated", _outdated)
    app.add_directive("bibliography", Bibliography, override=True)
