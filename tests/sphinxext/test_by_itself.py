"""Sphinx's own commands on a project of ours: the stored results, the numbers of our site, and what says which are missing."""

import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
import requests
from lxml import etree
from nbformat.v4 import new_output
from support.given_results import give
from support.places import REPOSITORY, TESTS
from support.previews import free_port
from support.running import quick_python, run_toolchain
from support.sharing_places import Server, serving
from support.simulated_machines import until

CONF = REPOSITORY / "_config/conf.py"
SECONDS_OF_REST = 2
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n\n"
RUN = """
# One

The sum of $a_{1}$ is in {eq}`total`, drawn in {numref}`fig-line`; here is {download}`the data <data.txt>`.

$$
s &= \\frac12 \\\\ &+ \\begin{cases}1 & x\\\\2 & \\dots\\end{cases} % twice
$$ (total)

```{code-cell} ipython3
---
mystnb:
  figure: {name: fig-line, caption: A line.}
---
draw()
```

```{code-cell} ipython3
print("forty-" + "two")
```

<p>Raw<br>text

A [link to a server](http://127.0.0.1:PORT/there.txt), and one [to nothing](http://127.0.0.1:PORT/nothing).
"""
LINE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0 9 9" stroke="red"/></svg>'
OUTPUTS = (
    [new_output("display_data", {"image/svg+xml": LINE, "text/plain": "<Figure>"})],
    [
        new_output("stream", text="forty-two\n"),
        new_output(
            "display_data",
            {
                "text/html": r'<table class="mathjax_process"><td>\(\beta&lt;2\)</table><i>\(typed\)</i>',
                "text/plain": "a table",
            },
        ),
    ],
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "there.txt").write_text("there")
    server = Server(folder)
    with serving(server):
        yield server


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Path:
    """Give a book of two notebooks, of which one has a result."""
    project = tmp_path_factory.mktemp("by-itself") / "a book"
    (project / "book/part").mkdir(parents=True)
    (project / "_config").mkdir()
    shutil.copytree(TESTS / "kernel", project / "_config/kernel")
    shutil.copyfile(CONF, project / "_config/conf.py")
    (project / "_config/book.toml").write_text(
        '[book]\ntitle = "A book"\nslug = "a-book"\nauthors = ["Me"]\n'
    )
    (project / "book/index.md").write_text(
        "# A book\n\n```{landing}\n```\n\n```{toctree}\n:numbered: 2\n\npart/index\npart/two\n```\n"
    )
    one = RUN.replace("PORT", str(server.server_address[1]))
    (project / "book/part/index.md").write_text(HEAD + one)
    (project / "book/part/data.txt").write_text("1 2 3")
    (project / "book/part/two.md").write_text(HEAD + "# Two\n\n```{code-cell} ipython3\nprint(2)\n```\n")
    give(project, "part/index", OUTPUTS)
    return project


