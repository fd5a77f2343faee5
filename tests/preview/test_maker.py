"""The preview's maker: what it leaves is what `toolchain build` would have made, and edited pages are shown before that."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.asked import Asked, built_clean, differing
from support.warm_books import CODE, OTHERS, PROSE, add, write_book

from toolchain.model.reports import Status


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Give a maker that has built a book once."""
    with Asked(write_book(tmp_path_factory.mktemp("warm") / "book")) as asked:
        assert asked.make().error == ""
        yield asked


def test_edited_text_is_shown_early_as_it_is_built(asked: Asked, tmp_path: Path) -> None:
    wrong = []
    for kind, (page, edit) in PROSE.items():
        made = asked.save(edit)
        assert made.error == "", kind
        if asked.early != {page: asked.page(page)}:
            wrong.append((kind, "early", list(asked.early)))
        if not asked.read() <= {page}:
            wrong.append((kind, "read", sorted(asked.read())))
    assert wrong == []
    assert differing(asked.project, built_clean(asked.project, tmp_path / "clean")) == []


def test_whatever_is_edited_the_site_is_what_a_build_makes(asked: Asked, tmp_path: Path) -> None:
    kinds = list(OTHERS.items())
    for number, (kind, edit) in enumerate(kinds):
        made = asked.save(edit)
        assert made.error == "", kind
        assert asked.early == {page: asked.page(page) for page in asked.early}, kind
        if number % 4 == 3:
            clean = built_clean(asked.project, tmp_path / f"clean-{number}")
            assert differing(asked.project, clean) == [], [name for name, _ in kinds[: number + 1]]


def test_a_cell_edited_runs_its_notebook_and_nothing_is_shown_before(asked: Asked) -> None:
    made = asked.save(add(CODE, "\n```{code-cell} ipython3\nprint('now', 'run')\n```\n"))
    assert [notebook.status for notebook in made.notebooks] == [Status.EXECUTED]
    assert asked.early == {}
    assert b"now run" in asked.page("two/code")
