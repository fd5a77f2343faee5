"""JSON from elsewhere is data or None, whatever is in it."""

import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import Struct
from support.damage import ODD_FILES

from toolchain.base.decoding import decode_json, read_json, read_loosely, read_text
from toolchain.base.errors import SourceError


class Named(Struct):
    """Something with a name."""

    name: str


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b'{"name": "a',
        b'{"name": 1}',
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"other": "a"}',
        b'["a"]',
        b'{"name": ' + b"[" * 100_000,
        b'{"other": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=[
        "empty",
        "zero",
        "cut off",
        "type",
        "UTF-8",
        "surrogate",
        "lacking",
        "list",
        "nested",
        "nested unread",
    ],
)
def test_what_is_damaged_is_nothing(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)

    assert decode_json(content, Named) is None
    assert read_json(path, Named) is None


def test_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert read_json(tmp_path / "state.json", Named) is None
    assert read_json(tmp_path, Named) is None
    (tmp_path / "state.json").write_bytes(b'{"name": "a"}')
    assert read_json(tmp_path / "state.json", Named) == Named("a")


MANY_THREADS = """
import sys, threading
import msgspec
from toolchain.base import decoding

sys.setswitchinterval(1e-6)
for number in range(150):
    kind, value = msgspec.defstruct("Inner", [("name", str)]), {"name": "a"}
    for depth in range(8):
        fields = [("inner", kind), ("names", dict[str, list[int] | str], {})]
        kind, value = msgspec.defstruct(f"Outer{depth}", fields), {"inner": value, "names": {"a": [1]}}
    barrier = threading.Barrier(4)

    def read(kind=kind, value=value, barrier=barrier):
        barrier.wait()
        assert isinstance(decoding.decode_json(msgspec.json.encode(value), kind), kind)
        assert isinstance(decoding.decode_msgpack(msgspec.msgpack.encode(value), kind), kind)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_that_read_the_same_kind_for_the_first_time_do_not_end_the_process() -> None:
    run = subprocess.run([sys.executable, "-c", MANY_THREADS], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("odd", ODD_FILES)
def test_what_is_no_file_is_not_looked_into(odd: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    ODD_FILES[odd](path)

    assert read_json(path, Named) is None
    assert read_loosely(path) == ""
    with pytest.raises(SourceError, match=r"^book/file: is (no file|a link that leads|larger than 20)"):
        read_text(path, "book/file", SourceError)


def test_text_is_read_as_editors_leave_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")

    assert read_text(path, "file", SourceError) == read_loosely(path).removeprefix("\ufeff") == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a\r\nb\xff", "file:2: is not UTF-8"), (b"a\n\0", "file:2: is no text: there is a zero byte")],
)
def test_what_is_no_text_is_named_with_its_line(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(SourceError) as refused:
        read_text(path, "file", SourceError)

    assert refused.value.message.startswith(said)
