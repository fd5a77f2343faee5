"""What becomes of a conf.py: of each setting, of code, and of projects that are laid out in other ways."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.imported import LEDGER

from toolchain.base.errors import ConfigError, ExitCode
from toolchain.importing import kinds, project
from toolchain.importing.draft import Draft
from toolchain.project import settings

MYST = 'extensions = ["myst_nb"]\n'


def take(files: Mapping[str, str], tmp_path: Path, kind: str = "") -> tuple[Draft, Path, str]:
    """Import a folder, and return the draft, the project and the ledger's first part; the project can be opened."""
    for name, content in files.items():
        path = tmp_path / "theirs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    draft, found = kinds.take(tmp_path / "theirs", kind)
    assert found.name == "sphinx"
    ours = tmp_path / "ours"
    project.write(draft, ours, "theirs", found.title)
    settings.load(ours)
    return draft, ours, (ours / LEDGER).read_text(encoding="utf-8").partition("## Files")[0]


@pytest.mark.parametrize(
    ("conf", "name", "value"),
    [
        ('project = "A" + " B"', "book.title", "A B"),
        ('v = "1"\nproject = f"A {v}"', "book.title", "A 1"),
        ("copyright = ['2023', '2024']", "book.copyright", "2023, 2024"),
        ("project_copyright = '2024'", "book.copyright", "2024"),
        ("html_baseurl: str = 'https://a.org/b/'", "book.site", "https://a.org/b/"),
        ("exclude_patterns = []\nexclude_patterns += ['a/*']", "sources.exclude", ["a/*"]),
        ("exclude_patterns = ['a/*']\nexclude_patterns.append('b')", "sources.exclude", ["a/*", "b"]),
        ("extensions = [*['sphinx.ext.todo'], 'myst_nb']", "sphinx.extensions", ["sphinx.ext.todo"]),
        ("nb_execution_timeout = 7", "execution.cell_timeout", 7.0),
        ("nb_execution_allow_errors = True", "execution.allow_errors", True),
        ("import os\nos.environ['A'] = 'b'", "execution.env", {"A": "b"}),
        ("latex_documents = [('index', 'x.tex', 'T', r'A \\and B', 'manual')]", "pdf.authors", ("A", "B")),
        (
            "from pathlib import Path\nHERE = Path(__file__).resolve().parent\nhtml_favicon = str(HERE / 'a.svg')",
            "html.favicon",
            "book/a.svg",
        ),
        (
            "from os.path import abspath, join\nhtml_logo = join(abspath('.'), 'a.svg')",
            "html.logo",
            "book/a.svg",
        ),
        (
            "myst_enable_extensions = {'linkify', 'dollarmath', 'odd'}",
            "myst.extensions",
            ["linkify"],
        ),
        (
            "mathjax3_config = dict(tex={'macros': {'R': 'r', 'a2': 'b'}})",
            "math.macros",
            {"R": "r"},
        ),
    ],
)
def test_settings_go_to_book_toml(conf: str, name: str, value: Any, tmp_path: Path) -> None:
    draft, _, _ = take({"conf.py": f"{MYST}{conf}\n", "index.md": "# A\n", "a.svg": "<svg/>"}, tmp_path)

    table, _, key = name.partition(".")
    assert draft.toml[table][key] == value


def names_of(ours: Path) -> dict[str, Any]:
    """Run the conf.py of a project, without what it is given by the toolchain."""
    path = ours / "_config/conf.py"
    text = path.read_text(encoding="utf-8")
    names: dict[str, Any] = {"configuration": lambda _file: {}, "__file__": str(path)}
    exec(compile(text.partition("globals()")[2].partition("\n")[2], path, "exec"), names)  # noqa: S102 - it is the test's own
    return names


def test_code_is_carried_with_what_it_needs_and_finds_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    conf = f"""{MYST}
import json, os
import sys; sys.path.append(os.path.abspath("ext"))
WHERE = os.path.dirname(os.path.abspath(__file__))
def version():
    with open(os.path.join(WHERE, "version.json")) as file:
        return json.load(file)
release = version()
html_title = "Of " + release
_unused_name = os.path
if release > "1": html_short_title = "new"
def linkcode_resolve(domain, info):
    return _shortened(info["module"])
def _shortened(name):
    return name[:2]
def _unused():
    return release
"""
    draft, ours, _ = take(
        {"docs/conf.py": conf, "docs/index.md": "# A\n", "docs/version.json": '"2"', "docs/ext/a.py": ""},
        tmp_path,
    )

    names = names_of(ours)
    assert (names["release"], names["html_title"], names["html_short_title"]) == ("2", "Of 2", "new")
    assert names["linkcode_resolve"]("py", {"module": "abc"}) == "ab"
    assert names.keys().isdisjoint(("_unused_name", "_unused"))
    assert draft.conf.folders == ("book/ext",)


