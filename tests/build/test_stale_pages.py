"""What a build leaves is what a build from nothing makes: no page or file of an extension, or of a page, that is gone."""

import shutil
from pathlib import Path

from support.running import run_toolchain

EXTENSION = '''
"""Writes a page for each page that has the word, one of its own, and a file beside them."""

from pathlib import Path


def pages(app):
    yield "about", {"body": "<p>about</p>", "title": "About"}, "page.html"
    for name in sorted(app.env.found_docs):
        if "a word" in Path(app.env.doc2path(name)).read_text():
            yield f"words/{name}", {"body": "<p>word</p>", "title": f"Words of {name}"}, "page.html"


def beside(app):
    folder = Path(app.outdir, "_static", "mine")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.txt").write_text("mine")


def setup(app):
    app.connect("html-collect-pages", pages)
    app.connect("builder-inited", beside)
    return {"parallel_read_safe": True}
'''
CONF = "import sys\nfrom pathlib import Path\nfrom toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n"
WITH = "sys.path.insert(0, str(Path(__file__).parent))\nextensions = [*extensions, 'mine']\n"
PAGE = "# One\n\nText with a word.\n"


def files(project: Path) -> dict[str, bytes]:
    folder = project / "_build/html"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def built(project: Path) -> dict[str, bytes]:
    run = run_toolchain("build", "html", project=project)
    assert run.code == 0, run.stdout + run.stderr
    return files(project)


def test_pages_and_files_of_what_is_gone_are_gone(tmp_path: Path) -> None:
    project = tmp_path / "book"
    for name, text in {
        "_config/book.toml": '[book]\ntitle = "Pages"\nslug = "pages"\nauthors = ["Its author"]\n',
        "_config/conf.py": CONF + WITH,
        "_config/mine.py": EXTENSION,
        "book/index.md": "# Pages\n\n```{toctree}\none\ntwo\n```\n",
        "book/one.md": PAGE,
        "book/two.md": "# Two\n\nText.\n",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    first = built(project)
    assert {"about.html", "words/one.html", "_static/mine/mine.txt"} <= set(first)

    (project / "book/one.md").write_text(PAGE.replace("a word", "none"), encoding="utf-8")
    (project / "book/two.md").write_text("# Two\n\nNow a word.\n", encoding="utf-8")
    second = built(project)
    assert {name for name in second if name.startswith("words/")} == {"words/two.html"}
    assert "about.html" in second

    (project / "_config/conf.py").write_text(CONF, encoding="utf-8")
    assert run_toolchain("build", "notebooks", project=project).code == 0  # reads all pages anew
    third = built(project)
    shutil.rmtree(project / "_build")
    assert third == built(project)
    assert [path.name for path in (project / "_build").glob("*.new")] == []

    broken = "raise ValueError('not today')\n"
    (project / "_config/conf.py").write_text(CONF + broken, encoding="utf-8")
    assert run_toolchain("build", "html", project=project).code == 2
    assert files(project) == third
