"""The one gate that a notebook's outputs pass before anything shows them.

The stored notebook stays as it came: digests and signatures are of it. What is shown is the view that is made here, and
nothing that reads the view has to be careful again.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct
from nbformat.validator import isvalid

from toolchain.model import EXPRESSIONS
from toolchain.outputs import charts, notebooks, texts, values
from toolchain.outputs.about import READ, Report, of_notebook, of_output
from toolchain.outputs.kinds import SEEN, joined, look_at
from toolchain.outputs.mimes import PLAIN, SEVERAL, WIDGET
from toolchain.outputs.notebooks import Code
from toolchain.outputs.refusal import NotAdmittedError, Problem, Rules
from toolchain.outputs.reprs import is_address
from toolchain.outputs.widgets import Widgets

MOST_OUTPUTS = 5_000
"""Of a cell."""
GLUED = "application/papermill.record/"
"""Before the mime types of what is kept to be shown elsewhere, as MyST-NB's `glue` puts it there."""
LATEX = "text/latex"
NO_FORMULA = r"\text{This formula is not shown.}"
BEFORE = {"text/latex": "text/html"}
"""By a form that every page leaves to another form of the same output, if there is one, that other."""


class Admitted(Struct, frozen=True):
    """What is shown of a notebook."""

    view: bytes
    """The very notebook, if it passed as it is; else one of its code cells, with what passed. nbformat JSON."""
    problems: tuple[Problem, ...] = ()


def admit(notebook: bytes, cells: int, rules: Rules) -> Admitted:
    """Return what is shown of an executed notebook that belongs to a page with so many code cells, and what is not."""
    try:
        read, is_unicode = notebooks.read(notebook)
        code = notebooks.code_cells(read, cells)
    except NotAdmittedError as refused:
        empty = [Code(source="", metadata={}, outputs=[], execution_count=None) for _ in range(cells)]
        return Admitted(_written(empty, {}), (Problem(refused.reason),))
    problems: list[Problem] = []
    metadata = of_notebook(read.metadata, rules, problems)
    widgets = Widgets(read.metadata, rules)
    if EXPRESSIONS in metadata:
        metadata[EXPRESSIONS] = list(values.admitted(metadata[EXPRESSIONS], problems, _value(widgets)))
    changed = not is_unicode
    for number, cell in enumerate(code, start=1):
        outputs = list(_outputs(cell.outputs, number, widgets, problems))
        changed |= outputs != cell.outputs
        cell.outputs = outputs
    metadata |= {"widgets": widgets.metadata(lambda outputs: list(_outputs(outputs, 0, widgets, [])))}
    metadata = {key: about for key, about in metadata.items() if key != "widgets" or about}
    changed |= metadata != read.metadata
    # What nobody reads is no problem, but not what a notebook has either.
    same = not changed and isvalid(json.loads(notebook), version=4, version_minor=read.nbformat_minor)
    return Admitted(notebook if same else _written(code, metadata), tuple(problems))


