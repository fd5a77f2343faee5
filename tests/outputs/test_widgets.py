"""Widgets and charts at the gate: what is shown of them where nothing is drawn, and what the site is told to draw.

made_by_widgets.json has outputs of ipywidgets and tqdm, with what their notebooks kept of the widgets.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from support.hostile_outputs import base64, picture

from toolchain.outputs.gate import Admitted, admit
from toolchain.outputs.refusal import Rules
from toolchain.outputs.reprs import is_name

VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
SEVERAL = "application/vnd.toolchain.outputs+json"
MADE = json.loads((Path(__file__).parent / "made_by_widgets.json").read_text(encoding="utf-8"))
PICTURE = base64(picture("PNG"))
SHOWN = {
    "slider": "size: 7",
    "tqdm": "adding: 100%|██████████| 5/5 [00:00<00:00, 97.50it/s]",
    "nested": "outer: 100%|██████████| 2/2 [00:00<00:00, 154.40it/s]",
    "broken": "breaking:  40%|████      | 2/5 [00:00<00:00, 483.80it/s]",
    "output": "captured words\nlater words",
    "append": "appended",
    "box": "bold words\nname: abc  [x] on\npick: b",
    "tab": "A:\n3\nB:\nlab",
}
"""What a reader of the site sees of them, in words."""
CONTROLS: dict[str, tuple[dict[str, Any], str]] = {
    "IntRangeSlider": ({"value": [1, 5], "readout_format": "d"}, "a: 1\N{EN DASH}5"),
    "FloatSlider": ({"value": 0.12345, "readout_format": ".2f"}, "a: 0.12"),
    "FloatText": ({"value": 1e-05}, "a: 1e-05"),
    "Dropdown": ({"_options_labels": ["one"], "index": None}, "a:"),
    "SelectMultiple": ({"_options_labels": ["x", "y", "z"], "index": [0, 2, 9, True]}, "a: x, z"),
    "DatePicker": ({"value": {"year": 2024, "month": 0, "date": 31}}, "a: 2024-01-31"),
    "Password": ({"value": "secret"}, "a: ••••••"),
    "Checkbox": ({"value": False}, "[ ] a"),
    "IntProgress": ({"value": 3, "min": 0, "max": 10}, "a: |███       |"),
    "FloatProgress": ({"value": 10**400, "min": 0, "max": 0}, "a: |██████████|"),
    "HTML": ({"value": "x &lt; <i>y</i>"}, "a: x < y"),
    "TagsInput": ({"value": ["x", 1]}, "a: x, 1"),
}
HUGE = {"value": 1, "readout_format": "99999999d"}


def gate(
    outputs: list[Any], state: Any = None, *, static: bool = False, libraries: tuple[str, ...] = ()
) -> Admitted:
    """Let the outputs of a cell through."""
    cell = {"cell_type": "code", "source": "", "metadata": {}, "outputs": outputs, "execution_count": 1}
    metadata = {} if state is None else {"widgets": {STATE: {"state": state, "version_major": 2}}}
    notebook = {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    return admit(json.dumps(notebook).encode(), 1, Rules(static=static, libraries=libraries))


def display(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": {}}


def forms(result: Admitted) -> list[dict[str, Any]]:
    return [output["data"] for output in json.loads(result.view)["cells"][0]["outputs"]]


def drawn(result: Admitted) -> set[str]:
    """Return the models that the site is told to draw."""
    metadata = json.loads(result.view)["metadata"]
    return set(metadata.get("widgets", {}).get(STATE, {}).get("state", {}))


def of_models(name: str = "a", **models: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return an output that shows one of some models of ipywidgets, and their table."""
    module = "@jupyter-widgets/controls"
    table = {
        key: {"model_name": f"{kind}Model", "model_module": module, "state": state}
        for key, (kind, state) in models.items()
    }
    return [display({VIEW: {"model_id": name}, "text/plain": "Box(children=())"})], table


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize("name", SHOWN)
def test_a_widget_is_drawn_and_said_as_it_was_in_the_end(name: str, *, static: bool) -> None:
    made = MADE[name]

    result = gate([display(made["data"])], made["state"], static=static)

    (shown,) = forms(result)
    assert result.problems == ()
    assert shown == {"text/plain": SHOWN[name]} | ({} if static else {VIEW: made["data"][VIEW]})
    assert drawn(result) == (set() if static else set(made["state"]))


