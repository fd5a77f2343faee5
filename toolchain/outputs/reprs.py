"""Texts that only name what another form of an output shows: nobody who reads one has seen the thing."""

import re

ADDRESS = re.compile(r"<[\w.]+(?: [^<>]*)?>|")
"""<folium.folium.Map object at 0x7f3c>, <Figure size 640x480 with 1 Axes>, or nothing."""
CALL = re.compile(
    r"[A-Za-z_][\w.]*\(.*[)…]"  # alt.Chart(...), IntSlider(value=7), interactive(children=(…
    r"|<\w[\w .]*object>\s.*renderer.*"  # what Altair says where nothing draws its charts
    r"|:\w[\w.]*\s*\[.*\](?:\s*\(.*\))?",  # :Curve [x] (y)
    re.DOTALL,
)
UNFINISHED_BAR = re.compile(r"[^\n]*\d+%\|[^|\n]*\| *\S+/\S+ \[[^\n]*\]|\s*0it \[[^\n]*\]")
"""A progress bar of tqdm in a line: as the text of a widget it is as it began."""


def is_address(text: str) -> bool:
    """Say whether a text says no more than a type, and perhaps where a value of it lies in memory; or nothing."""
    return ADDRESS.fullmatch(text.strip()) is not None


def is_name(text: str) -> bool:
    """Say whether a text beside something that is drawn says no more than what kind of thing this is."""
    return is_address(text) or CALL.fullmatch(text.strip()) is not None


def is_of_widget(text: str) -> bool:
    """Say whether a text beside a widget shows nothing of it, or what it was like before the cell ran on."""
    return is_name(text) or UNFINISHED_BAR.fullmatch(text.strip()) is not None
