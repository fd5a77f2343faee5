"""What a page offers for its notebook: to download it and its chapter, and to open it in a service that can run it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import nbformat
import pytest
from lxml import html
from support.running import report_of, run_toolchain

from toolchain.forms.notebooks import launch
from toolchain.project import sections
from toolchain.project.book_section import BookSection
from toolchain.project.sections import Launch
from toolchain.project.settings import Settings

REPOSITORY = "https://github.com/example/a-book"


def book_settings(*, repository: str = REPOSITORY, platforms: tuple[str, ...] = ()) -> Settings:
    book = BookSection(title="T", slug="t", authors=("A",), repository=repository)
    kernel = sections.KernelSection(python="3.11", platforms=platforms)
    return Settings(project=Path("/"), toml=sections.BookToml(book=book, kernel=kernel))


@pytest.mark.parametrize(
    ("service", "about", "why"),
    [
        (Launch("binder", "3.11"), book_settings(), ""),
        (
            Launch("colab", "3.12"),
            book_settings(),
            "it has Python 3.12, and the packages in the lock are for 3.11",
        ),
        (
            Launch("colab", "3.11", "Linux (x86-64)"),
            book_settings(platforms=("macOS (Intel)",)),
            "it runs on Linux (x86-64), and the packages in the lock are for macOS (Intel)",
        ),
        (Launch("binder", "3.11", "Linux (x86-64)"), book_settings(platforms=("Linux (x86-64)",)), ""),
        (Launch("jupyterhub", "3.11"), book_settings(), "book.toml does not say where it is"),
        (
            Launch("binder", "3.11"),
            book_settings(repository=""),
            "[book] in book.toml names none that it can open",
        ),
        (
            Launch("colab", "3.11"),
            book_settings(repository="https://gitlab.com/a/b"),
            "[book] in book.toml names none that it can open",
        ),
    ],
)
def test_a_service_is_offered_only_if_it_can_run_the_notebooks(
    service: Launch, about: Settings, why: str
) -> None:
    reason = launch.reason_not_offered(service, about)

    assert why in reason
    assert bool(reason) == bool(why)


@pytest.mark.parametrize(
    ("service", "repository", "url"),
    [
        (
            "colab",
            REPOSITORY,
            "https://colab.research.google.com/github/example/a-book/blob/notebooks/book/c/1-a.ipynb",
        ),
        (
            "binder",
            f"{REPOSITORY}.git",
            "https://mybinder.org/v2/gh/example/a-book/notebooks?urlpath=lab%2Ftree%2Fbook%2Fc%2F1-a.ipynb",
        ),
        (
            "binder",
            "https://git.example.org/x/y",
            "https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fx%2Fy/notebooks?urlpath=lab%2Ftree%2Fbook%2Fc%2F1-a.ipynb",
        ),
        (
            "jupyterhub",
            REPOSITORY,
            (
                "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fexample%2Fa-book"
                "&branch=notebooks&urlpath=lab%2Ftree%2Fa-book%2Fbook%2Fc%2F1-a.ipynb"
            ),
        ),
    ],
)
def test_addresses_of_services(service: str, repository: str, url: str) -> None:
    requested = msgspec.convert(
        {"service": service, "python": "3.11", "url": "https://hub.example.org" * (service == "jupyterhub")},
        Launch,
    )

    button = launch._launcher(requested, "book/c/1-a.ipynb", book_settings(repository=repository))  # noqa: SLF001 - the address is what counts

    assert button.url == url


@pytest.fixture
def project(copy: Callable[[str], Path]) -> Path:
    project = copy("minimal")
    toml = project / "_config/book.toml"
    text = toml.read_text(encoding="utf-8").replace("[kernel]", f'repository = "{REPOSITORY}"\n\n[kernel]', 1)
    toml.write_text(
        f'{text}\n[[notebooks.launch]]\nservice = "binder"\npython = "3.11"\n'
        '[[notebooks.launch]]\nservice = "colab"\npython = "3.12"\n',
        encoding="utf-8",
    )
    return project


def offered(project: Path, page: str) -> dict[str, str]:
    """Return the buttons of a page: text and address."""
    document = html.parse(project / f"_build/html/{page}.html").getroot()
    links = document.xpath("//*[contains(@class, 'dropdown-notebook-buttons')]//a")
    return {" ".join(link.text_content().split()): link.get("href") for link in links}


def test_every_page_offers_its_notebook_and_its_chapter(project: Path) -> None:
    build = run_toolchain("build", "html", "notebooks", project=project)

    assert build.code == 0, build.stdout + build.stderr
    note = "Colab is not offered: it has Python 3.12, and the packages in the lock are for 3.11"
    assert report_of(project)["notes"] == [note]
    assert f"note: {note}" in build.stdout
    buttons = offered(project, "chapter_waves/index")
    assert list(buttons) == ["Notebook", "Chapter", "Binder"]
    for name in ("Notebook", "Chapter"):
        assert (project / "_build/html/chapter_waves" / buttons[name]).resolve().is_file()
    notebook = nbformat.read(project / "_build/html/_notebooks/chapter_waves/index.ipynb", as_version=4)
    nbformat.validate(notebook)
    branch = project / "_build/branch"
    opened = buttons["Binder"].rpartition("lab%2Ftree%2F")[2].replace("%2F", "/")
    assert (branch / opened).is_file()
    assert (branch / "runtime.txt").read_text(encoding="utf-8") == "python-3.11\n"
    assert (branch / "requirements.txt").is_file()
    # The first page is in no chapter.
    first = offered(project, "index")
    assert list(first) == ["Notebook", "Book"]
    assert first["Book"] == "_notebooks/two-pages.zip"
    assert buttons["Chapter"] == "../_notebooks/chapter_waves.zip"


def test_a_site_without_notebooks_offers_none(project: Path) -> None:
    assert run_toolchain("build", "html", "notebooks", project=project).code == 0

    assert run_toolchain("build", "html", project=project).code == 0

    assert offered(project, "chapter_waves/index") == {}
    assert not (project / "_build/html/_notebooks").exists()


def test_a_page_that_stays_out_of_the_bundles_offers_nothing(project: Path) -> None:
    page = project / "book/chapter_waves/index.md"
    page.write_text(page.read_text(encoding="utf-8").replace("kernelspec:", "bundle: false\nkernelspec:"))

    assert run_toolchain("build", "html", "notebooks", project=project).code == 0

    assert offered(project, "chapter_waves/index") == {}