@pytest.mark.parametrize("kind", CONTROLS)
def test_a_control_is_what_it_is_called_and_set_to(kind: str) -> None:
    state, said = CONTROLS[kind]

    (shown,) = forms(gate(*of_models(a=(kind, {"description": "a", **state}))))

    assert shown["text/plain"].rstrip() == said.rstrip()


def test_a_password_reaches_nobody() -> None:
    result = gate(*of_models(a=("Password", {"value": "secret"})))

    assert b"secret" not in result.view
    assert drawn(result) == {"a"}


def test_what_an_output_widget_has_caught_passes_the_gate_and_is_shown_as_several() -> None:
    caught = [
        {"output_type": "stream", "name": "stdout", "text": "words\x07\n"},
        display({"image/png": PICTURE, "text/plain": "<Figure>"}),
        display({"image/png": "no picture"}),
    ]
    slider = ("IntSlider", {"value": 2, "description": "n"})
    box = ("VBox", {"children": ["IPY_MODEL_n", "IPY_MODEL_o"]})

    result = gate(*of_models(a=box, n=slider, o=("Output", {"outputs": caught})))

    (shown,) = forms(result)
    assert [next(iter(output.get("data", output).items())) for output in shown[SEVERAL]] == [
        ("text/plain", "n: 2"),
        ("output_type", "stream"),
        ("image/png", PICTURE),
        ("text/plain", "This output is not shown: image/png: it is no base64"),
    ]
    assert shown[SEVERAL][1]["text"] == "words\n"
    state = json.loads(result.view)["metadata"]["widgets"][STATE]["state"]["o"]["state"]
    assert [output.get("data", {}).get("image/png") for output in state["outputs"]] == [None, PICTURE, None]
    assert [problem.reason for problem in result.problems] == ["it is no base64"]


def test_what_was_closed_or_hidden_is_not_shown_and_what_nobody_kept_is_found() -> None:
    bar = display(MADE["tqdmgone"]["data"])
    hidden = of_models(
        a=("IntText", {"value": 1, "layout": "IPY_MODEL_l"}), l=("Layout", {"display": "none"})
    )

    assert forms(gate([bar, display({"text/plain": "20"})], {})) == [{"text/plain": "20"}]
    assert forms(gate(*hidden)) == []
    unknown = gate([bar])
    assert [problem.sentence for problem in unknown.problems] == [
        "cell 1, output 1: it is a widget, and its result does not say what it was like"
    ]
    assert "0%" not in unknown.view.decode()


@pytest.mark.parametrize("static", [False, True])
def test_of_a_widget_that_the_site_cannot_draw_the_picture_is_shown_or_it_is_found(*, static: bool) -> None:
    canvas = {"model_name": "MPLCanvasModel", "model_module": "jupyter-matplotlib", "state": {}}
    with_data = canvas | {"state": {"_data_url": f"data:image/png;base64,{PICTURE}"}}
    view = {VIEW: {"model_id": "a"}, "text/plain": "Canvas(toolbar=Toolbar(toolitems=[('Home', …"}

    assert forms(gate([display(view | {"image/png": PICTURE})], {"a": canvas}, static=static)) == [
        {"image/png": PICTURE}
    ]
    assert forms(gate([display(view)], {"a": with_data}, static=static)) == [{"image/png": PICTURE}]
    (problem,) = gate([display(view)], {"a": canvas}, static=static).problems
    assert problem.reason.startswith("it is a widget, ")


def test_a_button_alone_is_nothing_that_can_be_read() -> None:
    assert forms(gate(*of_models(a=("Button", {"description": "Run"})))) == [{VIEW: {"model_id": "a"}}]
    (problem,) = gate(*of_models(a=("Button", {})), static=True).problems
    assert problem.reason == "it is a widget, which scripts make"


