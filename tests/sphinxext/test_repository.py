"""Links of a page to its source, on whatever host the repository is."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import html
from support.running import run_toolchain

from toolchain.sphinxext.repository import FORGES, forge_of


@pytest.mark.parametrize(
    ("repository", "named", "forge"),
    [
        ("https://github.com/group/book", "", "github"),
        ("https://gitlab.com/group/sub/book", "", "gitlab"),
        ("https://gitlab.example.org/group/book", "", "gitlab"),
        ("https://bitbucket.org/group/book", "", "bitbucket"),
        ("https://codeberg.org/group/book", "", "gitea"),
        ("https://git.example.org/github/book", "", None),
        ("https://git.example.org", "", None),
        ("https://git.example.org/group/book", "github", "github"),
        ("https://github.example.org/group/book", "gitea", "gitea"),
    ],
)
def test_a_host_is_known_by_its_name_or_by_what_book_toml_says(
    repository: str, named: str, forge: str | None
) -> None:
    assert forge_of(repository, named) == (FORGES[forge] if forge else None)


def source_links(project: Path, page: str) -> list[str]:
    """Return where the links of a page to the repository lead."""
    document = html.parse(project / f"_build/html/{page}.html").getroot()
    return [link.get("href") for link in document.iter("a") if "git.example.org" in str(link.get("href"))]


@pytest.fixture
def project(copy: Callable[[str], Path]) -> Path:
    """Return a project in a folder of a repository."""
    project = copy("structured")
    subprocess.run(["git", "init", "--quiet", project.parent], check=True)
    return project


def test_pages_link_to_a_repository_on_any_host(project: Path) -> None:
    toml = project / "_config/book.toml"
    text = toml.read_text(encoding="utf-8")
    repository = "https://git.example.org/group/book"
    toml.write_text(text.replace("[book]", f'[book]\nrepository = "{repository}.git"', 1), encoding="utf-8")

    elsewhere = run_toolchain("build", "html", project=project)
    links = source_links(project, "index")
    toml.write_text(
        text.replace("[book]", f'[book]\nrepository = "{repository}"\nforge = "gitea"\nbranch = "a b"', 1),
        encoding="utf-8",
    )
    named = run_toolchain("build", "html", project=project)

    assert elsewhere.code == named.code, named.stderr
    assert links == [repository]
    assert source_links(project, "index") == [
        repository,
        f"{repository}/_edit/a%20b/{project.name}/book/index.md",
        f"{repository}/issues/new?title=Issue%20on%20page%20%2Findex.html",
    ]
    assert source_links(project, "genindex") == [
        repository,
        f"{repository}/issues/new?title=Issue%20on%20page%20%2Fgenindex.html",
    ]
