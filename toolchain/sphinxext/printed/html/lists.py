"""Lists of HTML."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from docutils import nodes
from lxml.html import HtmlElement

if TYPE_CHECKING:
    from toolchain.sphinxext.printed.html.flow import Flow

NUMBER = re.compile(r"\s*([-+]?\d{1,6})")
TYPES = {"a": "loweralpha", "A": "upperalpha", "i": "lowerroman", "I": "upperroman"}
BULLET = "\N{BULLET}"

Inner = Callable[..., "Flow"]
"""Begins what gathers the blocks of an element; `room` says how many lists may stand in each other in it."""
Item = tuple[str, list[nodes.Element]]
"""Number of an item, empty in a list without numbers, and its blocks."""


def blocks(element: HtmlElement, inner: Inner, room: int) -> list[nodes.Element]:
    """Return a list as docutils has it; or as lines, if its numbers are none that count on."""
    items = _items(element, inner, room - 1)
    if not items:
        return []
    numbers = [number for number, _ in items]
    body = [nodes.list_item("", *content) for _, content in items]
    if not any(numbers):
        return [nodes.bullet_list("", *body, bullet="*")]
    first = int(numbers[0] or 0)
    if first < 1 or numbers != [str(first + n) for n in range(len(items))]:
        return [nodes.block_quote("", *_marked(items))]
    kind = TYPES.get(element.get("type", ""), "arabic")
    return [nodes.enumerated_list("", *body, enumtype=kind, start=first, prefix="", suffix=".")]


def lines(element: HtmlElement, inner: Inner) -> list[nodes.Element]:
    """Return a list where there is no room for one: each item with its mark."""
    return _marked(_items(element, inner, 0))


def loose(content: list[nodes.Element], *, room: int) -> list[nodes.Element]:
    """Return an item that is in no list."""
    return (
        [nodes.bullet_list("", nodes.list_item("", *content), bullet="*")]
        if room > 0
        else _marked([("", content)])
    )


def _items(element: HtmlElement, inner: Inner, room: int) -> list[Item]:
    """Return the items of a list; what is in the list and in no item belongs to the item before it."""
    items: list[Item] = []
    numbers = _numbers(element) if element.tag == "ol" else iter("")
    between = inner(room=room)
    between.text(element, element.text)
    for child in element:
        if child.tag == "li":
            _add(items, between.ended())
            between = inner(room=room)
            items.append((next(numbers, ""), inner(room=room).of(child).ended()))
        else:
            between.child(child)
        between.text(element, child.tail)
    _add(items, between.ended())
    return items


def _add(items: list[Item], content: list[nodes.Element]) -> None:
    if items:
        items[-1][1].extend(content)
    elif content:
        items.append(("", content))


def _numbers(element: HtmlElement) -> Iterator[str]:
    """Yield the numbers of the items of a list."""
    own = [child for child in element if child.tag == "li"]
    down = "reversed" in element.attrib
    start = NUMBER.match(element.get("start", ""))
    number = int(start[1]) if start else len(own) if down else 1
    for child in own:
        if value := NUMBER.match(child.get("value", "")):
            number = int(value[1])
        yield str(number)
        number += -1 if down else 1


def _marked(items: list[Item]) -> list[nodes.Element]:
    """Return items as lines of their own, each with its number or a bullet before it."""
    found: list[nodes.Element] = []
    for number, content in items:
        mark = f"{number}. " if number else f"{BULLET} "
        if content and isinstance(content[0], nodes.paragraph):
            content[0].insert(0, nodes.Text(mark))
            found += content
        else:
            found += [nodes.paragraph("", mark.strip()), *content]
    return found
