"""Pages are read and written on all cores: what comes out is what one process would have made, byte for byte.

Workers are forks of the builder. Each takes a few pages after the other, and sends back what these have changed; the builder
puts that together in the order of the pages. Where it does not fit, or a worker has failed or is gone, the builder itself does
the work on those pages, as if there were no workers: so errors and warnings are those of one process, too.
"""

from collections.abc import Callable, Sequence
from functools import partial

from sphinx.application import Sphinx

from toolchain.processes import forks
from toolchain.processes.forks import tell_builder
from toolchain.sphinxext.parallel import reading, writing
from toolchain.sphinxext.parallel.examined import unexamined

__all__ = ["install", "tell_builder"]


def install(app: Sphinx, jobs: int, step: Callable[[str, str], None]) -> None:
    """Have a builder read and write on so many cores; `step` is told what a worker does with which page.

    It is left as it is where an extension is loaded of which nobody has found out what pages leave behind in it.
    """
    if jobs < forks.LEAST or unexamined(app):
        return
    builder = app.builder
    for method, work in (("_read_serial", reading.read), ("_write_serial", writing.write)):
        serial: Callable[[Sequence[str]], None] = getattr(builder, method)
        # Sphinx' own way of working in parallel is another one: it would ask the extensions.
        setattr(builder, method, partial(work, app, serial, forks.Pool(jobs, step)))
