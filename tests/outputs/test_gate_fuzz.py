"""Notebooks changed at random: the gate makes of each one that can be shown, soon, and lets that pass as it is."""

import copy
import json
import random
import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
from lxml import etree, html
from support.hostile_outputs import base64, figure, picture, svg

from toolchain.outputs.gate import admit
from toolchain.outputs.refusal import Rules

ROUNDS = 60
LONGEST = 5.0
"""Seconds for a notebook."""
BUNDLES: list[dict[str, Any]] = [
    {"image/png": base64(picture("PNG")), "text/plain": "<Figure size 640x480 with 1 Axes>"},
    {"image/jpeg": base64(picture("JPEG"))},
    {"image/gif": base64(picture("GIF", frames=2))},
    {"application/pdf": base64(figure("link"))},
    {"image/svg+xml": svg("<style>a{fill:url(#b)}</style><g id='b' style='fill:red'/><use xlink:href='#b'/>")},
    {"text/html": "<style>td {color: red}</style><table><tr><td onclick='f()'>1</td></tr></table><script>f()</script>"},
    {"text/markdown": "# A\n\n| ![b](c.png) |\n|---|\n\n<b>c</b>", "text/latex": "$x$"},
    {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "application/javascript": "f()"},
    {"application/papermill.record/text/plain": "1", "application/papermill.record/image/png": base64(picture("PNG"))},
]  # fmt: skip
MODELS: dict[str, Any] = {
    name: {"model_name": f"{kind}Model", "model_module": "@jupyter-widgets/controls", "state": state}
    for name, (kind, state) in {
        "a": ("VBox", {"children": ["IPY_MODEL_b", "IPY_MODEL_g"], "layout": "IPY_MODEL_l"}),
        "b": ("HBox", {"children": ["IPY_MODEL_c", "IPY_MODEL_d", "IPY_MODEL_e", "IPY_MODEL_f"]}),
        "c": ("IntSlider", {"description": "c", "value": 7, "readout_format": "d"}),
        "d": ("FloatProgress", {"value": 2.5, "min": 0.0, "max": 4.0}),
        "e": ("HTML", {"value": "<b>&nbsp;1</b>/4"}),
        "f": ("Dropdown", {"_options_labels": ["x", "y"], "index": 1}),
        "g": ("Tab", {"children": ["IPY_MODEL_h"], "titles": ["first"]}),
        "h": ("DatePicker", {"value": {"year": 2024, "month": 0, "date": 31}}),
        "l": ("Layout", {"visibility": None}),
    }.items()
}
ODD: list[Any] = [
    None, True, 0, -1, 10**30, 1.5, "", "a", "\x1b[2J", "\ud800", "../../etc/passwd", "\u2028", "<svg/>", "image/svg+xml",
    [], {}, [[]], ["a", 1], {"a": {}}, "application/papermill.record/", "error", "display_data", "stream",
    json.loads("[" * 120 + "]" * 120), "<" * 3000, "> " * 3000, "[" * 3000, "&#" * 100, "A" * 20_000,
]  # fmt: skip


def sample() -> dict[str, Any]:
    outputs: list[dict[str, Any]] = [
        {"output_type": "display_data", "data": bundle, "metadata": {"image/png": {"width": 9}}}
        for bundle in BUNDLES
    ]
    outputs[-1]["metadata"] = {"scrapbook": {"name": "a", "mime_prefix": "application/papermill.record/"}}
    outputs += [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
        {"output_type": "error", "ename": "A", "evalue": "b", "traceback": ["c"]},
        {
            "output_type": "execute_result",
            "data": {"text/plain": "1"},
            "metadata": {},
            "execution_count": 2,
        },
    ]
    cell = {
        "cell_type": "code",
        "source": "show()",
        "metadata": {},
        "outputs": outputs,
        "execution_count": 1,
    }
    metadata = {
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": copy.deepcopy(MODELS)}},
        "expressions": [
            {"source": "x", "after": 1, "data": bundle, "metadata": {"image/png": {"width": 9}}}
            for bundle in BUNDLES[:-1]
        ],
    }
    return copy.deepcopy({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in JSON: what holds it, and its key or index there."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from places(node[key])


def change_data(notebook: dict[str, Any], draw: random.Random) -> None:
    """Change something in a notebook's data."""
    holder, key = draw.choice(list(places(notebook)))
    value = holder[key]
    match draw.randrange(5):
        case 0:
            holder[key] = draw.choice(ODD)
        case 1 if isinstance(holder, dict):
            del holder[key]
        case 2 if isinstance(holder, dict):
            holder[draw.choice([str(odd)[:50] for odd in ODD])] = holder.pop(key)
        case 3 if isinstance(value, str) and value:
            holder[key] = as_changed(value, draw)
        case _:
            holder[key] = [value] if draw.random() < 0.5 else {"a": value}


def as_changed(text: str, draw: random.Random) -> str:
    """Return a text, or what it stands for as base64, with some of it changed."""
    try:
        return base64(with_other_bytes(b64decode(text, validate=True), draw))
    except ValueError:
        return with_other_bytes(text.encode("utf-8", "replace"), draw).decode("utf-8", "replace")


def with_other_bytes(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        start, end = sorted(draw.choices(range(len(changed) + 1), k=2))
        match draw.randrange(4):
            case 0:
                changed[start : start + 1] = draw.randbytes(1)
            case 1:
                del changed[start : min(end, start + 20)]
            case 2:
                changed[start:start] = draw.choice(
                    [b"<script>f()</script>", b" onload='f()'", b"![a](b)", b"/AA<<>>", b"\x00", b"<!ENTITY a 'b'>"]
                )  # fmt: skip
            case _:
                changed[start:start] = changed[start : min(end, start + 200)]
    return bytes(changed)


@pytest.mark.fuzz(few=2)
def test_every_notebook_becomes_one_that_can_be_shown(seed: int) -> None:
    draw = random.Random(f"gate {seed}")  # noqa: S311 - no secret
    for number in range(ROUNDS):
        notebook = sample()
        for _ in range(draw.randint(1, 5)):
            change_data(notebook, draw)
        content = json.dumps(notebook).encode()
        if number % 3 == 0:
            content = with_other_bytes(content, draw)
        for rules in (Rules(), Rules(static=True)):
            start = time.process_time()

            admitted = admit(content, 1, rules)

            assert time.process_time() - start < LONGEST, (seed, number)
            nbformat.validate(nbformat.reads(admitted.view.decode(), as_version=4))
            again = admit(admitted.view, 1, rules)
            assert (again.problems, again.view) == ((), admitted.view), (seed, number)
            assert not is_acting(admitted.view, rules), (seed, number)


def is_acting(view: bytes, rules: Rules) -> bool:
    """Say whether something in a view runs that should not."""
    (cell,) = json.loads(view)["cells"]
    bundles = [output.get("data", {}) for output in cell["outputs"]]
    roots = [
        etree.fromstring("".join(bundle["image/svg+xml"])) for bundle in bundles if "image/svg+xml" in bundle
    ]
    if rules.static:
        roots += [
            html.fragment_fromstring("".join(bundle["text/html"]), create_parent=True)
            for bundle in bundles
            if "text/html" in bundle
        ]
    return any(
        element.tag.lower().endswith("script") or any(str(name).startswith("on") for name in element.attrib)
        for root in roots
        for element in root.iter(etree.Element)
    )