@pytest.mark.parametrize(
    ("conf", "said"),
    [
        (
            "import nobody_has_it\nrelease = nobody_has_it.v",
            "conf.py:2: `import nobody_has_it`: nobody_has_it is not",
        ),
        (
            "import nobody_has_it\nrelease = nobody_has_it.v\nif release: html_title = release",
            "conf.py:4: `if release:`: code that needs `release`, which is not carried",
        ),
        (
            "import os\nif os.environ.get('A'):\n    exclude_patterns = ['a']",
            "conf.py:3: `if os.environ.get('A'):`: code that sets `exclude_patterns`",
        ),
        (
            "import time\ncopyright = str(time.time())",
            "conf.py:3: `copyright = str(time.time())`: code that sets",
        ),
        (
            "import subprocess\nv = subprocess.run(['x'])",
            "conf.py:3: `v = subprocess.run(['x'])`: code that needs",
        ),
        ("import os\nos.system('touch x')", "conf.py:3: `os.system('touch x')`: code that needs os.system"),
        (
            "import sys, os\nsys.path.insert(0, os.environ['A'])",
            "conf.py:3: `sys.path.insert(0, os.environ['A'])`",
        ),
        (
            "import sys\nsys.path.insert(0, '..')",
            "conf.py:3: a folder of modules outside of what is imported",
        ),
        ("html_static_path = ['_static']", "conf.py:2: _static of `html_static_path` is not there"),
        ("html_static_path = list(map(str, 'a'))", "code that sets `html_static_path`"),
        ("html_theme = 'furo'", "conf.py:2: the theme furo"),
        ("numfig = False", "conf.py:2: `numfig = False`"),
        (r"author = '\ud800'", "code that sets `author`"),
        ("copyright = 1e999", "code that sets `copyright`"),
        ("x = ['a']\n" + "x = x + x\n" * 18 + "language = x[0]", "code that sets `language`"),
        (
            "nb_execution_timeout = 'long'",
            "conf.py:2: `nb_execution_timeout`: 'long'\n  It is to be a number.",
        ),
        ("latex_documents = [None, None]", "conf.py:2: all of `latex_documents` but the first"),
        ("latex_theme = 'howto'", "conf.py:2: `latex_theme`"),
        (
            "extensions += [\n  'not_there',\n  'sphinxcontrib.not_there']",
            "conf.py:4: the extension sphinxcontrib.not_there is not installed",
        ),
        (
            "a = root_doc = 'index'\ntitle = root_doc.upper()",
            "conf.py:3: `title = root_doc.upper()`: code that needs",
        ),
    ],
)
def test_what_cannot_be_carried_is_named_with_its_line(conf: str, said: str, tmp_path: Path) -> None:
    _, ours, ledger = take({"conf.py": f"{MYST}{conf}\n", "index.md": "# A\n"}, tmp_path)

    assert f"- {said}" in ledger or said in ledger.partition("## Settings")[0], ledger
    names_of(ours)


