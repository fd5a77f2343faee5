"""What a widget shows, without scripts: words, bars, pictures and outputs, as they were when the notebook ended.

A control is a line with what it is called and what it is set to. What paper cannot stand for, such as a film or a widget of
another library, has no form here, and neither has what holds one.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from toolchain.outputs import widget_values
from toolchain.outputs.mimes import WIDGET
from toolchain.outputs.widget_states import REFERENCE, Model, States

Output = dict[str, Any]
TITLED = frozenset({"TabModel", "AccordionModel"})
PAGED = TITLED | {"BoxModel", "VBoxModel", "GridBoxModel", "StackModel"}
BARS = frozenset({"IntProgressModel", "FloatProgressModel"})
PRESSED = frozenset({"ButtonModel", "PlayModel", "ToolbarModel"})
"""Nothing can be pressed on paper: beside other things they may be left out."""
MOST_PARTS = 10_000


class CannotShowError(Exception):
    """Something has no form without scripts; its words are what it is."""


class _Bar(Struct, frozen=True):
    """A bar of progress: what stands beside it belongs to its line."""

    text: str


Part = str | _Bar | Output


def outputs_of(identifier: str, states: States) -> list[Output]:
    """Return what a widget shows, as outputs of a cell, which have not passed the gate yet.

    Raises CannotShowError if it shows something of which there is no such form, or nothing but what can be pressed.
    """
    reader = _Reader(states)
    parts = reader.parts(identifier)
    if not parts and reader.pressed:
        raise CannotShowError("something to be pressed")
    return list(_as_outputs(parts))


class _Reader:
    """Goes through a widget and what it consists of."""

    def __init__(self, states: States) -> None:
        self._states = states
        self._seen = 0
        self.pressed = False
        """Whether something was left out that can only be pressed."""

    def parts(self, identifier: str) -> list[Part]:
        """Return what a model shows, in order. Raises CannotShowError, also for widgets that hold one another."""
        self._seen += 1
        if self._seen > MOST_PARTS:
            raise CannotShowError(f"more than {MOST_PARTS:,} widgets in one another")
        model = self._states.models.get(identifier)
        try:
            # What is not there was closed.
            return [] if model is None or self._is_hidden(model) else self._of(model)
        except RecursionError:
            raise CannotShowError("widgets that hold one another") from None

    def _of(self, model: Model) -> list[Part]:
        if model.name == "HBoxModel":
            return _in_a_line([self.parts(child) for child in _children(model)])
        if model.name in PAGED:
            return [part for title, child in _pages(model) for part in (*title, *self.parts(child))]
        if model.name == "OutputModel":
            outputs = model.state.get("outputs")
            caught = outputs if isinstance(outputs, list) else []
            return [part for output in caught for part in self._of_output(output)]
        if model.name in PRESSED or model.name.endswith("LinkModel"):
            self.pressed = True
            return []
        return list(_leaf(model))

    def _of_output(self, output: Any) -> list[Part]:
        """Return an output that a widget has caught; of a widget in it what that shows."""
        data = output.get("data") if isinstance(output, dict) else None
        view = data.get(WIDGET) if isinstance(data, dict) else None
        if isinstance(view, dict):
            return self.parts(str(view.get("model_id")))
        return [output if isinstance(output, dict) else {}]

    def _is_hidden(self, model: Model) -> bool:
        match = REFERENCE.fullmatch(str(model.state.get("layout")))
        layout = self._states.models.get(match["id"]) if match else None
        return layout is not None and (
            layout.state.get("visibility") == "hidden" or layout.state.get("display") == "none"
        )


def _children(model: Model) -> Iterator[str]:
    children = model.state.get("children")
    for child in children if isinstance(children, list) else ():
        if match := REFERENCE.fullmatch(str(child)):
            yield match["id"]


def _pages(model: Model) -> Iterator[tuple[list[Part], str]]:
    """Yield what stands below one another, each with its title: of tabs all, though a reader sees one at a time."""
    titles = model.state.get("titles") if model.name in TITLED else []
    if not isinstance(titles, list):  # as they were before ipywidgets 8
        former = model.state.get("_titles")
        titles = list(former.values()) if isinstance(former, dict) else []
    for number, child in enumerate(_children(model)):
        if model.name != "StackModel" or number == model.state.get("selected_index"):
            yield [f"{title}:" for title in titles[number : number + 1]], child


def _leaf(model: Model) -> Iterator[Part]:
    """Yield what is shown by a model that holds no others."""
    name = widget_values.words(model.state.get("description"))
    if model.name in BARS:
        if bar := widget_values.bar(model):
            yield _Bar(f"{name}: {bar}" if name else bar)
        return
    if html := widget_values.html(model):
        yield from ([f"{name}:"] if name else [])
        yield _display("text/html", html)
    elif (text := widget_values.text(model)) is not None:
        yield from [text] if text else []
    elif picture := widget_values.picture(model):
        yield _display(*picture)
    else:
        raise CannotShowError(f"{model.name.removesuffix('Model')} of {model.module}"[:200])


def _display(kind: str, content: str) -> Output:
    return {"output_type": "display_data", "data": {kind: content}, "metadata": {}}


def _in_a_line(columns: list[list[Part]]) -> list[Part]:
    """Return what stands side by side: in a line if all of it are words, below one another if not."""
    parts = [part for column in columns for part in column]
    if any(isinstance(part, dict) for part in parts) or any(len(column) > 1 for column in columns):
        return parts
    line, after_bar = "", False
    for part in parts:
        is_bar = isinstance(part, _Bar)
        text = part.text if isinstance(part, _Bar) else str(part)
        tight = not line or (is_bar and line.endswith("%")) or (after_bar and text.startswith(" "))
        line += text if tight else f"  {text.strip()}"
        after_bar = is_bar
    return [line] if line else []


def _as_outputs(parts: list[Part]) -> Iterator[Output]:
    """Yield outputs: of lines that follow one another one."""
    lines: list[str] = []
    for part in [*parts, {}]:
        if not isinstance(part, dict):
            lines.append(part.text if isinstance(part, _Bar) else part)
            continue
        if lines:
            yield _display("text/plain", "\n".join(lines))
            lines = []
        if part:
            yield part
