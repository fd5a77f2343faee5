"""The values of the expressions in a page's text: outputs like others, which stand in a notebook's metadata."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from toolchain.model import Value
from toolchain.outputs import texts
from toolchain.outputs.about import Report
from toolchain.outputs.refusal import NotAdmittedError, Problem

MOST = 5_000
"""Of a notebook."""
Look = Callable[[dict[str, Any], Report], dict[str, Any]]
"""Returns what is shown of an output, or raises NotAdmittedError."""


def admitted(listed: Any, problems: list[Problem], look: Look) -> Iterator[dict[str, Any]]:
    """Yield what is shown of the values that a notebook has; what is none is a problem, and so is one value too many."""
    values = listed if isinstance(listed, list) else [None]
    for listed_value in values[:MOST]:
        try:
            value = msgspec.convert(listed_value, Value, strict=True)
        except msgspec.ValidationError:
            problems.append(Problem("the value of an expression in its metadata is none"))
            continue
        yield msgspec.to_builtins(_looked_at(value, problems, look))
    if len(values) > MOST:
        problems.append(Problem(f"{len(values) - MOST:,} more values of expressions are not shown"))


def _looked_at(value: Value, problems: list[Problem], look: Look) -> Value:
    source = texts.marked_up(value.source)

    def report(kind: str, reason: str) -> None:
        kind = texts.marked_up(kind)[:100]
        problems.append(Problem(reason, cell=value.after, kind=kind, expression=source))

    output = {"output_type": "display_data", "data": value.data, "metadata": value.metadata}
    try:
        shown = look(output, report)
    except NotAdmittedError as refused:
        report("", refused.reason)
        shown = {"data": {"text/plain": f"This output is not shown: {refused.reason}"}, "metadata": {}}
    return Value(source=source, after=value.after, data=shown["data"], metadata=shown["metadata"])
