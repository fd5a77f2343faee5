"""JSON from elsewhere is data or None, whatever is in it."""

from pathlib import Path

import pytest
from msgspec import Struct

from toolchain.base.decoding import decode_json, read_json


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
