"""What a control of ipywidgets is set to, as it says it itself: words, a bar, a picture."""

import re
from collections.abc import Callable
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from toolchain.outputs.pictures import DATA_ADDRESS
from toolchain.outputs.widget_states import Model

BAR = 10
"""Characters of a bar."""
EIGHTHS = " ▏▎▍▌▋▊▉"
SPACES = {0x2007: " ", 0xA0: " ", 0x200B: None}
"""What tqdm and ipywidgets put so that nothing moves, as spaces."""
READOUT = re.compile(r",?(?:\.\d{1,2})?[defg%]?")
"""Formats of numbers that mean the same in Python and in JavaScript."""
LATEST = 9_999
"""Of numbers of years."""
TO, HIDDEN = "\N{EN DASH}", "\N{BULLET}"
HTML = frozenset({"HTMLModel", "HTMLMathModel"})
TICKED = frozenset({"CheckboxModel", "ToggleButtonModel", "ValidModel"})
WORDS = frozenset({"a", "b", "code", "em", "font", "i", "small", "span", "strong", "u"})
"""Elements of HTML that add nothing to their words."""


def words(value: Any) -> str:
    """Return a text of a widget without the spaces that are there for its looks."""
    return value.translate(SPACES).strip() if isinstance(value, str) else ""


def bar(model: Model) -> str:
    """Return a bar as far as it is filled; empty if nobody knows how long it is."""
    least, value, most = (
        _float(model.state.get(key), default)
        for key, default in (("min", 0.0), ("value", 0.0), ("max", 100.0))
    )
    if model.state.get("bar_style") == "info" and (least, value, most) == (0, 1, 1):  # as tqdm says that
        return ""
    share = min(max((value - least) / (most - least), 0.0), 1.0) if most > least else 1.0
    full, eighths = divmod(int(share * BAR * 8), 8)
    drawn = "█" * full + EIGHTHS[eighths].strip()
    return f"|{drawn:<{BAR}}|"


def html(model: Model) -> str:
    """Return the HTML that a widget is, if it is more than words; else nothing."""
    value = model.state.get("value")
    if model.name not in HTML or not isinstance(value, str):
        return ""
    root = _parsed(value)
    return (
        value
        if root is not None and any(element.tag not in WORDS for element in root.iterdescendants())
        else ""
    )


def picture(model: Model) -> tuple[str, str] | None:
    """Return the mime type and the base64 of the picture that a widget shows; None if it shows none."""
    if model.name == "ImageModel" and (data := model.bytes_of("value")):
        kind = str(model.state.get("format")).lower().replace("jpg", "jpeg")
        return f"image/{kind}", data
    # As ipympl keeps a figure.
    match = DATA_ADDRESS.fullmatch(str(model.state.get("_data_url", "")))
    return (match["kind"], match["data"]) if match else None


def text(model: Model) -> str | None:
    """Return the line that a control is, with what it is called; None if it is no control that is known here."""
    name, value = words(model.state.get("description")), model.state.get("value")
    if model.name in TICKED:
        return f"[{'x' if value else ' '}] {name or words(model.state.get('readout'))}".rstrip()
    if model.name == "LabelModel":
        shown = value.translate(SPACES) if isinstance(value, str) else ""
    elif model.name in HTML:
        root = _parsed(str(value or ""))
        shown = "" if root is None else "".join(root.itertext()).translate(SPACES).rstrip()
    elif model.name in SAID:
        return f"{name}: {SAID[model.name](model)}" if name else SAID[model.name](model)
    else:
        return None
    return f"{name}: {shown}" if name and shown else shown


def _parsed(value: str) -> lxml_html.HtmlElement | None:
    try:
        return lxml_html.fragment_fromstring(value, create_parent="div")
    except (etree.ParserError, ValueError, AssertionError):  # there is nothing in it
        return None


def _float(value: Any, default: float) -> float:
    try:
        return float(value) if isinstance(value, int | float) else default
    except OverflowError:
        return default


def _number(value: Any, model: Model) -> str:
    """Return a value as the readout of its slider has it."""
    form = model.state.get("readout_format")
    if isinstance(value, int | float) and isinstance(form, str) and READOUT.fullmatch(form):
        try:
            return format(value, form)
        except (ValueError, OverflowError):  # no whole number, or one that is too long
            pass
    return "" if value is None else str(value)


def _set(model: Model) -> str:
    return _number(model.state.get("value"), model)


def _list(between: str) -> Callable[[Model], str]:
    def said(model: Model) -> str:
        value = model.state.get("value")
        return between.join(_number(part, model) for part in (value if isinstance(value, list) else []))

    return said


def _chosen(between: str) -> Callable[[Model], str]:
    def said(model: Model) -> str:
        labels, chosen = model.state.get("_options_labels"), model.state.get("index")
        indices = chosen if isinstance(chosen, list) else [chosen]
        names = labels if isinstance(labels, list) else []
        return between.join(str(names[n]) for n in indices if type(n) is int and 0 <= n < len(names))

    return said


def _date(model: Model) -> str:
    return _day(model.state.get("value"))


def _day(value: Any) -> str:
    numbers = [value.get(key) for key in ("year", "month", "date")] if isinstance(value, dict) else []
    match numbers:
        case [int(year), int(month), int(day)] if all(0 <= number <= LATEST for number in (year, month, day)):
            return f"{year:04}-{month + 1:02}-{day:02}"  # JavaScript counts months from 0
    return ""


def _time(model: Model) -> str:
    value = model.state.get("value")
    numbers = [value.get(key) for key in ("hours", "minutes", "seconds")] if isinstance(value, dict) else []
    return ":".join(f"{number:02}" for number in numbers if type(number) is int and 0 <= number <= LATEST)


SAID: dict[str, Callable[[Model], str]] = {
    **dict.fromkeys(
        ("IntSliderModel", "FloatSliderModel", "FloatLogSliderModel", "IntTextModel", "FloatTextModel", "BoundedIntTextModel",
         "BoundedFloatTextModel", "TextModel", "TextareaModel", "ComboboxModel", "ColorPickerModel"),
        _set,
    ),
    **dict.fromkeys(("IntRangeSliderModel", "FloatRangeSliderModel"), _list(TO)),
    **dict.fromkeys(("TagsInputModel", "ColorsInputModel", "FloatsInputModel", "IntsInputModel"), _list(", ")),
    **dict.fromkeys(
        ("DropdownModel", "SelectModel", "RadioButtonsModel", "ToggleButtonsModel", "SelectionSliderModel",
         "SelectMultipleModel"),
        _chosen(", "),
    ),
    "SelectionRangeSliderModel": _chosen(TO),
    "PasswordModel": lambda model: HIDDEN * len(str(model.state.get("value") or "")),
    "DatePickerModel": _date,
    "TimeModel": _time,
    "DatetimeModel": lambda model: f"{_date(model)} {_time(model)}".strip(),
    "NaiveDatetimeModel": lambda model: f"{_date(model)} {_time(model)}".strip(),
}  # fmt: skip
"""How a control says what it is set to."""
