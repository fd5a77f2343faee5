"""What Sphinx is given when a person has started it, or Read the Docs: what a build gives it, as far as it is known.

Nothing is run, nobody is asked for results, and nothing is written but below the folder that Sphinx's run has for it.
"""

import os
import shlex
import shutil
from collections.abc import Iterable, Iterator

import msgspec

from toolchain.base.decoding import read_whole
from toolchain.base.files import write_atomically
from toolchain.base.units import count
from toolchain.build.unchanged import Snapshot
from toolchain.execute import results, showing
from toolchain.messages.progress import Reporter
from toolchain.model import NotebookReport, Status
from toolchain.model.sphinx import BY_ITSELF, SphinxInput
from toolchain.plan import decide, planning
from toolchain.plan.library import index
from toolchain.plan.library.book import gather
from toolchain.project.settings import Settings
from toolchain.sharing import vouching
from toolchain.sources import prerequisites, reading
from toolchain.store import jupyter_cache
from toolchain.store.opening import open_store

WITHOUT = {Status.WAITING, Status.MISSING}
"""What became of notebooks that are to have outputs and have no result."""


def prepare(settings: Settings, reporter: Reporter) -> Iterator[str]:
    """Write the file that Sphinx is given, and all that it names; yield what a person has to know, in lines."""
    snapshot = Snapshot(settings, ())
    tools, made_by = snapshot.tools.encode(), settings.build / BY_ITSELF.tools
    if read_whole(made_by) != tools:  # as in a build, nothing of what other tools have left counts
        shutil.rmtree(settings.build, ignore_errors=True)
    store = open_store(settings, reporter, remember=True)
    book = reading.read(settings)
    library = gather(book, settings)
    plan = decide.make(book, planning.inputs_of(book, library, settings, store))
    notebooks = results.known(plan, settings, store)
    shown = showing.Shown(book, notebooks, store, settings, vouching.of_results(store, settings))
    jupyter_cache.build(settings.jupyter_cache, shown.for_cache(), snapshot.digests.of)
    given = SphinxInput(
        project=str(settings.project),
        sources=settings.layout.sources,
        commit=snapshot.commit,
        epoch=snapshot.epoch,
        view=str(settings.jupyter_cache),
        results=dict(shown.for_pages()),
        library=index.make(library, book),
        prerequisites=dict(prerequisites.of_book(book)),
        changed={
            page.name: changed
            for page in book.documents
            if (changed := snapshot.history.changed.get(page.path)) is not None
        },
        contributors=snapshot.history.contributors,
        output=str(settings.build / BY_ITSELF.output),
    )
    write_atomically(settings.build / BY_ITSELF.given, msgspec.json.encode(given))
    write_atomically(made_by, tools)
    snapshot.digests.save()
    yield from _without_results(notebooks, settings)
    for finding in shown.findings:
        place = f"{finding.path}:{finding.line}" if finding.line else finding.path
        yield f"{place}: {finding.message} [{finding.id}]"


def _without_results(notebooks: Iterable[NotebookReport], settings: Settings) -> Iterator[str]:
    """Yield the pages that are shown without outputs, why, and the command by which they have some."""
    without = [notebook for notebook in notebooks if notebook.status in WITHOUT]
    if not without:
        return
    yield f"{count(len(without), 'page')} without outputs, as no stored result fits the code:"
    for notebook in without:
        yield f"  {notebook.path}: {notebook.reason}"
    folder = os.path.relpath(settings.project)
    where = "" if folder == os.curdir else f" --project {shlex.quote(folder)}"
    if settings.remote:
        yield f"Fetch what others have computed by `toolchain store pull{where}`."
    yield f"Compute what is lacking by `toolchain execute{where}`, and run Sphinx again."
