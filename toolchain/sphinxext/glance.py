"""A look ahead: edited pages as the next run will write them, before it reads everything else and writes what it keeps.

It is made by a copy of a prepared application that is thrown away after, in the same order in which Sphinx builds. Nothing of
what is kept from run to run is changed: whatever wants to write a file there ends the look ahead.
"""

import gc
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from myst_nb.core.render import NbElementRenderer
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.build_phase import BuildPhase

from toolchain.sphinxext.looked_at import opens_to_write
from toolchain.sphinxext.quick import collector, navigation
from toolchain.sphinxext.site import dark_plots

CHANGING = ("os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate")

STATIC = "_static"
CITATIONS = "cite"
"""Name of the domain of citations."""


def write(app: Sphinx, pages: tuple[str, ...], folder: Path, *, others: bool) -> tuple[str, ...]:
    """Write pages of the site, and their pictures that the site has not, into a folder; return those that the book has.

    With `others` what was saved of other pages counts as well: labels and headings, say.
    The application can do nothing else after that. Raises whatever Sphinx and its extensions raise.
    """
    _write_nothing_but_below(folder)
    collector.between_pages = gc.disable  # this process ends before garbage matters
    builder, env = app.builder, app.env
    wanted = {page for page in pages if page in env.found_docs}
    if not isinstance(builder, StandaloneHTMLBuilder) or len(wanted) < len(pages):
        return ()
    changed = sorted(wanted.union(_saved_since(env) if others else ()))
    builder.doctreedir = folder / "doctrees"
    builder.phase = BuildPhase.READING
    citations: Any = env.domains.get(CITATIONS)
    cited = _cited(citations)
    with logging.pending_warnings():
        app.events.emit("env-before-read-docs", env, changed)
        for page in changed:
            app.events.emit("env-purge-doc", env, page)
            env.clear_doc(page)
            builder.read_doc(page)
            # Whoever asks for a page's tree would read the one of the last run.
            tree = Path(builder.doctreedir, f"{page}.doctree").read_bytes()
            env._pickled_doctree_cache[page] = tree  # noqa: SLF001 - there is no other place
        if citations and _cited(citations) == cited and not _has_list(citations, changed):
            citations.env_updated = list  # what is cited is known, and how
        app.events.emit("env-updated", env)
    list(env.check_dependents(app, set(changed)))
    navigation.leave_to_theme(app)
    builder.phase = BuildPhase.RESOLVING
    builder.parallel_ok = False
    app.events.emit("write-started", builder)
    env.toctree_includes = dict(sorted(env.toctree_includes.items()))
    # The words of the other pages need not be known.
    builder.load_indexer = lambda docnames: None  # type: ignore[method-assign] # noqa: ARG005
    type(builder).prepare_writing(builder, wanted)  # not what chooses among all pages
    last, pages_folder = Path(builder.outdir), folder / "site"
    builder.outdir = _with_files_of(last, folder / "assets")
    builder._static_dir = builder.outdir / STATIC  # noqa: SLF001 - where the next line writes
    builder.create_pygments_style_file()
    builder.get_output_path = lambda page: pages_folder / f"{page}{builder.out_suffix}"  # type: ignore[method-assign]
    builder.write_documents(wanted)
    for name, source in builder.images.items():
        picture = Path(builder.imagedir, source)
        if not (last / picture).exists():
            (pages_folder / picture).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(app.srcdir, name), pages_folder / picture)
            if dark_plots.suits(app):
                dark_plots.put_into(pages_folder / picture)
    return tuple(sorted(wanted))


def _cited(citations: Any) -> list[tuple[str, ...]]:
    """Return what decides about citations and lists of them, in the text of pages: what each cites."""
    references = citations.citation_refs if citations else ()
    return sorted(
        (reference.docname, *(target.key for target in reference.targets)) for reference in references
    )


def _has_list(citations: Any, pages: Iterable[str]) -> bool:
    return any(key.docname in pages for key in citations.bibliographies)


def _with_files_of(site: Path, folder: Path) -> Path:
    """Give a folder the files of a site that pages name with a checksum, which Sphinx takes as it writes pages.

    The style sheets of highlighting are not among them: themes replace them when the pages are written.
    """
    (folder / STATIC).mkdir(parents=True)
    for file in (site / STATIC).iterdir():
        if not file.name.startswith("pygments"):
            (folder / STATIC / file.name).symlink_to(file)
    return folder


class WritingError(Exception):
    """A look ahead writes what is not its own."""


def _write_nothing_but_below(folder: Path) -> None:
    """Have whatever writes elsewhere raise WritingError, in this process and for good."""

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        changes = (event == "open" and opens_to_write(arguments)) or event == "os.mkdir"
        if not changes and event not in CHANGING:
            return
        path = arguments[1] if event == "os.symlink" else arguments[0]
        name = "" if isinstance(path, int) else os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - as it is
        if not name or name == os.devnull or name.startswith(f"{folder}/"):
            return
        # What is removed may not be there, and a folder that is made may be.
        if event == "open" or os.path.lexists(name) == (event in CHANGING):
            raise WritingError(name)

    sys.dont_write_bytecode = True
    write_file = NbElementRenderer.write_file

    def find_file(
        renderer: NbElementRenderer,
        path: list[str],
        content: bytes,
        overwrite: bool = False,  # noqa: ARG001, FBT001, FBT002 - MyST-NB's own
        exists_ok: bool = False,  # noqa: ARG001, FBT001, FBT002 - as above
    ) -> str:
        """Return the address of a file that the last run has written, as MyST-NB does once it has written it."""
        return str(write_file(renderer, path, content, exists_ok=True))

    NbElementRenderer.write_file = find_file
    sys.addaudithook(hear)


def _saved_since(env: BuildEnvironment) -> Iterator[str]:
    """Yield the pages that were saved after they were read, as Sphinx itself would find them."""
    for page, read in env.all_docs.items():
        file = Path(env.doc2path(page))
        if file.is_file() and file.stat().st_mtime_ns // 1000 > read:
            yield page
