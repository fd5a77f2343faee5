"""What a cell printed, as it is kept."""

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from toolchain.execute.streams import as_shown, coalesce


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n", "plain\n"),
        (" 10%\r 50%\r100%\n", "100%\n"),
        ("kept\r\nkept\r\n", "kept\r\nkept\r\n"),
        ("one\n 1\r 2\nthree\r", "one\n 2\nthree\r"),
        ("1/3\b\b\b2/3\b\b\b3/3\n", "3/3\n"),
        ("\b\bx", "x"),
        (
            "\router 0/2\n\rin 3/3\x1b[A\router 1/2\n\rin 1/3\rin 3/3\x1b[A\router 2/2\n\n",
            "outer 2/2\nin 3/3\n",
        ),
        ("one\ntwo\x1b[1A\r\x1b[2Kwon\x1b[9B\rthree", "won\nthree"),
        ("\x1b[99Aa\x1b[9999Bb\n", "ab\n"),
    ],
)
def test_what_is_typed_over_is_gone(text: str, shown: str) -> None:
    assert as_shown(text) == shown


def test_a_line_of_megabytes_takes_no_time() -> None:
    line = "x" * 5_000_000

    assert as_shown(f"{line}\r{line}\by") == f"{line[:-1]}y"


def test_many_lines_that_are_gone_back_to_take_no_time() -> None:
    bars = "".join(f"\router {n}\n\rinner {n}\x1b[9999B\x1b[A" for n in range(100_000))

    assert as_shown(bars) == "outer 99999\ninner 99999"


def stream(name: str, text: str) -> NotebookNode:
    return new_output("stream", name=name, text=text)


def test_streams_are_put_together_at_their_first_places() -> None:
    picture = new_output("display_data", data={"text/plain": "picture"})
    outputs = [stream("stdout", "a\n"), picture, stream("stdout", "5%\r"), stream("stdout", "10%\n")]

    assert coalesce(outputs) == [stream("stdout", "a\n10%\n"), picture]


def test_stdout_stands_before_stderr_whichever_came_first() -> None:
    outputs = [stream("stderr", "warning\n"), stream("stdout", "text\n"), stream("stderr", "more\n")]

    assert coalesce(outputs) == [stream("stdout", "text\n"), stream("stderr", "warning\nmore\n")]
