"""What `_config.yml` and `_toc.yml` say, and what is said of them when they are wrong: all of it, with its lines."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from support.jupyter_book_keys import rows
from support.places import REPOSITORY
from support.running import run_toolchain

from toolchain.base.errors import ConfigError, ExitCode
from toolchain.model.contents import ListedPage, PageList
from toolchain.project import settings
from toolchain.project.jupyter_book.keys import KEYS, OPTIONS
from toolchain.project.jupyter_book.words import in_words_of_jupyter_book
from toolchain.project.settings import Settings

TOC = "format: jb-book\nroot: intro\n"


def opened(folder: Path, *, toc: str | None = TOC, config: str | None = "") -> Settings:
    for name, text in (("_toc.yml", toc), ("_config.yml", config)):
        if text is not None:
            (folder / name).write_text(text)
    return settings.load(folder)


def refused(folder: Path, **files: str | None) -> ConfigError:
    with pytest.raises(ConfigError) as error:
        opened(folder, **files)
    return error.value


BOOK = """\
format: jb-book
root: intro
parts:
- caption: One
  numbered: 2
  chapters:
  - file: a.md
    title: Another title
    sections:
    - file: ./b
- chapters:
  - glob: c/*
  - url: https://example.org
    title: Elsewhere
"""
ARTICLE = """\
format: jb-article
root: intro.md
options: {numbered: true, maxdepth: 1, hidden: false}
sections:
- file: a
- file: b
"""
UNNAMED = """\
root: intro
defaults: {reversed: true}
subtrees:
- caption: One
  entries:
  - file: a
    entries:
    - file: b
"""
BEFORE_0_11 = """\
- file: intro
  numbered: true
- part: One
  chapters:
  - file: a
    sections:
    - file: b
- part: Two
  chapters:
  - file: c
"""


def listed(*targets: str, **options: Any) -> PageList:
    entries = (ListedPage(name, is_pattern="*" in name) for name in targets)
    return PageList(tuple(entries), **options)


FORMATS = {
    BOOK: {
        "intro": (
            listed("a", caption="One", numbered=2, titles_only=True),
            listed("c/*", "https://example.org", titles_only=True),
        ),
        "a": (listed("b", titles_only=True),),
    },
    ARTICLE: {"intro": (listed("a", "b", numbered=999, depth=1, hidden=False, titles_only=True),)},
    UNNAMED: {
        "intro": (listed("a", caption="One", backwards=True),),
        "a": (listed("b", backwards=True),),
    },
    BEFORE_0_11: {
        "intro": (
            listed("a", caption="One", numbered=999, titles_only=True),
            listed("c", caption="Two", numbered=999, titles_only=True),
        ),
        "a": (listed("b", titles_only=True),),
    },
}


@pytest.mark.parametrize("text", FORMATS, ids=["book", "article", "unnamed", "before 0.11"])
def test_contents_of_every_format(text: str, tmp_path: Path) -> None:
    contents = opened(tmp_path, toc=text).contents

    assert contents is not None
    assert contents.root == "intro"
    plain = {
        page: tuple(
            PageList(
                tuple(ListedPage(entry.target, is_pattern=entry.is_pattern) for entry in one.entries),
                *(getattr(one, name) for name in PageList.__struct_fields__[1:]),
            )
            for one in lists
        )
        for page, lists in contents.lists.items()
    }
    assert plain == FORMATS[text]


def test_what_lists_say_to_no_effect_is_named_once(tmp_path: Path) -> None:
    toc = (
        f"{TOC}parts:\n- caption: One\n  numbered: true\n  style: romanupper\n  chapters:\n  - file: a\n"
        "- caption: Two\n  style: romanupper\n  restart_numbering: true\n  chapters:\n  - file: b\n"
    )

    unused = opened(tmp_path, toc=toc).unused

    assert [(key.path, key.line, key.key) for key in unused] == [
        ("_toc.yml", 6, "style"),
        ("_toc.yml", 11, "restart_numbering"),
    ]


def test_titles_and_lines_of_contents(tmp_path: Path) -> None:
    contents = opened(tmp_path, toc=BOOK).contents

    assert contents is not None
    assert contents.lines == {"intro": 2, "a": 7, "b": 10}
    titles = [(entry.title, entry.line) for one in contents.lists["intro"] for entry in one.entries]
    assert titles == [("Another title", 7), ("", 12), ("Elsewhere", 13)]


WRONG = f"""\
{TOC}chapters:
- file: b
- file: b.md
- fil: c
- file: d
  url: https://e.org
- glob: 3
- url: e.org
- file: f
  chapters:
  - file: g
- file: h
  section: []
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["1: has no contents"]),
        ("words", ["1: has no contents"]),
        ("[]", ["1: a list of contents is to begin with `- file:`"]),
        ("format: jb-bok\nroot: a\n", ["1: the format 'jb-bok' is unknown; there are jb-book, jb-article"]),
        ("format: jb-book\nchapters:\n- file: b\n", ["1: `root:` is to be the path of a page"]),
        ("format: jb-book\nroot: a\nroot: b\n", ["3: has the key 'root' twice"]),
        ("format: jb-book\nroot: [a\n", ["2: is not YAML: a list or table begins here and does not end"]),
        ("format: jb-book\nroot: a\nchapters:\n- b\n", ["4: this entry is no page yet; write `- file: b`"]),
        (
            "format: jb-book\nroot: a\nsections:\n- file: b\n",
            ["3: unknown key `sections:`; here they are called `chapters:` or `parts:`"],
        ),
        ("format: jb-book\n\troot: a\n", ["2: is not YAML: there is a tab"]),
        (
            f"{TOC}parts:\n- chapters:\n  - file: b\nchapters:\n- file: c\n",
            ["6: has both `parts:` and `chapters:`"],
        ),
        (
            WRONG,
            [
                "5: b.md is listed here and in line 4; list it once",
                "6: this entry has no `file:`, `glob:` or `url:`",
                "7: this entry has `file:` and `url:`",
                "9: `glob:` is to be a pattern of paths",
                "10: `url:` is to be an address with `://` in it",
                "12: unknown key `chapters:`",
                "15: unknown key `section:`; did you mean `sections:`?",
            ],
        ),
        (
            f"{TOC}options: {{numbered: perhaps, depth: 2}}\nchapters:\n- file: b\n  sections:\n",
            [
                "3: unknown key `depth:`",
                "3: `numbered:` is to be true, false or a whole number",
                "6: `sections:` is to be a list",
            ],
        ),
        (f"{TOC}parts:\n- caption: One\n", ["4: each of the parts is to have `chapters:`"]),
        (
            "- file: a\n- part: One\n  chapters:\n  - file: b\n- file: c\n",
            ["5: pages and parts stand side by side"],
        ),
    ],
)
def test_all_that_is_wrong_in_contents_is_told_at_once(text: str, said: list[str], tmp_path: Path) -> None:
    error = refused(tmp_path, toc=text)

    lines = error.message.splitlines()
    assert len(lines) == len(said), error.message
    for line, begin in zip(lines, said, strict=True):
        assert line.startswith(f"_toc.yml:{begin}")
    assert error.exit_code == ExitCode.USAGE


def test_a_folder_with_one_of_the_files(tmp_path: Path) -> None:
    assert opened(tmp_path, config=None).book.title == "My Jupyter Book"
    (tmp_path / "_toc.yml").unlink()

    assert refused(tmp_path, toc=None).message == "_toc.yml: no such file beside _config.yml"


def test_a_project_of_our_own_is_ours_whatever_else_is_there(tmp_path: Path) -> None:
    (tmp_path / "_config").mkdir()
    (tmp_path / "_config/book.toml").write_text('[book]\ntitle = "Ours"\nslug = "ours"\nauthors = []\n')

    found = opened(tmp_path, config="title: Theirs\n")

    assert found.book.title == "Ours"
    assert found.contents is None


def test_values_of_a_wrong_kind_are_told_at_once(tmp_path: Path) -> None:
    config = (
        "title: [a]\nexecute: often\nhtml:\n  use_issues_button: perhaps\n"
        "bibtex_bibfiles: {a: b}\nsphinx:\n  config:\n    nb_execution_timeout: long\n"
    )

    assert refused(tmp_path, config=config).message.splitlines() == [
        '_config.yml:1: `title:` is to be a text, and is ["a"]',
        "_config.yml:2: `execute:` is to be keys with values, each in a line below it",
        '_config.yml:4: `html: use_issues_button:` is to be true or false, and is "perhaps"',
        '_config.yml:5: `bibtex_bibfiles:` is to be a list of texts, and is {"a": "b"}',
        '_config.yml:8: `sphinx: config: nb_execution_timeout:` is to be a number, and is "long"',
    ]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            "x: y\ntitle: 'A\nb: c\n",
            "2: is not YAML: a text in quotes begins here and does not end; close it",
        ),
        ("title: A: B\n", "1: is not YAML: there is a second colon; put the value in quotes, or"),
        ("title: @A\n", "1: is not YAML: no value begins with @; put it in quotes"),
        ("title: *A*\n", "1: is not YAML: a value begins with * or &; put it in quotes"),
        ("title: A\nauthor\n", "3: is not YAML: here or just above a key has no colon after it"),
        ("title: A\n---\nb: c\n", "2: is not YAML: a second document begins here; remove the line of ---"),
        ("title: A\nlogo: \a\n", "2: has a character that no text has, U+0007; remove it"),
        ("- a\n", "1: has no keys with values; it is to begin with `title: …`"),
        ("title: no\n", "1: `title:` is to be a text, and is false; put it in quotes"),
        ("author: [A, 5]\n", '1: `author:` is to be a list of texts, and is ["A", 5]; put each in quotes'),
        ("execute:\n  timeout: '30'\n", '2: `execute: timeout:` is to be a number, and is "30"; leave out'),
        (
            "parse:\n  myst_enable_extensions: [dolarmath]\n",
            "2: `parse: myst_enable_extensions:` names dolarmath; did you mean dollarmath?",
        ),
        (
            "sphinx:\n  config:\n    myst_enable_extensions: dollarmath\n",
            "3: `sphinx: config: myst_enable_extensions:` is to be a list of texts",
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_words_of_its_author(config: str, said: str, tmp_path: Path) -> None:
    message = refused(tmp_path, config=config).message

    assert message.startswith(f"_config.yml:{said}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("titel: A", "Did you mean title?"),
        ("timeout: 5", "Did you mean execute.timeout?"),
        ("execution: {}", "Did you mean execute?"),
        ("html_theme: other", "An option of Sphinx stands below `sphinx:` and `config:`."),
        ("zzz: 1", "Remove it."),
    ],
)
def test_a_key_that_is_none_is_told_with_the_one_that_is_meant(key: str, remedy: str, tmp_path: Path) -> None:
    (unused,) = opened(tmp_path, config=f"{key}\n").unused

    assert (unused.known, unused.remedy) == (False, remedy)


def test_empty_keys_say_nothing(tmp_path: Path) -> None:
    empty = "title:\nauthor:\nexecute:\nhtml:\n  favicon:\nsphinx:\n  config:\n  extra_extensions:\n"

    assert opened(tmp_path, config=empty).toml == opened(tmp_path, config="").toml


def test_missing_extensions_are_named_at_once_with_the_one_command(tmp_path: Path) -> None:
    config = (
        "sphinx:\n  extra_extensions:\n  - no_such_extension\n  - sphinx_design\n  - sphinxcontrib.no_such\n"
        "  local_extensions:\n    own: _ext\n"
    )

    error = refused(tmp_path, config=config)

    assert error.message.splitlines() == [
        "_config.yml:3: the extension no_such_extension is not installed where the toolchain is",
        "_config.yml:5: the extension sphinxcontrib.no_such is not installed where the toolchain is",
        "_config.yml:7: the extension own is not in _ext",
    ]
    assert "-m pip install no-such-extension sphinxcontrib-no-such\n" in error.remedy


CONFIG = """\
title: "Kleines Buch: Übungen"
author: [Ada, Ben]
exclude_patterns: [drafts, "*.ipynb"]
only_build_toc_files: true
execute: {execute_notebooks: force, timeout: -1, allow_errors: true, exclude_patterns: [slow*]}
html: {use_multitoc_numbering: false, baseurl: "https://example.org"}
bibtex_bibfiles: refs.bib
latex: {latex_documents: {targetname: book.tex, title: In print, author: "Ada \\\\and Ben"}}
sphinx:
  config:
    language: de
    numfig_secnum_depth: 2
    html_theme_options: {show_toc_level: 3}
    latex_elements: {preamble: \\newcommand, papersize: B5paper, pointsize: 12pt}
    latex_theme: {manual: howto}
    mathjax_config: {TeX: {}}
toolchain:
  pdf: {output_lines: 30}
hmtl: {}
"""


def test_what_a_configuration_becomes(tmp_path: Path) -> None:
    found = opened(tmp_path, config=CONFIG)

    book, execution, layout = found.book, found.toml.execution, found.layout
    assert (book.title, book.slug, book.authors) == ("Kleines Buch: Übungen", "book", ("Ada", "Ben"))
    assert (book.language, book.site) == ("de", "https://example.org")
    assert execution.execute == "on"
    assert execution.cell_timeout > 10**8
    assert execution.allow_errors
    assert execution.not_run == ("slow*",)
    assert {"drafts", "*.ipynb"} < {*layout.excluded}
    assert layout.only_listed
    assert layout.restarts
    assert layout.bibliographies == ("refs.bib",)
    assert (found.printed_title, found.printed_authors) == ("In print", ("Ada", "Ben"))
    assert (found.toml.pdf.paper, found.toml.pdf.output_lines) == ((176.0, 250.0), 30)
    assert found.sphinx["numfig_secnum_depth"] == 2
    assert found.sphinx["html_theme_options"] == {"show_toc_level": 3}, (
        "without recursive_update it is replaced"
    )
    assert found.sphinx["latex_elements"] == {"preamble": "\\newcommand", "pointsize": "12pt"}
    assert found.sphinx["mathjax3_config"] == {"TeX": {}}
    assert [(unused.key, unused.line, unused.known) for unused in found.unused] == [
        ("latex_theme", 15, True),
        ("hmtl", 19, False),
    ]


def test_a_paper_that_latex_does_not_know(tmp_path: Path) -> None:
    config = "sphinx:\n  config:\n    latex_elements: {papersize: a99paper}\n"

    (unused,) = opened(tmp_path, config=config).unused

    assert (unused.key, unused.line, unused.known) == ("latex_elements.papersize", 3, True)
    assert "a4paper" in unused.remedy


def test_tables_of_options_are_added_to_if_a_book_wants_that(tmp_path: Path) -> None:
    config = (
        "html: {announcement: Here}\nsphinx:\n  recursive_update: true\n"
        "  config: {html_theme_options: {show_toc_level: 3}}\n"
    )

    options = opened(tmp_path, config=config).sphinx["html_theme_options"]

    assert (options["announcement"], options["show_toc_level"]) == ("Here", 3)


@pytest.mark.parametrize("said", ["off", '"off"', "false"])
def test_notebooks_are_not_run_in_whatever_way_that_is_written(said: str, tmp_path: Path) -> None:
    found = opened(tmp_path, config=f"execute: {{execute_notebooks: {said}}}\n")

    assert found.toml.execution.execute == "off"


def test_every_key_stands_in_the_book_with_what_becomes_of_it() -> None:
    lines = (REPOSITORY / "book/chapter_appendix/jupyter-book.md").read_text().splitlines()

    for keys in (KEYS, OPTIONS):
        wanted = list(rows(keys))
        begin = lines.index(wanted[0])
        assert lines[begin : begin + len(wanted)] == wanted


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            "or raise `cell_timeout` in [execution] of _config/book.toml.",
            "or raise `execute: timeout:` in _config.yml.",
        ),
        (
            "raise `output_limit` in [execution] of _config/book.toml.",
            "raise `toolchain: execution: output_limit:` in _config.yml.",
        ),
        (
            "name its folder in book.toml: [sources] folders = [...].",
            "name its folder in `toolchain: sources: folders: [...]` in _config.yml.",
        ),
        (
            'Set forum = "https://…/{topic}" in [book] of book.toml.',
            'Set `toolchain: book: forum: "https://…/{topic}"` in _config.yml.',
        ),
        (
            "no page [sources] exclude in book.toml leaves out",
            "no page `exclude_patterns:` in _config.yml leaves out",
        ),
        ("correct [check.headings] of book.toml.", "correct `toolchain: check: headings:` in _config.yml."),
        ("a macro, in _config/conf.py.", "a macro, in `sphinx: config:` of _config.yml."),
        ("Put it into the project, below book/data.", "Put it into the project, beside the page."),
        ("Cite it as [book], and [1].", "Cite it as [book], and [1]."),
        (
            "set `anon = true` in [store.options] of book.toml.",
            "set `toolchain: store: options: anon: true` in _config.yml.",
        ),
        (
            "[execution.cluster] workers: none is asked for",
            "`toolchain: execution: cluster: workers:` in _config.yml: none is asked for",
        ),
        (
            "_config/book.toml: [kernel] interpreter: it is not there",
            "`toolchain: kernel: interpreter:` in _config.yml: it is not there",
        ),
        ("Or set `interpreter` in [kernel].", "Or set `toolchain: kernel: interpreter:` in _config.yml."),
        (
            r'For the PDF in _config/conf.py: latex_elements["preamble"] += r"\newcommand{\x}{...}"',
            r"For the PDF in `sphinx: config:` of _config.yml: latex_elements: {preamble: '\newcommand{\x}{...}'}",
        ),
        (
            'say so in _config/conf.py: intersphinx_mapping = {"n": ("https://…", "../_config/n.inv")}.',
            "say so in `sphinx: config:` of _config.yml: intersphinx_mapping: {'n': ['https://…', 'n.inv']}.",
        ),
    ],
)
def test_what_to_do_names_the_keys_that_such_a_book_has(ours: str, theirs: str) -> None:
    assert in_words_of_jupyter_book(ours) == theirs


def test_tables_of_the_toolchains_own_that_do_not_fit_have_a_place(tmp_path: Path) -> None:
    unknown = refused(tmp_path, config="title: A\ntoolchain:\n  pdf: {timout: 3}\n  pfd: {}\n")
    wrong = refused(tmp_path, config="title: A\ntoolchain:\n  pdf:\n    timeout: often\n")
    without_kind = refused(tmp_path, config="toolchain:\n  pdf:\n    editions:\n      mine: {}\n")

    assert unknown.message.splitlines() == [
        "_config.yml:3: unknown key `toolchain: pdf: timout:`; did you mean 'timeout'?",
        "_config.yml:4: unknown key `toolchain: pfd:`; did you mean 'pdf'?",
    ]
    assert (
        wrong.message
        == "_config.yml:4: `toolchain: pdf: timeout:` is to be a number, and is a text in quotes"
    )
    assert without_kind.message == "_config.yml:4: the edition 'mine' has no kind"


def test_whatever_a_command_says_names_the_files_that_such_a_book_has(tmp_path: Path) -> None:
    opened(tmp_path)

    refused_push = run_toolchain("store", "push", project=tmp_path)
    explained = run_toolchain("check", "--explain", "SRC012", project=tmp_path)

    assert "`toolchain: store:` in _config.yml has no push" in refused_push.stderr
    assert "book.toml" not in refused_push.stderr
    assert "`toolchain: check: code_width:` in _config.yml" in explained.stdout


def test_a_page_that_is_listed_and_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text(f"{TOC}chapters:\n- file: not/there\n- glob: none*\n")
    (tmp_path / "intro.md").write_text("# Intro\n")

    built = run_toolchain("build", "html", "--json", project=tmp_path)

    assert built.code == ExitCode.FINDINGS
    places = [(finding["path"], finding["line"], finding["message"]) for finding in built.json["findings"]]
    assert places == [
        ("_toc.yml", 4, "the toctree's not/there leads nowhere"),
        ("_toc.yml", 5, "toctree glob pattern 'none*' didn't match any documents"),
    ]

    (tmp_path / "not").mkdir()
    (tmp_path / "not/there.md").write_text("# There\n")
    (tmp_path / "none.md").write_text("# One\n")

    title = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# One"}
    notebook = {"cells": [title], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "none.ipynb").write_text(json.dumps(notebook))
    built = run_toolchain("build", "html", "--json", project=tmp_path)

    assert built.code == ExitCode.GOOD
    places = [(finding["id"], finding["path"], finding["message"]) for finding in built.json["findings"]]
    assert places == [("SRC044", "none.md", "none.ipynb is the same page, and is shown")]
    assert "not/there.html" in (tmp_path / "_build/html/intro.html").read_text()


def test_the_first_page_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "other.md").write_text("# Other\n")

    built = run_toolchain("build", "html", project=tmp_path)

    assert built.code == ExitCode.SOURCE
    assert "_toc.yml:2: intro.md: no such file" in built.stderr


def test_what_an_extension_of_myst_knows_that_is_not_enabled(tmp_path: Path) -> None:
    opened(tmp_path, config="parse: {myst_enable_extensions: [tasklist]}\n")
    text = "# Intro\n\n\\begin{align}\na &= b\n\\end{align}\n\nWith $\\alpha_1$ and {{ name }}.\n"
    (tmp_path / "intro.md").write_text(text)
    words = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "No heading."}
    stray = {"cells": [words], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "stray.ipynb").write_text(json.dumps(stray))

    built = run_toolchain("build", "html", "--json", project=tmp_path)

    places = [
        (finding["path"], finding["line"], finding["remedy"].partition(" in _config.yml")[0])
        for finding in built.json["findings"]
    ]
    key = "`parse: myst_enable_extensions:"
    assert places == [
        ("intro.md", 3, f"Enable MyST's extension amsmath: {key} ['amsmath', 'tasklist']`"),
        ("intro.md", 7, f"Enable MyST's extension dollarmath: {key} ['dollarmath', 'tasklist']`"),
        ("intro.md", 7, "Say what it stands for in `parse: myst_substitutions:`"),
    ]


def test_no_date_is_shown_where_nobody_knows_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    copyright_ = f"{time.localtime().tm_year} by all of us"
    opened(
        tmp_path, config=f"copyright: {copyright_}\nsphinx: {{config: {{html_last_updated_fmt: 'on %Y'}}}}\n"
    )
    (tmp_path / "intro.md").write_text("# Intro\n")

    built = run_toolchain("build", "html", project=tmp_path)

    page = (tmp_path / "_build/html/intro.html").read_text()
    assert built.code == ExitCode.GOOD
    assert (copyright_ in page, "2000" in page, "Last updated" in page) == (True, False, False)
