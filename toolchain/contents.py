"""The order and the numbers of the pages, from the toctrees alone: before Sphinx has read anything.

The numbers are those that Sphinx and `sphinxext.numbering` give: chapters go on from one numbered toctree of the first
page to the next, a toctree of class `appendix` has letters, headings before a toctree count as sections.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from string import ascii_uppercase

from msgspec import Struct

from toolchain.model import Parsed, Toctree

ROOT = "index"
APPENDIX = "appendix"
HEADING = re.compile(r"^(?P<marks>#{1,6})[ \t]+(?P<text>.+?)[ \t]*#*$")
FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?P<directive>\{[\w:-]+\})?[^\n`]*$")
OPTION = re.compile(r"^:(?P<name>[\w-]+):[ \t]*(?P<value>.*)$")
TITLED = re.compile(r"^.*<(?P<target>[^<>]+)>$")


def events(markdown: str) -> tuple[int | Toctree, ...]:
    """Return the levels of a page's headings and its toctrees, in their order; what stands in samples is neither."""
    found: list[int | Toctree] = []
    lines = iter(markdown.splitlines())
    for line in lines:
        if heading := HEADING.match(line):
            found.append(len(heading["marks"]))
        if not (fence := FENCE.match(line)):
            continue
        if fence["directive"] != "{toctree}" and fence["fence"].startswith(":"):
            continue  # a box of text: what is in it counts
        body = []
        for inner in lines:
            if inner.strip().startswith(fence["fence"]) and not inner.strip().strip(fence["fence"][0]):
                break
            body.append(inner.strip())
        if fence["directive"] == "{toctree}":
            found.append(_toctree(body))
    return tuple(found)


def _toctree(body: list[str]) -> Toctree:
    options, entries = {}, []
    for line in body:
        option = OPTION.match(line)
        if option and not entries:
            options[option["name"]] = option["value"]
        elif line:
            entries.append(line)
    depth = options.get("numbered")
    return Toctree(
        entries=tuple(entries),
        glob="glob" in options,
        backwards="reversed" in options,
        numbered=0 if depth is None else int(depth) if depth.isdigit() else 999,
        classes=tuple(options.get("class", "").split()),
    )


class Place(Struct, frozen=True):
    """Where a page stands in the book."""

    name: str
    number: tuple[int | str, ...] = ()
    """Of its chapter or section; empty for a page without one."""


def places(pages: Mapping[str, Parsed]) -> tuple[Place, ...]:
    """Return every page in reading order, those of no toctree at the end by their names."""
    found: dict[str, Place] = {}
    counts = {False: 0, True: 0}

    def walk(name: str, number: tuple[int | str, ...], depth: int) -> None:
        """Place a page and those below it; `depth` is how many levels more have numbers."""
        if name in found or name not in pages:
            return
        found[name] = Place(name, number)
        counter = [0] * 7
        level = 1
        for event in pages[name].contents:
            if isinstance(event, int):
                if event > 1:
                    level = event
                    counter[level - 1] += 1
                    counter[level:] = [0] * (7 - level)
                continue
            inner = min(depth, event.numbered) if event.numbered and not number else depth
            for entry in entries(event, name, pages):
                if entry in found:
                    continue
                counter[level] += 1
                below = (*number, *counter[1 : level + 1]) if number and inner > 0 else ()
                walk(entry, below, inner - level)

    found[ROOT] = Place(ROOT)
    for event in pages[ROOT].contents if ROOT in pages else ():
        if isinstance(event, int):
            continue
        for entry in entries(event, ROOT, pages):
            if entry in found:
                continue
            if not event.numbered:
                walk(entry, (), 0)
                continue
            appendix = APPENDIX in event.classes
            counts[appendix] += 1
            count = counts[appendix]
            walk(entry, (ascii_uppercase[count - 1] if appendix else count,), event.numbered - 1)
    return (*found.values(), *(Place(name) for name in sorted(pages) if name not in found))


def entries(toctree: Toctree, page: str, pages: Iterable[str]) -> list[str]:
    """Return the pages that a toctree lists."""
    known = set(pages)
    found: list[str] = []
    for line in toctree.entries:
        titled = TITLED.match(line)
        target = titled["target"] if titled else line
        resolve: Callable[[str], str] = lambda each: posixpath.normpath(  # noqa: E731 - one rule, of two uses
            each.lstrip("/") if each.startswith("/") else posixpath.join(posixpath.dirname(page), each)
        )
        if toctree.glob and any(mark in target for mark in "*?["):
            pattern = resolve(target)
            found += [
                name
                for name in sorted(known)
                if _matches(name, pattern) and name not in found and name != page
            ]
            continue
        name = resolve(re.sub(r"\.(md|ipynb|rst)$", "", target))
        if name in known and name not in found:
            found.append(name)
    return found[::-1] if toctree.backwards else found


def _matches(name: str, pattern: str) -> bool:
    """Match as Sphinx does: a star stays within a folder."""
    return name.count("/") == pattern.count("/") and all(
        fnmatchcase(part, its) for part, its in zip(name.split("/"), pattern.split("/"), strict=True)
    )
