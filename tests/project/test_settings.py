"""book.toml: what it may say, and what is said about what it may not."""

import os
from pathlib import Path

import pytest
from support.damage import ODD_FILES

from toolchain import forms
from toolchain.base.errors import ConfigError
from toolchain.project import git, settings

MINIMAL = '[book]\ntitle = "T"\nslug = "a-slug"\nauthors = ["A"]\n'


def write(folder: Path, text: str) -> Path:
    (folder / "_config").mkdir()
    (folder / "_config" / "book.toml").write_text(text, encoding="utf-8")
    return folder


def test_defaults(tmp_path: Path) -> None:
    book_settings = settings.load(write(tmp_path, MINIMAL))

    assert book_settings.book.language == "en"
    assert book_settings.toml.kernel.python == "3.11"
    assert book_settings.toml.pdf.paper == (187.0, 235.0)
    assert [form.name for form in forms.chosen(book_settings)] == ["html", "pdf", "notebooks"]
    assert book_settings.jobs >= 1
    assert book_settings.build == tmp_path / "_build"


def test_forms_are_told_of_in_an_order_of_their_own(tmp_path: Path) -> None:
    options = settings.Options(forms=("notebooks", "html"))

    book_settings = settings.load(write(tmp_path, MINIMAL), options)

    assert [form.name for form in forms.chosen(book_settings)] == ["html", "notebooks"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MINIMAL + 'tittle = "x"\n', "book.toml:5: unknown key 'tittle' in [book]; did you mean 'title'?"),
        (
            MINIMAL + "[kernel]\n\nzzz = 1\n",
            "book.toml:7: unknown key 'zzz' in [kernel]; known here: compute_capabilities",
        ),
        (
            MINIMAL + "[executon]\n",
            "book.toml:5: unknown key 'executon' as a table; did you mean 'execution'?",
        ),
        ('[book]\ntitle = "T"\n', "book.toml:1: [book]: has no `slug`, which has to be there"),
        (
            MINIMAL + '[execution]\ntimeout = "long"\n',
            "book.toml:6: [execution] timeout: is to be a number, and is a text in quotes",
        ),
        (MINIMAL + "[execution]\ntimeout = 0\n", "timeout: is to be a number, more than 0"),
        (
            MINIMAL.replace("a-slug", "My Book"),
            "book.toml:3: [book] slug: is to be lower-case letters, digits and",
        ),
        (MINIMAL + 'forum = "https://a"\n', "[book] forum: is to be an address with {topic} in it"),
        (
            MINIMAL + '[html]\noutputs = "all"\n',
            "book.toml:6: [html] outputs: is to be 'live' or 'static', and is 'all'",
        ),
        (
            MINIMAL + '[sources]\nfolders = [""]\n',
            "folders: is to be a text in quotes of at least 1 character",
        ),
        (MINIMAL + "[pdf]\npaper = [100]\n", "[pdf] paper: is to be a list of 2 things, and has 1"),
        (
            MINIMAL + '[kernel]\npython = "2.7"\n',
            "book.toml:6: [kernel] python: is to be a version of Python such as '3.11'",
        ),
        (MINIMAL + "[pdf.editions]\nprint = 1\n", "[pdf] editions: is to be a table, and is a whole number"),
        ('book = {title = "T", tittle = "x"}\n', "book.toml:1: unknown key 'tittle' in [book]; did you mean"),
        (
            MINIMAL.replace("authors = [", 'authors = [{name = "A", orcid = "0000-0002-1825-0098"}, '),
            "[book] authors: orcid: '0000-0002-1825-0098' has a wrong digit: these would end with 7",
        ),
        (
            MINIMAL + 'isbn = "978-3-16-148410-1"\n',
            "book.toml:5: [book] isbn: '978-3-16-148410-1' has a wrong digit",
        ),
        (
            MINIMAL + '[pdf.editions.print]\nisbn = "0-306-40615-X"\n',
            "book.toml:6: [pdf.editions.print] isbn: '0-306-40615-X' has a wrong digit: these would end with 2",
        ),
        (
            MINIMAL + 'doi = "https://doi.org/10.1/a"\n',
            "book.toml:5: [book] doi: 'https://doi.org/10.1/a' is no DOI",
        ),
        (MINIMAL + "date = 99\n", "book.toml:5: [book] date: "),
        (MINIMAL + "[pdf]\npaper = [1, 2]\n", "book.toml:6: [pdf] paper: is to be a number, at least 80"),
    ],
)
def test_mistake_is_named_with_its_place(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        settings.load(write(tmp_path, text))

    assert message in caught.value.message
    assert caught.value.remedy


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL) / "_config/book.toml"
    path.write_bytes(path.read_bytes().replace(b'"T"', b'"\xe9"'))

    with pytest.raises(ConfigError, match=r"^_config/book\.toml:2: is not UTF-8"):
        settings.load(tmp_path)


@pytest.mark.parametrize("odd", ODD_FILES)
def test_what_is_no_file_has_no_settings(odd: str, tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL) / "_config/book.toml"
    path.unlink()
    ODD_FILES[odd](path)

    with pytest.raises(ConfigError, match=r"^_config/book\.toml: is (no file|a link|larger than)"):
        settings.load(tmp_path)


def test_a_folder_whose_name_is_no_text_is_named(tmp_path: Path) -> None:
    project = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    project.mkdir()

    with pytest.raises(ConfigError, match=r"caf\\xe9: the path is not UTF-8"):
        settings.load(write(project, MINIMAL))


@pytest.mark.parametrize("date", ["abc", "-1", "1e9", "\N{SUPERSCRIPT TWO}", "9" * 30])
def test_a_date_that_is_none_is_named(date: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", date)

    with pytest.raises(
        ConfigError, match=r"^SOURCE_DATE_EPOCH is '.*', which is no number of seconds since 1970"
    ):
        git.epoch(tmp_path, (), tmp_path / "date.json")


def test_all_unknown_keys_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        settings.load(write(tmp_path, MINIMAL + "aaa = 1\nbbb = 2\n"))

    assert len(caught.value.message.splitlines()) == 2
