"""`toolchain plan --explain`: what a notebook's key is made of, laid out for a person."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from toolchain.base import terminal
from toolchain.base.files import sha256_bytes
from toolchain.base.units import count
from toolchain.messages.console import Console
from toolchain.model import ABSENT
from toolchain.plan.planning import Explanation, Input
from toolchain.sources.notebook_files import Question

DIGITS = 12
"""Of a digest, enough to tell two apart by eye."""
LINE = 60
QUESTIONS = {
    Question.KIND: "is it there",
    Question.SIZE: "its size",
    Question.KINDS: "names and kinds",
    Question.SIZES: "names, kinds and sizes",
}


def show(explained: Explanation, *, console: Console) -> None:
    """Print the decision and its reason, each component of the key, and the recorded inputs with their state."""
    verb = "run" if explained.run else "do not run"
    console.print(Text(f"{explained.name}: {verb}, {explained.reason}", style="bold"))
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("key", Text(explained.key[:DIGITS]), "")
    for name, value, digest in _components(explained.components):
        table.add_row(name, value, Text(digest, style="dim"))
    console.print(table)
    if not explained.inputs:
        console.print(
            "no inputs" if explained.stored else "no result of this key, so no inputs are known yet"
        )
        return
    console.print("inputs of its result")
    table = Table(box=None, show_header=False, pad_edge=False)
    for file in explained.inputs:
        state, style = _state(file)
        table.add_row(
            "",
            terminal.name(_name(file.path)),
            Text(state, style=style),
            Text(_short(file.recorded), style="dim"),
        )
    console.print(table)


def _components(components: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield each component's name, value and digest; a later version's too, by its bare value."""
    for name, value in components.items():
        match name:
            case "cells":
                yield "cells", count(len(value), "code cell"), ""
                for number, (source, tags) in enumerate(value, start=1):
                    tagged = f" [{', '.join(tags)}]" if tags else ""
                    yield (
                        f"  {number}",
                        f"{_first_line(source)}{tagged}",
                        _short(sha256_bytes(source.encode())),
                    )
            case "lock":
                yield (
                    "packages",
                    count(len(value), "package"),
                    _short(sha256_bytes("\n".join(value).encode())),
                )
            case "env" | "injected":
                title = "variables" if name == "env" else name
                for number, (variable, text) in enumerate(sorted(value.items()) or [("none", "")]):
                    short = len(text) <= LINE and "\n" not in text
                    yield (
                        "" if number else title,
                        f"{variable}={text}" if short and text else variable,
                        "" if short else _short(sha256_bytes(text.encode())),
                    )
            case "library":
                for number, (used, digest) in enumerate(sorted(value.items()) or [("none", "")]):
                    yield "" if number else name, used, _short(digest)
            case _:
                text = ", ".join(map(str, filter(None, value))) if isinstance(value, list) else str(value)
                yield name, text or "none", ""


def _name(path: str) -> str:
    """Return the path of an input with what the code wanted to know of it, if that was not what is in it."""
    place, _, question = path.partition("//")
    return f"{place or 'all'}: {QUESTIONS[Question(question)]}" if question in list(Question) else path


def _state(file: Input) -> tuple[str, str]:
    """Return what has become of an input, and the colour of it."""
    if file.now == file.recorded:
        return ("still absent" if file.now == ABSENT else "same"), "green"
    if file.recorded == ABSENT:
        return "added", "yellow"
    return ("removed" if file.now == ABSENT else "changed"), "yellow"


def _first_line(source: str) -> str:
    line = source.strip().partition("\n")[0]
    return line if len(line) <= LINE else f"{line[: LINE - 1]}…"


def _short(digest: str) -> str:
    return digest[:DIGITS] if " " not in digest else digest