def sphinx(
    folder: Path, *arguments: str | Path, env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run `python -m sphinx` in a folder."""
    return subprocess.run(
        [quick_python().executable, "-m", "sphinx", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", **(env or {})},
    )


def built(book: Path, builder: str, out: Path) -> str:
    """Build with one of Sphinx's builders, on two cores; return what it has warned of."""
    ran = sphinx(book, "-q", "-j", "2", "-b", builder, "-c", "_config", "book", out)
    assert ran.returncode == 0, ran.stderr
    return ran.stderr


def require_shown(html: str) -> None:
    """Require what our site shows of the first page."""
    assert "forty-two" in html
    assert re.search(r'<span class="caption-number">Figure 1\.1\b', html)
    assert re.search(r'<span class="eqno">\(1\.1\)', html)
    assert "Computed on 2026-01-02" in html
    assert html.count('href="#fig-line"') >= 1


def test_the_site_is_the_one_of_a_build_and_what_lacks_is_said_once(book: Path, tmp_path: Path) -> None:
    said = built(book, "html", tmp_path / "html")

    assert said.count("WARNING") == 1
    assert (
        "WARNING: 1 page without outputs, as no stored result fits the code:\n"
        "  book/part/two.md: it has not been run yet\n"
        "Compute what is lacking by `toolchain execute`, and run Sphinx again. [toolchain.results]\n"
    ) in said
    page = (tmp_path / "html/part/index.html").read_text()
    require_shown(page)
    # Formulas of outputs are set where MathJax sets them.
    assert "<mi>β</mi><mo>&lt;</mo><mn>2</mn>" in page
    assert r"<i>\(typed\)</i>" in page
    two = (tmp_path / "html/part/two.html").read_text()
    assert "The code of this page is shown without its outputs: it has not been run yet." in two
    # Nothing is written into the project, and nothing beside the folders that Sphinx was given.
    assert [path.name for path in (book / "_build").iterdir()] == ["store"]
    assert not list(book.rglob("jupyter_execute"))
    assert [path.name for path in tmp_path.iterdir()] == ["html"]
    # A page whose code has changed since shows no output of the code that it had.
    copied = tmp_path / "copied"
    shutil.copytree(book, copied)
    changed = copied / "book/part/index.md"
    changed.write_text(changed.read_text().replace('"two"', '"three"'))
    assert "book/part/index.md: it has not been run yet" in built(copied, "html", tmp_path / "html")
    page = (tmp_path / "html/part/index.html").read_text()
    assert "forty-two" not in page
    assert "without its outputs" in page
    (copied / "book/part/two.md").unlink()
    (copied / "book/index.md").write_text("# A book\n\n```{toctree}\n:numbered: 2\n\npart/index\n```\n")
    shutil.copyfile(book / "book/part/index.md", changed)
    build = run_toolchain("build", "html", "--no-execute", project=copied)
    assert built(copied, "html", tmp_path / "again") == ""
    assert "forty-two" in (tmp_path / "again/part/index.html").read_text()
    files = [
        path for path in (copied / "_build/html").rglob("*") if path.is_file() and path.name != ".buildinfo"
    ]
    assert files, build.stdout
    for path in files:
        assert (
            path.read_bytes() == (tmp_path / "again" / path.relative_to(copied / "_build/html")).read_bytes()
        )


def test_a_page_of_everything_has_it_and_shows_the_numbers_of_the_site(book: Path, tmp_path: Path) -> None:
    built(book, "singlehtml", tmp_path)

    page = (tmp_path / "index.html").read_text()
    require_shown(page)
    assert "<mfrac><mn>1</mn><mn>2</mn></mfrac>" in page
    assert not (tmp_path / "_static/mathjax").exists()
    assert [path.suffix for path in (tmp_path / "_images").iterdir()] == [".svg"]
    assert list((tmp_path / "_downloads").rglob("data.txt"))


def test_pages_in_folders_lead_to_each_other(book: Path, tmp_path: Path) -> None:
    built(book, "dirhtml", tmp_path)

    page = (tmp_path / "part/index.html").read_text()
    require_shown(page)
    assert 'href="two/"' in page
    assert (tmp_path / "part/two/index.html").is_file()


def test_an_epub_has_mathematics_and_pictures_and_is_xml(book: Path, tmp_path: Path) -> None:
    said = built(book, "epub", tmp_path)

    assert said.count("WARNING") == 1, said
    with ZipFile(tmp_path / "a-book.epub") as archive:
        names = archive.namelist()
        pages = {name: archive.read(name) for name in names if name.endswith(".xhtml")}
        package, contents = (etree.fromstring(archive.read(name)) for name in ("content.opf", "toc.ncx"))
    assert not any(name.startswith(".") or "mathjax" in name for name in names)
    assert any(name.startswith("_images/") for name in names)
    trees = {name: etree.fromstring(page) for name, page in pages.items()}
    properties = {
        str(item.get("href")): str(item.get("properties", "")).split()
        for item in package.iter("{*}item")
        if item.get("media-type") == "application/xhtml+xml"
    }
    assert properties.pop("nav.xhtml") == ["nav"]
    has = {"mathml": "{http://www.w3.org/1998/Math/MathML}math", "svg": "{http://www.w3.org/2000/svg}svg"}
    assert properties == {
        name: [said for said, tag in has.items() if next(trees[name].iter(tag), None) is not None]
        for name in properties
    }
    assert "mathml" in properties["part/index.xhtml"]
    sheets = {
        posixpath.normpath(posixpath.join(posixpath.dirname(name), link.get("href", "")))
        for name, tree in trees.items()
        for link in tree.iter("{*}link")
    }
    assert sheets
    assert sheets <= set(names)
    identifier = next(package.iter("{http://purl.org/dc/elements/1.1/}identifier")).text
    assert [meta.get("content") for meta in contents.iter("{*}meta") if meta.get("name") == "dtb:uid"] == [
        identifier
    ]
    first = pages["index.xhtml"].decode()
    assert "landing-authors" in first
    assert "landing-button" not in first, "what only a site has"
    page = pages["part/index.xhtml"].decode()
    require_shown(page)
    formulas = trees["part/index.xhtml"].findall(".//{http://www.w3.org/1998/Math/MathML}math")
    assert len(formulas) == 3
    assert "".join(map(str, formulas[2].itertext())).startswith("β<2")
    assert "½" not in "".join(map(str, formulas[1].itertext()))
    assert [len(list(formulas[1].iter("{*}" + name))) for name in ("mfrac", "mtable")] == [1, 2]
    assert "\\frac" not in re.sub("<annotation.*?</annotation>", "", page)


def test_catalogues_have_the_text(book: Path, tmp_path: Path) -> None:
    built(book, "gettext", tmp_path)

    catalogue = (tmp_path / "part.pot").read_text()
    assert 'msgid "A line."' in catalogue
    assert "The sum of" in catalogue
    assert "forty-two" not in catalogue


def test_links_are_followed(book: Path, tmp_path: Path) -> None:
    ran = sphinx(book, "-q", "-b", "linkcheck", "-c", "_config", "book", tmp_path)

    assert ran.returncode == 1
    links = [json.loads(line) for line in (tmp_path / "output.json").read_text().splitlines()]
    assert {link["uri"].rpartition("/")[2]: link["status"] for link in links} == {
        "there.txt": "working",
        "nothing": "broken",
    }
    assert ran.stderr.count("broken link") == 1


def test_read_the_docs_finds_the_pages_from_the_folder_of_conf_py(book: Path, tmp_path: Path) -> None:
    """A fresh clone has the results that its remote has; the commands are those of Read the Docs."""
    for command in (["init", "-q"], ["add", "book", "_config"], ["commit", "-qm", "A book"]):
        who = ["-c", "user.name=Me", "-c", "user.email=me@example.org"]
        subprocess.run(["git", "-C", book, *who, *command], check=True, capture_output=True)
    clone = tmp_path / "checkout"
    subprocess.run(["git", "clone", "-q", book, clone], check=True)
    output = clone / "_readthedocs"
    variables = {
        "READTHEDOCS": "True",
        "READTHEDOCS_OUTPUT": str(output),
        "READTHEDOCS_CANONICAL_URL": "https://a-book.readthedocs.io/en/latest/",
        "READTHEDOCS_LANGUAGE": "en",
    }
    options = ("-T", "-b", "html", "-d", "_build/doctrees", "-D", "language=en", ".", output / "html")
    without = sphinx(clone / "_config", *options, env=variables)
    assert "Compute what is lacking by `toolchain execute --project ..`, and run" in without.stderr
    assert "2 pages without outputs" in without.stderr
    run_toolchain("store", "push", tmp_path / "shared", project=book)
    pulled = run_toolchain("store", "pull", tmp_path / "shared", project=clone)
    assert pulled.code == 0, pulled.stderr

    ran = sphinx(clone / "_config", *options, env=variables)

    assert ran.returncode == 0, ran.stderr
    page = (output / "html/part/index.html").read_text()
    require_shown(page)
    assert '<link rel="canonical" href="https://a-book.readthedocs.io/en/latest/part/index.html" />' in page
    # What Sphinx keeps below _config is no part of the project: else every page would be read anew in each run.
    again = sphinx(clone / "_config", *options, env=variables)
    assert "0 added, 0 changed, 0 removed" in again.stdout


def test_a_jupyter_book_needs_two_lines(tmp_path: Path) -> None:
    shutil.copytree(TESTS / "books/parts", project := tmp_path / "book")
    shutil.copyfile(CONF, project / "conf.py")

    ran = sphinx(project, "-q", ".", "_build/html")

    assert ran.returncode == 0, ran.stderr
    one = (project / "_build/html/part1/one.html").read_text()
    assert 'src="../_static/logo.png"' in one
    assert "Traceback" not in ran.stderr


def test_what_is_wrong_with_a_project_is_said_as_sphinx_says_it(book: Path, tmp_path: Path) -> None:
    shutil.copytree(book, project := tmp_path / "wrong")
    (project / "_config/book.toml").write_text("[book]\ntitel = 1\n")
    wrong = sphinx(project, "-q", "-c", "_config", "book", tmp_path / "out")
    assert wrong.returncode == 2
    assert "Configuration error!" in wrong.stderr
    assert "_config/book.toml:2: " in wrong.stderr
    shutil.copyfile(book / "_config/book.toml", project / "_config/book.toml")
    (project / "book/part/two.md").write_text("---\nfile_format: [\n---\n\n# Two\n")
    unread = sphinx(project, "-q", "-c", "_config", "book", tmp_path / "out")
    assert unread.returncode == 2
    assert "book/part/two.md:" in unread.stderr
    assert "Exception occurred" not in unread.stderr


def test_sphinx_autobuild_makes_a_saved_page_anew_and_rests_otherwise(book: Path, tmp_path: Path) -> None:
    shutil.copytree(book, project := tmp_path / "book")
    port, log = free_port(), tmp_path / "log"
    command = [
        *(sys.executable, "-m", "sphinx_autobuild", "--port", str(port), "-q"),
        *("-c", "_config", "--watch", "_config", "book", "_build/html"),
    ]
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=project, stdout=output, stderr=output) as autobuild,
    ):
        try:
            address = f"http://127.0.0.1:{port}/part/two.html"
            until(lambda: "Serving on" in log.read_text() and "Two" in asked(address), "first")
            page = project / "book/part/two.md"
            page.write_text(page.read_text() + "\nSomething new.\n")
            until(lambda: "Something new." in asked(address), "the page as it was saved")
            until(lambda: log.read_text().count("Serving on") == 2, "a rest")
            time.sleep(SECONDS_OF_REST)
            assert log.read_text().count("Rebuilding") == 1, log.read_text()
        finally:
            autobuild.terminate()
    assert "without its outputs" in (project / "_build/html/part/two.html").read_text()


def asked(address: str) -> str:
    """Return a page; nothing while nobody answers."""
    try:
        return requests.get(address, timeout=5).text
    except requests.RequestException:
        return ""
