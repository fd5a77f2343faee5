"""All that is written to standard output and standard error is for people, whoever writes it."""

import os
import subprocess
import sys
from functools import cache

import pytest

HOSTILE = "\x1b]0;t\x07\x1b[2J\x9b31m\x7f\r\u202e\u2066\u200b\u2028\ufeff\udc80\U000e0041 ä→字\n\tend"
CLEAR = r"\u001b[2J"
SHOWN = (
    rf"\u001b]0;t\u0007{CLEAR}\u009b31m\u007f\r\u202e\u2066\u200b\u2028\ufeff\udc80\udb40\udc41 ä→字"
    "\n\tend"
)
HOW = {
    "print": "print(text, end='')",
    "click": "click.echo(text, nl=False)",
    "click on standard error": "click.echo(text, err=True, nl=False)",
    "pieces": "for char in text: sys.stdout.write(char)",
    "lines": "sys.stdout.writelines([text])",
    "logging": "logging.basicConfig(stream=sys.stderr, format='%(message)s'); logging.error(text)",
    "standard error": "sys.stderr.write(text)",
    "traceback": "raise ValueError(text)",
}
BEGIN = "import logging, sys, click\nfrom toolchain.processes import streams\nstreams.take_over()\n"


@cache
def written(
    text: str, encoding: str = "utf-8", variables: tuple[tuple[str, str], ...] = ()
) -> dict[str, str]:
    """Return what comes of a text that a process writes in every way, to either stream."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    steps = "".join(
        f"print('\\n=====', flush=True)\n{code}\nsys.stdout.flush(), sys.stderr.flush()\n"
        for code in HOW.values()
    )
    process = subprocess.run(
        [sys.executable, "-c", f"{BEGIN}text = {text!r}\n{steps}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**own, "PYTHONIOENCODING": encoding, **dict(variables)},
        check=False,
    )
    return dict(zip(HOW, process.stdout.decode().split("\n=====\n")[1:], strict=True))


@pytest.mark.parametrize("how", HOW)
def test_nothing_is_written_that_a_terminal_obeys_or_that_nobody_sees(how: str) -> None:
    # click takes colours and the like away itself, where there is no terminal.
    assert (SHOWN.replace(CLEAR, "") if "click" in how else SHOWN) in written(HOSTILE)[how]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_the_persons_encoding_lacks_is_an_escape(encoding: str) -> None:
    for said in written("\u202e 字", encoding).values():
        assert r"\u202e \u5b57" in said


@pytest.mark.parametrize("how", HOW)
def test_no_line_is_a_command_to_githubs_runner(how: str) -> None:
    text = "a::b ##[error]c\n::error::d\n\u00a0 \t::add-mask::e\n:: ##\n[f"
    shown = "a::b ##\\u005berror]c\n\\u003a:error::d\n\u00a0 \t\\u003a:add-mask::e\n\\u003a: ##\n[f"
    assert text in written(text)[how]
    assert shown in written(text, variables=(("GITHUB_ACTIONS", "true"),))[how]


def test_what_lets_somebody_in_is_not_written() -> None:
    said = written("variable-9, http://me:address-9@host", variables=(("AWS_ACCESS_KEY_ID", "variable-9"),))
    assert said["click"] == "***, http://***@host"
