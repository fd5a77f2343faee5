"""What strangers import: nothing half done, and each fault with its place and what to do."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.imported import LEDGER, changes_of, made_of, texts_of

from toolchain.base.errors import ExitCode, ToolchainError
from toolchain.importing import kinds, project
from toolchain.importing.draft import Draft
from toolchain.project import settings

CELL = "```{.python .input}\n1\n```\n"


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def take(folder: Path, target: Path, kind: str = "") -> tuple[Draft, str]:
    """Import a folder, and return the draft with the ledger; the project can be opened."""
    draft, found = kinds.take(folder, kind)
    project.write(draft, target, folder.name, found.title)
    settings.load(target)
    return draft, (target / LEDGER).read_text(encoding="utf-8")


def notebook(*cells: tuple[str, str], metadata: dict[str, object] | None = None) -> str:
    written: list[dict[str, object]] = [
        {"cell_type": kind, "metadata": {}, "source": source}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for kind, source in cells
    ]
    return json.dumps({"cells": written, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 4})


@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"myst.yml": "project:\n  title: [x\n"}, 2, "myst.yml:2: is not YAML"),
        (
            {
                "myst.yml": "project:\n  toc:\n  - file: x.md\n  - file: x.md\n  - file: y\n  - odd: 1\n",
                "x.md": "# X",
            },
            2,
            "x.md is listed here and in line 3; list it once\nmyst.yml:5: y does not exist\nmyst.yml:6: unknown",
        ),
        ({"myst.yml": "project:\n  toc:\n  - pattern: z*\n  - file: x\n"}, 2, "myst.yml:3: the first entry"),
        ({"myst.yml": "project: {}\n"}, 2, "myst.yml: there is no page beside it"),
        ({"myst.yml": "project: {}\n", "x.md": "---\na: [\n---\n"}, 3, "x.md:2: front matter is no YAML"),
        ({"myst.yml": "project: {}\n", "x.md": b"# A\n\xff\n"}, 3, "x.md:2: is not UTF-8"),
        ({"config.ini": "[project\n[project]\n", "index.md": CELL}, 2, "config.ini:1: "),
        ({"x.md": CELL}, 2, "index.md: there is no such page"),
        ({"x.ipynb": '{\n"cells": [\n}'}, 3, "x.ipynb:3: is no valid notebook"),
        ({"x.ipynb": '{"cells": 3, "nbformat": 4}'}, 3, "x.ipynb: is no valid notebook"),
        (
            {"_toc.yml": "format: jb-book\nroot: a\nchapters:\n- file: a\n"},
            2,
            "_toc.yml:4: a is listed here and in line 2",
        ),
        ({"words.txt": "none"}, 2, "is none of what can be imported"),
        ({"_config/book.toml": "[book]\n"}, 2, "is a project of the toolchain already"),
        (
            {"a.ipynb": notebook(), "intro.md": "# I\n", "index.md": "# J\n", "_toc.yml": "root: intro\n"},
            2,
            "is called index",
        ),
    ],
)
def test_a_fault_has_its_place_and_leaves_nothing(
    files: dict[str, str | bytes], code: int, said: str, tmp_path: Path
) -> None:
    folder = write(tmp_path / "theirs", files)

    with pytest.raises(ToolchainError) as caught:
        take(folder, tmp_path / "ours")

    assert said in caught.value.message
    assert caught.value.exit_code == ExitCode(code)
    assert os.listdir(tmp_path) == ["theirs"]  # noqa: PTH208 - the names are enough


def test_a_target_that_is_not_empty_or_within_the_folder_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "theirs", {"a.ipynb": notebook(("code", "1"))})
    full = write(tmp_path / "full", {"x": ""})
    (tmp_path / "empty").mkdir()

    for target in (full, folder / "ours", folder):
        with pytest.raises(ToolchainError, match=r"is there already|nothing is written"):
            take(folder, target)
    take(folder, tmp_path / "empty")
    assert (tmp_path / "empty/book/a.ipynb").is_file()
    assert [path.name for path in folder.iterdir()] == ["a.ipynb"]


def test_what_fails_at_the_end_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "theirs", {"a.ipynb": notebook(("code", "1")), "b.txt": ""})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(project, "copy_file", full)
    with pytest.raises(OSError, match="No space"):
        take(folder, tmp_path / "ours")
    assert os.listdir(tmp_path) == ["theirs"]  # noqa: PTH208 - as above


def test_names_with_spaces_and_accents_links_out_and_circles(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "ihr Bücherl",
        {
            "ein Heft & ä.ipynb": notebook(("code", "1")),
            "sub/_build/x.md": "# Built",
            "sub/what?.md": "# What\n",
        },
    )
    (folder / "leads-out.md").symlink_to("/etc/hosts")
    (folder / "round").symlink_to(".")

    draft, ledger = take(folder, tmp_path / "ours")

    assert set(draft.pages) == {"ein Heft & ä.ipynb", "sub/what?.md"}
    assert "- leads-out.md: it leads out of the folder" in ledger
    assert "- sub/what?.md: its name has ?, which addresses take otherwise" in ledger
    assert 'title = "Ihr Bücherl"' in (tmp_path / "ours/_config/book.toml").read_text(encoding="utf-8")


def test_a_notebook_without_metadata_gets_a_kernel_and_declares_what_it_reads(tmp_path: Path) -> None:
    code = "%matplotlib inline\nimport helper\nopen('../shared/a b.txt'), open('own.txt'), open('../data/all.txt'), '.', '..'"
    files = {"part/n.ipynb": notebook(("code", code)), "top.ipynb": notebook(("code", "import helper"))}
    others = ("part/own.txt", "shared/a b.txt", "data/all.txt", "helper.py", "more.txt")
    wanted = "numpy>=1\n-r more.txt\njupyter-book\n"
    folder = write(tmp_path / "theirs", {**files, **dict.fromkeys(others, ""), "requirements.txt": wanted})

    _, ledger = take(folder, tmp_path / "ours")

    of_part, of_top = (json.loads((tmp_path / f"ours/book/{name}").read_text())["metadata"] for name in files)
    assert of_part["kernelspec"]["name"] == "python3"
    assert of_part["execution"] == {"data": ["book/shared/a b.txt"]}
    assert of_top["execution"] == {"data": ["book/helper.py"]}
    assert (tmp_path / "ours/_config/kernel/cpu.in").read_text() == "numpy>=1\nipykernel\nmyst-nb\n"
    assert "- requirements.txt: `more.txt` in the folder" in ledger
    assert (tmp_path / "ours/requirements.txt").is_file()


@pytest.mark.parametrize("lines", ["\n", "\r\n"])
def test_code_and_formulas_stay_as_they_are_whatever_is_in_them(lines: str, tmp_path: Path) -> None:
    kept = (
        "````md\n```{.python .input}\n:numref:`x` `` ` ``\n```\n````\n\n"
        "$$\n\\text{:eqref:`x`} [@x] Fig. 1.1\n$$\n\n    :label:`indented`\n\n"
        '<!-- :numref:`x` -->\n\n`:label:` $:cite:`a`$ <b title=":numref:`x`">b</b>\n'
    )
    source = (f"# A\n\n{kept}\n{CELL}").replace("\n", lines)
    folder = write(tmp_path / "theirs", {"index.md": source})

    _, ledger = take(folder, tmp_path / "ours", "d2l")

    written = (tmp_path / "ours/book/index.md").read_bytes().decode()
    assert kept.replace("\n", lines) in written
    assert 'execute = "off"' in (tmp_path / "ours/_config/book.toml").read_text(encoding="utf-8")
    assert ("\r" in written) == ("\r" in lines)
    (before,), (after,) = (
        texts_of(path).values() for path in (folder / "index.md", tmp_path / "ours/book/index.md")
    )
    assert made_of(before, list(changes_of(ledger)), after)


def test_labels_that_stand_twice_and_lead_nowhere_are_told(tmp_path: Path) -> None:
    pages = {"index.md": "# A\n:label:`a`\n\n:numref:`b` :odd:`c`\n\n" + CELL, "b.md": "# B\n:label:`a`\n"}
    _, ledger = take(write(tmp_path / "d2l", pages), tmp_path / "one")
    assert "- index.md:1:1: the label a is in b.md:1:1 as well" in ledger
    assert "- index.md:4:1: the label b is nowhere in the book" in ledger
    assert "- index.md:4:13: the role odd has no equal" in ledger

    myst = {"myst.yml": "project: {}\n", "a.md": "(x)=\n# A\n\n(x)=\n## B\n\n[](#y)\n\n```{unknown}\n```\n"}
    _, ledger = take(write(tmp_path / "myst", myst), tmp_path / "two")
    assert "- a.md:4:1: the label x is in a.md:1:1 as well" in ledger
    assert "- a.md:7:1: the label y is nowhere in the project" in ledger
    assert "- a.md:9:1: the directive {unknown} has no equal" in ledger


def test_a_value_that_book_toml_cannot_have_is_left_out(tmp_path: Path) -> None:
    files = {"myst.yml": "project:\n  title: 3\n  github: no repository\n", "a.md": "# A\n"}

    draft, ledger = take(write(tmp_path / "theirs", files), tmp_path / "ours")

    assert draft.toml["book"]["title"] == "3"
    assert "- _config/book.toml: `[book] repository`: 'https://github.com/no repository'" in ledger


def quoted(text: str) -> str:
    return f"project:\n  title: X\n  math:\n    '\\{text}': 'a'\n"


@pytest.mark.parametrize("make", [quoted])
def test_what_a_folder_says_never_becomes_code(make: Callable[[str], str], tmp_path: Path) -> None:
    evil = 'x"]; import os; os.abort(); ["'
    files = {"myst.yml": make(evil), "a.md": "# A\n"}

    take(write(tmp_path / "theirs", files), tmp_path / "ours")

    conf = (tmp_path / "ours/_config/conf.py").read_text(encoding="utf-8")
    names: dict[str, object] = {"configuration": lambda _file: {}, "__file__": ""}
    exec(conf.partition("globals()")[2].partition("\n")[2], names)  # noqa: S102 - that nothing else runs is what is asked
    assert names["mathjax3_config"] == {"tex": {"macros": {evil: "a"}}}
