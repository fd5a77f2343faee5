"""What is shown while a notebook waits to be asked for: everything else as it is now, and the book's own site as it was."""

import re
from collections.abc import Iterator

import pytest
from support.asked import Asked
from support.built_sites import files_of
from support.warm_books import CODE, PLAIN, add, both, put, write_book

from toolchain.preview.making import Made, Request

SECOND = "\n```{code-cell} ipython3\nprint('second', 6 + 7)\n```\n"
NEW = both(
    add("book/one/new.md", "# New\n\nIt is new.\n"), put("book/one/index.md", "pictures\n", "pictures\nnew\n")
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Give a maker of a book that wants to be asked, whose notebook has two cells and has run."""
    project = write_book(tmp_path_factory.mktemp("waiting") / "book")
    both(add("_config/book.toml", '[serve]\nexecute = "ask"\n'), add(CODE, SECOND))(project)
    with Asked(project) as asked:
        assert run(asked).error == ""
        yield asked


def run(asked: Asked) -> Made:
    """Ask for what waits."""
    asked.number += 1
    return asked.maker.make(Request(asked.number, (), run=True), asked)


def shown(asked: Asked, page: str) -> bytes:
    return (asked.project / f"_build/waiting/html/{page}.html").read_bytes()


def text(page: bytes) -> str:
    article = page.decode().partition("<article")[2].partition("</article>")[0]
    return " ".join(re.sub("<[^>]+>", "", article).split())


def test_all_else_is_shown_and_the_site_stays_until_it_runs(asked: Asked) -> None:
    before = files_of(asked.project)

    made = asked.save(put(CODE, "print(6 * 7)", "print(6 * 8)"))
    assert (made.waiting, made.error) == (("two/code",), "")
    assert [finding.id for finding in made.findings] == ["SRC007"], "that it waits is no finding"
    code = text(shown(asked, "two/code"))
    assert "is shown with what an earlier run put out: what it was computed from has changed since." in code
    assert "print(6 * 8) After it." in code, "what the old code has put out is not beside the new"
    assert "print('second', 6 + 7) second 13" in code

    asked.save(add(PLAIN, "\nMeanwhile.\n"))
    assert asked.early == {"one/plain": shown(asked, "one/plain")}
    assert b"Meanwhile." in asked.early["one/plain"]
    asked.save(put(CODE, "It counts.", "It counts anew."))
    assert asked.early == {"two/code": shown(asked, "two/code")}
    assert "It counts anew. print(6 * 8) After it." in text(asked.early["two/code"])
    asked.save(NEW)
    pages = {
        page: shown(asked, page) for page in ("index", "one/index", "one/new", "one/plain", "references")
    }
    assert "It is new." in text(pages["one/new"])
    assert files_of(asked.project) == before

    assert run(asked).waiting == ()
    assert not (asked.project / "_build/waiting").exists()
    assert "print(6 * 8) 48 After it." in text(asked.page("two/code"))
    assert {page: asked.page(page) for page in pages} == pages


def test_a_cell_that_fails_when_asked_for_is_said_and_what_is_shown_stays(asked: Asked) -> None:
    before = files_of(asked.project)
    assert asked.save(put(CODE, "print(6 * 8)", "1 / 0")).waiting == ("two/code",)

    made = run(asked)
    assert [notebook.name for notebook in made.notebooks if notebook.failure] == ["two/code"]
    assert "1 / 0 After it." in text(shown(asked, "two/code"))
    assert files_of(asked.project) == before

    assert asked.save(put(CODE, "1 / 0", "print(6 * 8)")).waiting == ()
    assert not (asked.project / "_build/waiting").exists()
