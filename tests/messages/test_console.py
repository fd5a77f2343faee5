"""What is drawn on a terminal: our colours, and the words of others as words."""

import ast
import io
from collections.abc import Iterator
from pathlib import Path

from rich.style import Style
from rich.table import Table
from rich.text import Text

import toolchain
from toolchain.messages.console import Console
from toolchain.messages.drawn import Terminal
from toolchain.messages.progress import Note, NotebookStarted, Plain, StageStarted

PACKAGE = Path(toolchain.__file__).parent


def test_words_are_no_markup_no_commands_and_no_secrets_and_colours_are_ours() -> None:
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, color_system="standard", width=40)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("[red]a[/red] :smile: \x1b[2J", Text("b", style="green"))
    console.print(table)
    console.print("[bold]c\x9b1m", Text("\x1b]0;d\x07", style="red"))
    console.print(Text("e", style=Style(link="https://example.org/\x1b", conceal=True)))
    console.print(Text("http://name:a-password-as-long-as-the-line@host", style="red"))

    assert drawn.getvalue().splitlines() == [
        r"[red]a[/red] :smile: \u001b[2J  " + "\x1b[32mb\x1b[0m",
        r"[bold]c\u009b1m " + "\x1b[31m\\u001b]0;d\x1b[0m",
        "e",
        "\x1b[31mhttp://***@host\x1b[0m",
    ]


def test_a_name_is_shown_in_one_line() -> None:
    lines: list[str] = []
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, width=80)
    with Terminal(console) as terminal:
        for reporter in (Plain(lines.append), terminal):
            reporter(StageStarted(title="a\nb"))
            reporter(NotebookStarted(name="[red]c\n\x1b[2Jd", cell=1, cells=1, host="e\n"))
            reporter(Note(text="f\ng"))
        console.print(terminal.rows.shown)  # what is redrawn eight times a second
    assert lines == [r"a\nb ...", "  run     [red]c\\n\\u001b[2Jd (1 cell) on e\\n", "f\ng"]
    assert r"[red]c\n\u001b[2Jd  cell 1/1" in drawn.getvalue()
    assert "\x1b[2J" not in drawn.getvalue()


PRINTERS = {
    "messages/console.py": {"unfiltered", "stdout", "stderr", "Console"},
    "messages/lines.py": {"unfiltered", "stdout", "stderr"},
    "processes/streams.py": {"unfiltered", "stdout", "stderr"},
    # Their parents read what these print, and look through it.
    "cluster/member.py": {"print"},
    "processes/guard.py": {"write"},
    "processes/landlock.py": {"write"},
    "sphinxext/running.py": {"stdout", "stderr", "print_exc"},
    "sphinxext/application.py": {"stdout", "stderr"},
    "processes/forks.py": {"stdout", "stderr"},
    "sphinxext/__main__.py": {"stdout", "stderr", "print_exc"},
    # Into a log.
    "preview/maker.py": {"stdout", "stderr", "print_exc"},
    # A sentence of its own, as the process ends.
    "processes/signals.py": {"stdout", "stderr", "write"},
    # These only look, or hand the stream on.
    "messages/drawn.py": {"stdout"},
    "messages/logs.py": {"stderr"},
    "messages/progress.py": {"stderr"},
}
"""What each module may name of what people's streams are reached by."""


def named(tree: ast.AST) -> Iterator[str]:
    """Yield what a module names of what leads to people's streams beside `click.echo` and our console."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(
                value=ast.Name(id="sys"), attr=("stdout" | "stderr" | "__stdout__" | "__stderr__") as name
            ):
                yield name
            case ast.Call(func=ast.Name(id="print")):
                yield "print"
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="os"), attr="write"), args=[ast.Constant(), *_]
            ):
                yield "write"
            case (
                ast.Attribute(attr=("unfiltered" | "print_exc") as name)
                | ast.Constant(value="unfiltered" as name)
            ):
                yield name
            case ast.ImportFrom(module=("rich" | "rich.console"), names=names):
                yield from {name.name for name in names} & {
                    "print",
                    "print_json",
                    "inspect",
                    "get_console",
                    "Console",
                }
            case ast.Call(func=ast.Attribute(value=ast.Name(id="subprocess")), keywords=keywords):
                if not {keyword.arg for keyword in keywords} & {"stdout", "capture_output"}:
                    yield "subprocess"
            case ast.ImportFrom(module="sys" | "subprocess", names=names):
                yield from {name.name for name in names}


def test_whoever_prints_does_so_where_it_is_looked_through() -> None:
    printers = {
        path.relative_to(PACKAGE).as_posix(): set(named(ast.parse(path.read_text(encoding="utf-8"))))
        for path in PACKAGE.rglob("*.py")
    }
    assert {name: found for name, found in printers.items() if not found <= PRINTERS.get(name, set())} == {}
