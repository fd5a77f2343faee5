"""Front matter, options of cells and metadata of notebooks: values that JSON has, or a sentence with the place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.running import report_of, run_toolchain

from toolchain.base.errors import SourceError
from toolchain.sources.parsing import parse

NOTEBOOK = """\
---
file_format: mystnb
kernelspec: {{name: python3}}
{front}
---

# A page

```{{code-cell}} ipython3
---
mystnb: {{{options}}}
---
1
```
"""
PLAIN = "---\n{front}\n---\n\n# A page\n"
LAUGHS = "\n".join(
    ["n: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    + [
        f"n{below}: &{below} [{', '.join([f'*{above}'] * 10)}]"
        for above, below in zip("abcde", "bcdef", strict=True)
    ]
)
ODD = {
    "no date": ("n: 2024-13-45", ": 2024-13-45 is no date and no number that can be read; put it in quotes"),
    "many digits": (
        f"n: {'9' * 5000}",
        f": {'9' * 40} ... is no date and no number that can be read; put it in quotes",
    ),
    "large": (f"n: {2**63}", "`n` is too large a number; put it in quotes"),
    "not a number": ("n: .nan", "`n` is nan, which is no number in JSON; leave it out, or put it in quotes"),
    "without end": ("n: -.inf", "`n` is -inf, which is no number in JSON; leave it out, or put it in quotes"),
    "zero byte": (r'n: "a\0b"', "`n` has a character that no text has, U+0000"),
    "escape": (r'n: {m: ["a\eb"]}', "`n.m.1` has a character that no text has, U+001B"),
    "half a character": (r'n: "\ud800"', "`n` has a character that no text has, U+D800"),
    "itself": ("n: &n [*n]", "`n` is within itself, or too deep"),
    "deep": (f"n: {'[' * 2000}{']' * 2000}", "too deep"),
    "billions": (LAUGHS, "stands for more than 100,000 values"),
    "bytes": ("n: !!binary aGVsbG8=", "`n` is of a kind that JSON has not (bytes); write a text or a list"),
    "set": ("n: !!set {a, b}", "`n` is of a kind that JSON has not (set); write a text or a list"),
    "number as key": ("n: {1: a}", "`n` has the key 1, which is no text; put it in quotes"),
}


@pytest.mark.parametrize("page", [NOTEBOOK, PLAIN], ids=["notebook", "plain page"])
@pytest.mark.parametrize("kind", ODD)
def test_a_value_that_nobody_means_is_named_with_its_line(kind: str, page: str, tmp_path: Path) -> None:
    front, sentence = ODD[kind]

    with pytest.raises(SourceError, match=r"^book/page\.md:\d+: ") as refused:
        parse(page.format(front=front, options=""), tmp_path / "page.md", "book/page.md")

    assert sentence in refused.value.message


@pytest.mark.parametrize("kind", sorted(ODD.keys() - {"billions"}))
def test_so_it_is_in_the_options_of_a_cell(kind: str, tmp_path: Path) -> None:
    front, _ = ODD[kind]

    with pytest.raises(SourceError, match=r"^book/page\.md:?\d*: "):
        parse(NOTEBOOK.format(front="", options=front), tmp_path / "page.md", "book/page.md")


@pytest.mark.parametrize(
    ("metadata", "cell", "sentence"),
    [
        ({"n": float("nan")}, {}, "metadata: `n` is nan"),
        ({}, {"n": [1, float("inf")]}, "cell 1: metadata: `n.2` is inf"),
        ({}, {"n": 10**30}, "cell 1: metadata: `n` is too large a number"),
        ({"n": "\ud800"}, {}, "metadata: `n` has a character that no text has, U+D800"),
    ],
)
def test_so_it_is_in_the_metadata_of_a_notebook(
    metadata: dict[str, Any], cell: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    code: dict[str, Any] = {
        "cell_type": "code",
        "id": "a",
        "metadata": cell,
        "source": "1",
        "outputs": [],
        "execution_count": None,
    }
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": [code]}

    with pytest.raises(SourceError) as refused:
        parse(json.dumps(notebook), tmp_path / "page.ipynb", "book/page.ipynb")

    assert refused.value.message.startswith(f"book/page.ipynb: {sentence}")


def test_a_date_is_what_its_author_has_written(copy: Callable[[str], Path]) -> None:
    project = copy("reference-to-nothing")
    (project / "book/section.md").write_text(
        NOTEBOOK.format(front="date: 2024-02-29", options="since: 2024-02-29 10:30:00"), encoding="utf-8"
    )

    build = run_toolchain("build", "html", "notebooks", project=project)

    assert build.code == 0, build.stdout + build.stderr
    assert [notebook["status"] for notebook in report_of(project)["notebooks"]] == ["executed"]
    parsed = parse((project / "book/section.md").read_text(encoding="utf-8"), project / "book/section.md", "")
    assert parsed.metadata["date"] == "2024-02-29"
    assert '"since": "2024-02-29 10:30:00"' in parsed.notebook


def test_the_state_of_widgets_is_of_an_earlier_run(tmp_path: Path) -> None:
    state = {
        "application/vnd.jupyter.widget-state+json": {
            "state": {"a": {"state": {"text": "\x1b[1m"} | {"y": [0] * 200_000}}}
        }
    }
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"widgets": state, "title": "Widgets"},
        "cells": [],
    }

    parsed = parse(json.dumps(notebook), tmp_path / "page.ipynb", "book/page.ipynb")

    assert parsed.metadata == {"title": "Widgets"}
    assert "widget" not in parsed.notebook
