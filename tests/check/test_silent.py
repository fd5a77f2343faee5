"""A page in whose words a check has found nothing is not searched again until its words change, and only then."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from toolchain.check.silent import Silent
from toolchain.model import PageFacts, Passage


class Search:
    """Looks for a letter, and counts the texts that it is given."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.texts: list[str] = []

    def __call__(self, letter: str, *texts: str) -> list[str]:
        """Return what a build finds that looks into these texts, and remembers."""
        page = PageFacts("book/page.md", passages=tuple(map(Passage, texts)))
        silent = Silent(self._file)
        found = [f"{passage.text}: {it}" for passage, it in silent.search(page, letter, self._find(letter))]
        silent.save()
        return found

    def _find(self, letter: str) -> Callable[[str], list[str]]:
        def find(text: str) -> list[str]:
            self.texts.append(text)
            return re.findall(letter, text)

        return find


def test_words_are_searched_again_only_where_they_have_changed_or_something_was_found(tmp_path: Path) -> None:
    search = Search(tmp_path / "silent.json")

    assert search("x", "one", "two") == []
    assert search("x", "one", "two") == []
    assert search.texts == ["one", "two"]
    assert search("o", "one", "two") == ["one: o", "two: o"]
    assert search("o", "one", "two") == ["one: o", "two: o"]
    assert search.texts == ["one", "two"] * 3
    assert search("x", "one", "six") == ["six: x"]
    assert search("x", "one", "six") == ["six: x"]
    assert search("x", "one", "two") == []  # what the book has no more is forgotten
    assert search.texts == ["one", "two"] * 3 + ["one", "six"] * 2 + ["one", "two"]


def test_what_is_damaged_or_of_other_code_is_searched_again(tmp_path: Path) -> None:
    search = Search(tmp_path / "silent.json")
    for content in ("{", '{"by": "other", "searches": {}}', "[]", ""):
        search("x", "one")
        (tmp_path / "silent.json").write_text(content)
        search.texts.clear()
        assert search("x", "one") == []
        assert search.texts == ["one"], content


def test_a_whole_text_is_searched_again_only_when_it_has_changed_or_something_was_found(
    tmp_path: Path,
) -> None:
    texts: list[str] = []

    def search(letter: str, text: str) -> list[str]:
        def find(text: str) -> Iterator[str]:
            texts.append(text)
            yield from re.findall(letter, text)

        silent = Silent(tmp_path / "silent.json")
        found = list(silent.search_text(text, letter, find))
        silent.save()
        return found

    assert search("x", "one\ud800") == []
    assert search("x", "one\ud800") == []
    assert texts == ["one\ud800"]
    assert [search("x", "six"), search("x", "six"), search("s", "six")] == [["x"], ["x"], ["s"]]
    assert texts[1:] == ["six"] * 3
