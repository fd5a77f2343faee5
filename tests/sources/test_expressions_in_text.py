"""Which expressions a page's text has, as MyST reads it, with their places: the same that Sphinx will ask for."""

import json
from pathlib import Path

import pytest

from toolchain.model import Expression
from toolchain.sources import parsing

FRONT = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"
PAGE = """\
# Title {eval}`a`

```{code-cell}
x = "{eval}`no`"
```

Text {Eval}`len(a) + 1` in {eval}`a
b`, `{eval}` no`, ``{eval}`no` ``, \\\\{eval}`no`.
% {eval}`no`
<!-- {eval}`no` -->

```text
{eval}`no`
```

    {eval}`no`

:::{note} Title {eval}`c`
Body {eval}`d`[^f]

```{figure} x.png
:alt: {eval}`option`

Caption {eval}`e`
```
:::

[^f]: Footnote {eval}`f`

| {eval}`g` |
|-----------|
| {eval}`h` |

```{eval} [a,  b]
```

~~~{list-table} Title {eval}`i`
* - {eval}`j`
~~~

```{code-block} python
:caption: Caption {eval}`k`
{eval}`no`
```

```{code-cell}
y = 1
```

$x = {eval}`formula`$ ![{eval}`words`](x.png)

```{math}
{eval}`formula`
```

{eval}`a` and {eval}`a`, and ``` {eval}`no` ```.

```{eval:figure} plot
Caption {eval}`l`
```

<b>{eval}`m`</b>

<div>
{eval}`html`
</div>
"""
EXPECTED = [
    ("a", 0, ""),
    ("len(a) + 1", 1, ""),
    ("a b", 1, ""),
    ("c", 1, ""),
    ("d", 1, ""),
    ("option", 1, "an option"),
    ("e", 1, ""),
    ("f", 1, ""),
    ("g", 1, ""),
    ("h", 1, ""),
    ("[a,  b]", 1, ""),
    ("i", 1, ""),
    ("j", 1, ""),
    ("k", 1, ""),
    ("formula", 2, "a formula"),
    ("words", 2, "an alternative text"),
    ("formula", 2, "a formula"),
    ("a", 2, ""),
    ("a", 2, ""),
    ("plot", 2, ""),
    ("l", 2, ""),
    ("m", 2, ""),
    ("html", 2, "raw HTML"),
]


def expressions(name: str, text: str) -> tuple[Expression, ...]:
    return parsing.parse(text, Path(name), name).expressions


def test_they_are_found_where_sphinx_asks_for_them_with_their_lines() -> None:
    text = f"{FRONT}\n\n{PAGE}"
    lines = text.splitlines()

    found = expressions("page.md", text)

    assert [(found.source, found.after, found.unread) for found in found] == EXPECTED
    for expression in found:
        words = expression.source.split()[0]
        assert f"`{words}" in lines[expression.line - 1] or f"}} {words}" in lines[expression.line - 1]


def test_a_page_without_cells_has_them_too() -> None:
    (found,) = expressions("page.md", "# Title\n\nA page with {eval}`1 + 1`.\n")

    assert found == Expression(source="1 + 1", after=0, line=3)


@pytest.mark.parametrize("tags", [[], ["remove-cell"]])
def test_cells_of_markdown_in_a_notebook_have_them_unless_they_are_removed(tags: list[str]) -> None:
    def cell(kind: str, source: str, tags: list[str]) -> dict[str, object]:
        code: dict[str, object] = {"outputs": [], "execution_count": None} if kind == "code" else {}
        return {"cell_type": kind, "source": source, "metadata": {"tags": tags}, **code}

    cells = [cell("code", "x = 1", tags), cell("markdown", "{eval}`x`", tags), cell("raw", "{eval}`x`", [])]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}

    found = expressions("page.ipynb", json.dumps(notebook))

    assert found == (() if tags else (Expression(source="x", after=1, line=0),))


def test_a_page_that_only_speaks_of_them_has_none() -> None:
    assert expressions("page.md", f"{FRONT}\n# Title\n\nWrite `` {{eval}}`x` `` for it.\n") == ()