def test_nothing_of_a_conf_py_is_run(tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    conf = f"{MYST}__import__('pathlib').Path({str(evil)!r}).touch()\nproject = 'x' + open({str(evil)!r}, 'w').name\n"

    take({"conf.py": conf, "index.md": "# A\n"}, tmp_path)

    assert not evil.exists()


@pytest.mark.parametrize(
    ("conf", "root", "files", "target"),
    [
        ("conf.py", "index", {"README.md": "# R\n", "index.md": "# A\n"}, "index.md"),
        ("source/conf.py", "index", {"source/index.rst": "A\n=\n"}, "index.md"),
        ("docs/source/conf.py", "index", {"docs/source/index.md": "# A\n"}, "index.md"),
        (
            "conf.py",
            "start",
            {"start.md": "# A\n", "b.md": "# B\n\n[a](start.md) {doc}`start`\n"},
            "index.md",
        ),
        (
            "conf.py",
            "contents",
            {"contents.rst": "A\n=\n", "b.rst": "B\n=\n\n:doc:`contents` :doc:`A <contents>`\n"},
            "index.md",
        ),
        ("conf.py", "part/start", {"part/start.md": "# A\n"}, "part/start.md"),
    ],
)
def test_a_project_has_its_pages_where_its_conf_py_is(
    conf: str, root: str, files: dict[str, str], target: str, tmp_path: Path
) -> None:
    setting = "" if root == "index" else f"master_doc = {root!r}\n"

    _, ours, _ = take({conf: MYST + setting, **files}, tmp_path)

    assert "A" in (ours / "book" / target).read_text(encoding="utf-8")
    assert (ours / "book/index.md").is_file()
    assert (ours / "README.md").is_file() == ("README.md" in files)
    other = ours / "book/b.md"
    if other.is_file():
        text = other.read_text(encoding="utf-8")
        assert root not in text
        assert text.count("index") == 2


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"docs/conf.py": "a = (\n", "docs/index.md": "# A\n"},
            "docs/conf.py:1: is no Python that can be read",
        ),
        ({"conf.py": "a = 1\nb = 2 c\n", "index.rst": "A\n=\n"}, "conf.py:2: is no Python that can be read"),
        ({"conf.py": "a = 1\0\n", "index.md": "# A\n"}, "conf.py:1: is no text"),
        ({"conf.py": "a = 1\nroot_doc = 'b'\n", "index.md": "# A\n"}, "conf.py:2: there is no first page: b"),
        ({"docs/conf.py": "", "docs/a.md": "# A\n"}, "docs/conf.py: there is no first page: docs/index"),
        ({"index.md": "# A\n"}, "has no conf.py, nor have docs/"),
    ],
)
def test_a_project_that_cannot_be_read(files: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        take(files, tmp_path, "sphinx")

    assert said in raised.value.message
    assert raised.value.exit_code == ExitCode.USAGE
    assert not (tmp_path / "ours").exists()


def test_pages_are_those_that_sphinx_reads(tmp_path: Path) -> None:
    files = {
        "conf.py": f"{MYST}exclude_patterns = ['old/**']\nsource_suffix = ['.rst', '.txt', '.md']\n"
        "rst_prolog = '.. |x| replace:: y'\n",
        "index.md": "# A\n\n$5 and `$6` and \\$7, [t](t.txt#there)\n",
        "t.txt": ":orphan:\n\nT\n=\n\n|x|",
        "u.rst": "U\n=\n\n::\n\n   ````\n   code\n",
        "u.md": "# U\n",
        "m.myst": "# M\n",
        "old/o.md": "# O\n",
        "_build/html/b.md": "# B\n",
    }

    draft, ours, ledger = take(files, tmp_path)

    assert sorted(page.target for page in draft.pages.values()) == ["index.md", "m.md", "t.md", "u.md"]
    assert "- u.md: it would be the page that u.rst is" in ledger
    book = ours / "book"
    # Without `dollarmath` a dollar is one.
    assert (book / "index.md").read_text() == "# A\n\n\\$5 and `$6` and \\$7, [t](t.md#there)\n"
    assert (book / "t.md").read_text() == (
        "---\norphan: true\n---\n\n````{eval-rst}\n.. |x| replace:: y\n\n\nT\n=\n\n|x|\n````\n"
    )
    assert (book / "u.md").read_text().startswith("`````{eval-rst}\n.. |x| replace:: y\n\nU\n")
    assert draft.toml["sources"]["exclude"] == ["old/**"]


def test_what_lies_beside_the_pages_stays_beside_them(tmp_path: Path) -> None:
    files = {
        "docs/conf.py": MYST + "html_extra_path = ['../extra']\n",
        "docs/index.md": "---\nfile_format: mystnb\n---\n# A\n\n```{code-cell}\nopen('../numbers.csv')\n```\n",
        "docs/requirements.txt": "numpy\n",
        "docs/data/a.csv": "1\n",
        "docs/Makefile": "SPHINXBUILD = sphinx-build\n",
        "Makefile": "all:\n",
        "docs/about.md": "```{include} ../README.md\n```\n",
        "README.md": "# Title of all\n",
        "extra/robots.txt": "",
        "book/other.md": "# Other\n",
        "numbers.csv": "1\n",
    }

    draft, ours, ledger = take(files, tmp_path)

    taken = {path.relative_to(ours).as_posix() for path in ours.rglob("*") if path.is_file()}
    assert taken - {"_config/book.toml", "_config/conf.py", ".gitignore", LEDGER} == {
        *("Makefile", "_config/kernel/cpu.in", "book/data/a.csv", "book/index.md", "docs/requirements.txt"),
        *("extra/robots.txt", "numbers.csv", "README.md", "book/about.md"),
    }
    assert (ours / "book/about.md").read_text(encoding="utf-8") == files["docs/about.md"]
    assert "data: [numbers.csv]" in (ours / "book/index.md").read_text(encoding="utf-8")
    assert draft.conf.options["html_extra_path"] == ["../extra"]
    assert "- book/other.md: a project has other files at its place" in ledger
    assert "| docs/Makefile | `docs/Makefile` | not taken: `toolchain build` does what it did |" in ledger