@pytest.mark.parametrize(
    "models",
    [
        {"a": ("VBox", {"children": ["IPY_MODEL_a"] * 3})},
        {f"{'a' * n}": ("VBox", {"children": [f"IPY_MODEL_{'a' * (n + 1)}"] * 10}) for n in range(1, 40)},
        {"a": ("VBox", {"children": "none"})},
        {"a": ("Output", {"outputs": 5})},
        {"a": ("Output", {"outputs": [1, {}, {"data": {VIEW: {"model_id": "a"}}}]})},
        {"a": ("Stack", {"children": ["IPY_MODEL_a"], "selected_index": 7, "titles": 3})},
        {"a": ("Tab", {"children": ["IPY_MODEL_b"], "titles": []}), "b": ("Image", {"format": 5})},
        {"a": ("IntSlider", HUGE)},
        {"a": ("DatePicker", {"value": {"year": "x", "month": -1, "date": 10**30}})},
    ],
    ids=range(9),
)
def test_a_forged_table_does_no_harm(models: dict[str, Any]) -> None:
    assert len(gate(*of_models(**models)).view) < 100_000


def test_nobody_else_writes_what_the_gate_writes() -> None:
    inner = display({"text/html": "<script>run()</script>"})

    result = gate([display({SEVERAL: [inner], "text/plain": "words"})], static=True)

    assert forms(result) == [{"text/plain": "words"}]
    assert [problem.kind for problem in result.problems] == [SEVERAL]


SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.4.1.json",
    "mark": "line",
    "data": {"values": []},
}
ALTAIR = f"""\
<style>#v {{ width: 100%; }}</style><div id="v"></div><script>
(function(spec, embedOpt){{ vegaEmbed(outputDiv, spec, embedOpt);
  s.src = "https://cdn.example.org/npm/vega@6"; }})({json.dumps(SPEC)}, {{"mode": "vega-lite"}});
</script>"""
FIGURE = {"data": [{"type": "scatter", "y": [1, 3, 2]}], "layout": {"title": "}"}}
PLOTLY = f"""\
<div><script src="https://cdn.example.org/plotly-3.min.js"></script><div id="p"></div><script>
if (x) {{ Plotly.newPlot(  "p",  {json.dumps(FIGURE["data"])},  {json.dumps(FIGURE["layout"])},  {{}}  ) }}
</script></div>"""
VEGA_KIND, PLOTLY_KIND = "application/vnd.vegalite.v6+json", "application/vnd.plotly.v1+json"


@pytest.mark.parametrize(
    ("data", "kind", "table"),
    [
        ({"text/html": ALTAIR, "text/plain": "alt.Chart(...)"}, VEGA_KIND, SPEC),
        ({"application/vnd.vegalite.v6.json": SPEC, "text/plain": "<VegaLite 6 object>\n\nno renderer"}, VEGA_KIND, SPEC),
        ({"text/html": PLOTLY}, PLOTLY_KIND, FIGURE),
        ({PLOTLY_KIND: FIGURE, "text/html": PLOTLY}, PLOTLY_KIND, FIGURE),
    ],
)  # fmt: skip
def test_a_chart_is_its_table_and_asks_no_other_host(data: dict[str, Any], kind: str, table: Any) -> None:
    with_library = gate([display(data)], libraries=("vega", "plotly"))
    without = gate([display(copy.deepcopy(data))])

    assert forms(with_library) == [{kind: table}]
    assert (with_library.problems, without.problems) == ((), ())
    (shown,) = forms(without)
    assert shown[kind] == table
    assert shown.get("text/html") == data.get("text/html")
    beside_a_picture = forms(gate([display(data | {"image/png": PICTURE})]))
    assert [shown.keys() - {"text/plain"} for shown in beside_a_picture] == [{"image/png"}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alt.Chart(...)", True),
        ("interactive(children=(IntSlider(value=2), Output()), _dom_classes=('widget-inte…", True),
        ("Figure({\n    'data': [{'y': [1, 3, 2]}]\n})", True),
        ("<folium.folium.Map object at 0x7f2a>", True),
        (":Curve   [x]   (y)", True),
        ("", True),
        ("see f(x)", False),
        ("f(x) is large", False),
        ("<b> is a tag", False),
        ("size: 7", False),
    ],
)
def test_a_text_is_a_name_or_says_something(text: str, *, expected: bool) -> None:
    assert is_name(text) is expected
