"""Pages that were parsed before are not parsed again, unless what parses them, or they themselves, have changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from toolchain.model import Parsed
from toolchain.project import settings
from toolchain.project.reach import Reach
from toolchain.sources import parsing, reading


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names of the pages that are parsed from now on."""
    names: list[str] = []
    parse = parsing.parse

    def note(text: str, path: Path, name: str, reach: Reach, extensions: tuple[str, ...]) -> Parsed:
        names.append(name)
        return parse(text, path, name, reach, extensions)

    monkeypatch.setattr(parsing, "parse", note)
    return names


def test_another_parser_parses_every_page_again(
    copy: Callable[[str], Path], parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = settings.load(copy("minimal"))
    pages = ["book/chapter_waves/index.md", "book/index.md"]
    book = reading.read(project)
    assert sorted(parsed) == pages

    parsed.clear()
    assert reading.read(project) == book
    assert parsed == []

    monkeypatch.setattr(reading, "_parser", lambda: "of another version")
    assert reading.read(project) == book
    assert sorted(parsed) == pages
