"""All that is written to standard output and standard error is for people, whoever writes it."""

import os
import subprocess
import sys

import pytest

HOSTILE = "\x1b]0;t\x07\x1b[2J\x9b31m\x7f\r\u202e\u2066\u200b\u2028\ufeff\udc80\U000e0041 ä→字\n\tend"
CLEAR = r"\u001b[2J"
SHOWN = (
    rf"\u001b]0;t\u0007{CLEAR}\u009b31m\u007f\r\u202e\u2066\u200b\u2028\ufeff\udc80\udb40\udc41 ä→字"
    + "\n\tend"
)
WRITE = """
import logging, sys, warnings, click
from toolchain.processes import streams
streams.take_over()
text = {text!r}
logging.basicConfig(stream=sys.stderr, format="%(message)s")
match {how!r}:
    case "print": print(text, end="")
    case "click": click.echo(text, nl=False)
    case "click on standard error": click.echo(text, err=True, nl=False)
    case "pieces":
        for char in text: sys.stdout.write(char)
    case "lines": sys.stdout.writelines([text])
    case "logging": logging.error(text)
    case "standard error": sys.stderr.write(text)
    case "traceback": raise ValueError(text)
"""
HOW = (
    "print",
    "click",
    "click on standard error",
    "pieces",
    "lines",
    "logging",
    "standard error",
    "traceback",
)


def written(how: str, text: str, **env: str) -> str:
    """Return what a process writes, to either stream."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    process = subprocess.run(
        [sys.executable, "-c", WRITE.format(how=how, text=text)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**variables, "PYTHONIOENCODING": "utf-8", **env},
        check=False,
    )
    return process.stdout.decode()


@pytest.mark.parametrize("how", HOW)
def test_nothing_is_written_that_a_terminal_obeys_or_that_nobody_sees(how: str) -> None:
    # click takes colours and the like away itself, where there is no terminal.
    assert (SHOWN.replace(CLEAR, "") if "click" in how else SHOWN) in written(how, HOSTILE)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_the_persons_encoding_lacks_is_an_escape(encoding: str) -> None:
    for how in ("print", "click"):
        assert r"\u202e \u5b57" in written(how, "\u202e 字", PYTHONIOENCODING=encoding)


@pytest.mark.parametrize("how", HOW)
def test_no_line_is_a_command_to_githubs_runner(how: str) -> None:
    text = "a::b ##[error]c\n::error::d\n\u00a0 \t::add-mask::e\n:: ##\n[f"
    shown = "a::b ##\\u005berror]c\n\\u003a:error::d\n\u00a0 \t\\u003a:add-mask::e\n\\u003a: ##\n[f"
    assert text in written(how, text)
    said = written(how, text, GITHUB_ACTIONS="true")
    assert shown in (said if how != "traceback" else said.replace("ValueError: ", ""))


def test_what_lets_somebody_in_is_not_written() -> None:
    said = written("click", "variable-9, http://me:address-9@host", MY_TOKEN="variable-9")
    assert said == "***, http://***@host"
