"""What the widgets of a notebook were like when it ended: a table of models, which refer to one another."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.outputs.limits import require_shallow
from toolchain.outputs.refusal import NotAdmittedError

WIDGETS = "application/vnd.jupyter.widget-state+json"
REFERENCE = re.compile(r"IPY_MODEL_(?P<id>.+)", re.DOTALL)
LIVE_MODULES = frozenset({"@jupyter-widgets/base", "@jupyter-widgets/controls", "@jupyter-widgets/output"})
"""What the site itself can draw: no page fetches the scripts of any other widget."""
MOST_MODELS = 100_000


class Buffer(Struct, frozen=True):
    """Bytes in a model's state."""

    path: list[str | int]
    data: str
    encoding: str = "base64"


class Model(
    Struct,
    frozen=True,
    rename={"name": "model_name", "module": "model_module", "version": "model_module_version"},
):
    """A widget, or what one looks like."""

    state: dict[str, Any]
    name: str = ""
    module: str = ""
    version: str = "*"
    buffers: list[Buffer] = []

    @property
    def references(self) -> Iterator[str]:
        """The ids of the models that this one refers to."""
        pending: list[Any] = [self.state]
        while pending:
            value = pending.pop()
            if isinstance(value, str) and (match := REFERENCE.fullmatch(value)):
                yield match["id"]
            elif isinstance(value, dict):
                pending += value.values()
            elif isinstance(value, list):
                pending += value

    def bytes_of(self, name: str) -> str:
        """Return bytes of the state in base64; empty if there are none."""
        found = (
            buffer.data for buffer in self.buffers if buffer.path == [name] and buffer.encoding == "base64"
        )
        return next(found, "")


class _States(Struct, frozen=True):
    state: dict[str, Model] = {}


class States(Struct, frozen=True):
    """The models of a notebook by their ids."""

    models: dict[str, Model] = {}
    kept: bool = False
    """Whether the notebook has kept them: a model that is missing was closed then."""

    def reached(self, model: str) -> tuple[set[str], bool]:
        """Return the models that a widget consists of, and whether all are there that are referred to."""
        found: set[str] = set()
        whole = True
        pending = [model]
        while pending:
            identifier = pending.pop()
            if identifier in found:
                continue
            if identifier not in self.models:
                whole = False
                continue
            found.add(identifier)
            pending += self.models[identifier].references
        return found, whole

    def is_live(self, model: str) -> bool:
        """Say whether the site can draw a widget."""
        found, whole = self.reached(model)
        return whole and all(self.models[identifier].module in LIVE_MODULES for identifier in found)


def read(widgets: Any) -> States:
    """Read what a notebook keeps of its widgets. Raises NotAdmittedError if it is no table of them."""
    require_shallow(widgets)
    try:
        states = msgspec.convert(widgets, dict[str, Any]).get(WIDGETS, {})
        models = msgspec.convert(states, _States).state
    except (msgspec.ValidationError, RecursionError):
        raise NotAdmittedError("is no table of widgets") from None
    if len(models) > MOST_MODELS:
        raise NotAdmittedError(f"has more than {MOST_MODELS:,} widgets")
    return States(models, kept=True)
