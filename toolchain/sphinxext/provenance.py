"""At the end of each notebook's page: when, on what, how long and with which packages its outputs were computed.

All of it is taken from the stored result, so that the same results make the same page on every machine.
"""

from datetime import UTC, datetime

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from toolchain.model import Provenance
from toolchain.model.sphinx import PageResult, current
from toolchain.sphinxext.words import say

CLASS = "provenance"
IN_NOTEBOOKS = "in-notebooks"
"""Class of what notebooks say as well."""
UNSEARCHED = "no-search"
"""Sphinx leaves such a node out of its search index: else every page would be found by the name of a package."""
MINUTE, HOUR = 60, 3600
TOGETHER = "\N{NO-BREAK SPACE}"
"""Between a number and its unit."""
DEVICES = {"cpu": "the CPU"}
# The words of the line; a part of which nothing is known is left out.
TEXT = "Computed{when}{device}{duration}{versions}."
SAVED = "Outputs as saved in the file of the notebook{}: they were not computed for this book."
OFF = "The code of this page was not run."
NOT_RUN = "It is not run for this book: {}."
WHEN, DEVICE, DURATION, VERSIONS = " on {when}", " on {device}", " in {duration}", " with {versions}"
KERNEL = " with {kernel}"


def sentence(provenance: Provenance) -> str:
    """Return the sentence that says where a result comes from; empty if nothing is known."""
    parts = {
        "when": say(WHEN).format(when=_date(provenance.start)) if provenance.start else "",
        "device": say(DEVICE).format(device=device(provenance)) if provenance.device else "",
        "duration": say(DURATION).format(duration=duration(provenance.seconds))
        if provenance.seconds is not None
        else "",
        "versions": say(VERSIONS).format(versions=_packages(provenance.versions))
        if provenance.versions
        else "",
    }
    return say(TEXT).format(**parts) if any(parts.values()) else ""


def _not_run(result: PageResult) -> str:
    """Return the sentence on the page of a notebook that is not run; empty on every other."""
    if not result.off:
        return ""
    return (
        say(SAVED).format(say(KERNEL).format(kernel=result.kernel) if result.kernel else "")
        if result.partial
        else say(OFF)
    )


def _date(start: str) -> str:
    return datetime.fromisoformat(start).astimezone(UTC).strftime("%Y-%m-%d, %H:%M UTC,")


def device(provenance: Provenance) -> str:
    """Return what something was computed on; empty if that is not known."""
    named = DEVICES.get(provenance.device)
    return say(named) if named else provenance.device


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < MINUTE:
        return f"{seconds:.1f}{TOGETHER}s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE}{TOGETHER}min {whole % MINUTE}{TOGETHER}s"
    return f"{whole // HOUR}{TOGETHER}h {whole % HOUR // MINUTE}{TOGETHER}min"


def _packages(versions: dict[str, str]) -> str:
    """List Python first, then the packages by their names."""
    names = sorted(versions, key=lambda name: (name != "python", name))
    return ", ".join(f"{'Python' if name == 'python' else name} {versions[name]}" for name in names)


def _add_sentence(app: Sphinx, doctree: nodes.document) -> None:
    sphinx_input = current()
    result = sphinx_input.results.get(app.env.current_document.docname) if sphinx_input else None
    if result is None:
        return
    why = result.why.rstrip(".")
    lines = [
        (sentence(result.provenance) if result.provenance else _not_run(result), ()),
        (say(NOT_RUN).format(why) if why else "", (IN_NOTEBOOKS,)),
    ]
    parent, index = place(doctree)
    parent[index:index] = [
        nodes.container("", nodes.paragraph("", text), classes=[CLASS, UNSEARCHED, *classes])
        for text, classes in lines
        if text
    ]


def place(parent: nodes.Element) -> tuple[nodes.Element, int]:
    """Return the place after the page's own text: before toctrees at its end, where print has the pages below it."""
    index = len(parent)
    while index and _is_toctree(parent[index - 1]):
        index -= 1
    last_child = parent[index - 1] if index else None
    if isinstance(last_child, nodes.section) and (
        isinstance(parent, nodes.document) or any(last_child.findall(addnodes.toctree))
    ):
        return place(last_child)
    return parent, index


def _is_toctree(node: nodes.Node) -> bool:
    invisible = isinstance(node, nodes.Invisible | nodes.system_message)
    return invisible or (isinstance(node, nodes.Element) and "toctree-wrapper" in node.get("classes", []))


def setup(app: Sphinx) -> None:
    """Add the line when a page is read: its doctree then belongs to the result that it was read with."""
    app.connect("doctree-read", _add_sentence)
