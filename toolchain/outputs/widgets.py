"""Widgets among the outputs of a notebook: what the site may draw, and what they show where nothing is drawn."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from toolchain.outputs import texts, widget_forms, widget_states
from toolchain.outputs.kinds import joined
from toolchain.outputs.mimes import PLAIN, SEVERAL, WIDGET
from toolchain.outputs.refusal import NotAdmittedError, Rules
from toolchain.outputs.reprs import is_of_widget
from toolchain.outputs.widget_forms import CannotShowError, Output
from toolchain.outputs.widget_states import WIDGETS, Model, States

UNREADABLE = frozenset({"PasswordModel"})
"""Models of what nobody is to read."""


class Forms(Struct, frozen=True):
    """The forms of an output with a widget among them."""

    data: dict[str, Any]
    several: tuple[Output, ...] = ()
    """What the widget shows without scripts, where that is more than one thing."""


class Widgets:
    """The widgets of one notebook."""

    def __init__(self, metadata: dict[str, Any], rules: Rules) -> None:
        """Read in a notebook's metadata what they were like; what is no such table says nothing."""
        self.rules = rules
        try:
            self._states = widget_states.read(metadata["widgets"])
        except (KeyError, NotAdmittedError):
            self._states = States()
        self._live: list[str] = []

    def forms(self, data: dict[str, Any], prefix: str) -> Forms:
        """Return the forms that are shown of an output; `prefix` stands before its mime types.

        A widget stays one where the site can draw it. Beside it, or in its place, stands what it shows without scripts.
        Raises NotAdmittedError if there is neither.
        """
        view = data.get(prefix + WIDGET)
        if not isinstance(view, dict) or not isinstance(identifier := view.get("model_id"), str):
            return Forms(data)
        others = {
            kind: value
            for kind, value in data.items()
            if kind != prefix + WIDGET and not (kind == prefix + PLAIN and is_of_widget(joined(value)))
        }
        if identifier not in self._states.models:
            if not others and not self._states.kept and not self.rules.saved:
                raise NotAdmittedError("it is a widget, and its result does not say what it was like")
            return Forms(others)
        drawn = {}
        if not self.rules.static and self._states.is_live(identifier):
            self._live.append(identifier)
            drawn = {prefix + WIDGET: view}
        if others.keys() - {prefix + PLAIN}:
            return Forms(others | drawn)
        return self._without_scripts(identifier, prefix, others, drawn)

    def _without_scripts(
        self, identifier: str, prefix: str, others: dict[str, Any], drawn: dict[str, Any]
    ) -> Forms:
        """Return what a widget shows, beside its view if the site draws it, and in place of words that the output has."""
        try:
            shown = widget_forms.outputs_of(identifier, self._states)
        except CannotShowError as error:
            if not others and not drawn:
                raise self._refusal(error) from None
            return Forms(others | drawn)
        if len(shown) == 1 and (bundle := _bundle(shown[0])):
            return Forms({prefix + kind: value for kind, value in bundle.items()} | drawn)
        return Forms(drawn if shown else {}, tuple(shown))

    def _refusal(self, error: CannotShowError) -> NotAdmittedError:
        if self.rules.static:
            return NotAdmittedError("it is a widget, which scripts make", asked_for=True)
        what = texts.marked_up(str(error))
        return NotAdmittedError(f"it is a widget, and the site cannot draw what is in it: {what}")

    def metadata(self, admit: Callable[[list[Any]], list[Output]]) -> dict[str, Any]:
        """Return what the site is told of the widgets that it draws, as a notebook has it; empty if it draws none.

        `admit` lets the outputs that a widget has caught through the gate.
        """
        kept: dict[str, Model] = {}
        done = 0
        while done < len(self._live):
            for identifier in self._states.reached(self._live[done])[0] - kept.keys():
                model = self._states.models[identifier]
                state = dict(model.state)
                if isinstance(state.get("outputs"), list):
                    state["outputs"] = admit(state["outputs"])  # in which there may be more widgets
                if model.name in UNREADABLE:
                    state["value"] = ""
                kept[identifier] = msgspec.structs.replace(model, state=state)
            done += 1
        states = {"state": dict(sorted(kept.items())), "version_major": 2, "version_minor": 0}
        return {WIDGETS: msgspec.to_builtins(states)} if kept else {}


def without(outputs: list[Any]) -> Iterator[Any]:
    """Yield the outputs of a view as a notebook has them that knows nothing of its widgets: what they show, and not them."""
    for output in outputs:
        data = output.get("data")
        if data is None or data.keys().isdisjoint((WIDGET, SEVERAL)):
            yield output
        elif SEVERAL in data:
            yield from data[SEVERAL]
        elif shown := {kind: value for kind, value in data.items() if kind != WIDGET}:
            yield output | {"data": shown}


def _bundle(output: Output) -> dict[str, Any]:
    """Return the forms of an output that has some; what it printed as a text."""
    if output.get("output_type") == "stream" and output.get("name") == "stdout":
        return {PLAIN: joined(output.get("text")).rstrip("\n")}
    data = output.get("data")
    return data if isinstance(data, dict) else {}