def _written(code: list[Code], metadata: dict[str, Any]) -> bytes:
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": cell.execution_count,
            "metadata": {},
            "outputs": cell.outputs,
            "source": texts.marked_up(joined(cell.source)),
        }
        for cell in code
    ]
    # 4.4 is the last format whose cells need no names.
    about = {key: metadata[key] for key in READ if key in metadata}
    return msgspec.json.encode({"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 4})


def _outputs(
    outputs: list[Any], cell: int, widgets: Widgets, problems: list[Problem]
) -> Iterator[dict[str, Any]]:
    """Yield what is shown of the outputs of a cell."""
    for number, output in enumerate(outputs[:MOST_OUTPUTS], start=1):

        def report(kind: str, reason: str, number: int = number) -> None:
            problems.append(Problem(reason, cell=cell, output=number, kind=texts.marked_up(kind)[:100]))

        try:
            if (shown := _output(output, widgets, report)) is not None:
                yield shown
        except NotAdmittedError as refused:
            report("", refused.reason)
            yield _words(refused.reason)
    if len(outputs) > MOST_OUTPUTS:
        problems.append(Problem(f"{len(outputs) - MOST_OUTPUTS:,} more outputs are not shown", cell=cell))


def _output(output: Any, widgets: Widgets, report: Report) -> dict[str, Any] | None:
    """Return what is shown of an output; None if nothing of it is to be seen. Raises NotAdmittedError if nothing can be."""
    kind = output.get("output_type") if isinstance(output, dict) else None
    if kind == "stream":
        return _stream(output, widgets.rules)
    if kind == "error":
        return _error(output, widgets.rules)
    if kind in ("display_data", "execute_result"):
        return _display(output, widgets, report)
    raise NotAdmittedError("it is no output")


def _value(widgets: Widgets) -> values.Look:
    def look(output: dict[str, Any], report: Report) -> dict[str, Any]:
        if (shown := _display(output, widgets, report)) is None:
            raise NotAdmittedError("nothing of it is to be seen")
        return shown

    return look


def _words(reason: str) -> dict[str, Any]:
    data = {PLAIN: f"This output is not shown: {reason}"}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _stream(output: dict[str, Any], rules: Rules) -> dict[str, Any]:
    if output.get("name") not in ("stdout", "stderr"):
        raise NotAdmittedError("it went to no known stream")
    return {"output_type": "stream", "name": output["name"], "text": _printed(output.get("text"), rules)}


def _error(output: dict[str, Any], rules: Rules) -> dict[str, Any]:
    lines = output.get("traceback")
    if not isinstance(lines, list) or not all(
        isinstance(output.get(key), str) for key in ("ename", "evalue")
    ):
        raise NotAdmittedError("it is no error")
    return {
        "output_type": "error",
        "ename": _printed(output["ename"], rules),
        "evalue": _printed(output["evalue"], rules),
        "traceback": [_printed(joined(line), rules) for line in lines],
    }


def _printed(value: Any, rules: Rules) -> Any:
    return look_at(PLAIN, value, rules)


def _display(output: dict[str, Any], widgets: Widgets, report: Report) -> dict[str, Any] | None:
    data, metadata = output.get("data"), output.get("metadata")
    if not isinstance(data, dict) or not isinstance(metadata, dict):
        raise NotAdmittedError("it is no table of mime types")
    prefix = _prefix(data, metadata)
    drawn = charts.LIBRARIES if widgets.rules.static else widgets.rules.libraries
    forms = widgets.forms(charts.forms(data, prefix, drawn), prefix)
    if data and not forms.data and not forms.several:
        return None
    admitted = _forms(forms.data, prefix, widgets.rules, report)
    if prefix + WIDGET in admitted and admitted.keys() < forms.data.keys():
        # What stood beside the widget is gone: so there is room for what the widget shows without scripts.
        forms = widgets.forms({kind: data[kind] for kind in admitted.keys() & data.keys()}, prefix)
        admitted = _forms(forms.data, prefix, widgets.rules, report)
    shown = {
        "output_type": output["output_type"],
        "data": admitted,
        "metadata": dict(of_output(metadata, report)),
    }
    if forms.several:
        problems: list[Problem] = []
        shown["data"][prefix + SEVERAL] = list(_outputs(list(forms.several), 0, widgets, problems))
        for problem in problems:
            report(problem.kind, problem.reason)
    if output["output_type"] == "execute_result":
        number = output.get("execution_count")
        shown["execution_count"] = number if type(number) is int and number >= 0 else None
    return shown


def _prefix(data: dict[str, Any], metadata: dict[str, Any]) -> str:
    """Return what stands before the mime types of an output that is kept to be shown elsewhere; empty if it is not.

    MyST-NB cuts off as many characters as the prefix has, whatever they are: another would hide a mime type from us.
    """
    if "scrapbook" not in metadata:
        return ""
    kept = metadata["scrapbook"]
    prefix = kept.get("mime_prefix", "") if isinstance(kept, dict) else None
    if (
        prefix not in ("", GLUED)
        or not isinstance(kept.get("name"), str)
        or len(kept) > len(("name", "mime_prefix"))
    ):
        raise NotAdmittedError("it is kept under no name")
    if not all(kind.startswith(prefix) for kind in data):
        raise NotAdmittedError("it is kept under another prefix than it says")
    return str(prefix)


def _forms(data: dict[str, Any], prefix: str, rules: Rules, report: Report) -> dict[str, Any]:
    """Return the forms of an output that are shown; where nothing is left, words that say why."""
    shown: dict[str, Any] = {}
    refusals: list[tuple[str, NotAdmittedError]] = []
    for kind, value in data.items():
        bare = kind.removeprefix(prefix)
        try:
            shown[kind] = look_at(bare, value, rules)
        except NotAdmittedError as refused:
            refusals.append((bare, refused))
            if refused.instead is not None:
                shown[kind] = refused.instead
    left = {kind.removeprefix(prefix) for kind in shown} & SEEN
    nothing_left = bool(refusals) and not left - {PLAIN} and is_address(joined(shown.get(prefix + PLAIN, "")))
    for kind, refusal in refusals:
        if nothing_left or not (refusal.asked_for or BEFORE.get(kind) in left):
            report(kind, refusal.reason)
    if nothing_left:
        kind, refusal = refusals[0]
        shown[prefix + PLAIN] = f"This output is not shown: {texts.marked_up(kind)[:100]}: {refusal.reason}"
    if prefix and LATEX in {kind for kind, _ in refusals} and not shown.keys() - {prefix + PLAIN}:
        shown[prefix + LATEX] = NO_FORMULA  # which the text asks for by its name, and may number
    return shown
