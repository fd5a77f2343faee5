"""Texts that only name what another form of an output shows: nobody who reads one has seen the thing."""

import re

NAME = re.compile(
    r"<[\w.]+(?: [^<>]*)?>"  # <folium.folium.Map object at 0x7f3c>, <Figure size 640x480 with 1 Axes>
    r"|<\w[\w .]*object>\s.*renderer.*"  # what Altair says where nothing draws its charts
    r"|[A-Za-z_][\w.]*\(.*[)…]"  # alt.Chart(...), IntSlider(value=7), interactive(children=(…
    r"|:\w[\w.]*\s*\[.*\](?:\s*\(.*\))?"  # :Curve [x] (y)
    r"|",
    re.DOTALL,
)
UNFINISHED_BAR = re.compile(r"[^\n]*\d+%\|[^|\n]*\| *\S+/\S+ \[[^\n]*\]|\s*0it \[[^\n]*\]")
"""A progress bar of tqdm in a line: as the text of a widget it is as it began."""


def is_name(text: str) -> bool:
    """Say whether a text says no more than what kind of thing it stands for, or nothing."""
    return NAME.fullmatch(text.strip()) is not None


def is_of_widget(text: str) -> bool:
    """Say whether a text beside a widget shows nothing of it, or what it was like before the cell ran on."""
    return is_name(text) or UNFINISHED_BAR.fullmatch(text.strip()) is not None
