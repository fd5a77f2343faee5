"""Regular expressions that an earlier process has compiled are the same that Python compiles."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from toolchain.base import regexes
from toolchain.base.sealed import opened, sealed

EXPRESSIONS = [
    (r"(?P<year>\d{4})-(?P<month>\d\d)", 0),
    (r"^(a|(?P<b>b+?))*(?<=b)c(?!d)$", 8),
    (r"(?i)straße|ﬁn", 0),
    (r"[^\W\d_]+(?#words)", 32),
    (r"(.)(?:x{2,3}+|(?>y*))\1", 16),
    (
        r"""(?x) a  # a letter
            \ b""",
        0,
    ),
    (r"[\u0370-\u03ff\U0001f600-\U0001f64f]", 256),
    ("", 0),
    *((f"number {number}", 0) for number in range(20)),
]
TEXTS = [
    "2024-05",
    "aab\nbbc\nc",
    "STRASSE Straße ﬁn",
    "αβγ x1",
    "axxxa byyb",
    "a b",
    "",
    "number 7",
    "\N{GRINNING FACE}",
]
PROGRAM = """\
import json, re, sys
from pathlib import Path
from toolchain.base import regexes

compile_anew = re._compiler.compile
remember = regexes.remember_in(Path(sys.argv[1]))
compiled = []
parse = re._compiler._parser.parse
re._compiler._parser.parse = lambda text, *rest: (compiled.append(text), parse(text, *rest))[1]
expressions, texts = json.loads(sys.argv[2])
Path("of_code.py").write_text(f"import re\\nALL = [re.compile(*one) for one in {expressions!r}]\\n")
sys.path.insert(0, "")
import of_code
def seen(pattern):
    found = [[m.span(n) for n in range(pattern.groups + 1)] + [m.groupdict(), m.lastgroup]
             for text in texts for m in pattern.finditer(text)]
    return [pattern.pattern, pattern.flags, pattern.groups, dict(pattern.groupindex), repr(pattern), found]
ours = [seen(pattern) for pattern in of_code.ALL]
taken = list(compiled)
theirs = [seen(compile_anew(text, flags)) for text, flags in expressions]
assert re.compile(rb"by(t)es").groups == 1
assert re.compile("of a pass(word)").groups == 1
try:
    re.compile("(")
except re.error:
    pass
remember()
print(json.dumps([ours == theirs, taken, sum(len(row[-1]) for row in ours)]))
"""


def look(file: Path) -> tuple[bool, list[str], int]:
    """Return whether a process has the same expressions with a file as without, which it has compiled, and its matches."""
    command = [sys.executable, "-c", PROGRAM, str(file), json.dumps([EXPRESSIONS, TEXTS])]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, cwd=file.parent)
    assert b"of a pass(word)" not in file.read_bytes()
    same, compiled, matches = json.loads(ran.stdout)
    return same, compiled, matches


def test_what_was_compiled_once_is_not_compiled_again_and_finds_the_same(tmp_path: Path) -> None:
    file = tmp_path / "regexes"
    texts = [text for text, _ in EXPRESSIONS]

    same, compiled, matches = look(file)
    assert same
    assert compiled == texts
    assert matches > 10
    written = file.read_bytes()

    same, compiled, again = look(file)
    assert same
    assert compiled == []
    assert again == matches
    assert file.read_bytes() == written


def damage(what: Any) -> bytes:
    return sealed(msgspec.msgpack.encode(what))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1] + b"0",
        lambda content: content.replace(b"number 7", b"number 8"),
        lambda content: damage({**msgspec.msgpack.decode(opened(content)), "version": "another Python's"}),
        lambda _: damage({"version": 3}),
        lambda _: b"",
    ],
)
def test_a_file_that_is_damaged_or_of_another_python_is_not_used(tmp_path: Path, change: Any) -> None:
    file = tmp_path / "regexes"
    look(file)
    written = file.read_bytes()
    file.write_bytes(change(written))

    same, compiled, _ = look(file)

    assert same
    assert len(compiled) == len(EXPRESSIONS)
    assert file.read_bytes() == written  # made again


def test_for_a_few_new_ones_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "regexes"
    look(file)
    content = msgspec.msgpack.decode(opened(file.read_bytes()))
    content["compiled"] = content["compiled"][regexes.WORTH_IT - 1 :]
    file.write_bytes(fewer := damage(content))

    _, compiled, _ = look(file)

    assert len(compiled) == regexes.WORTH_IT - 1
    assert file.read_bytes() == fewer
