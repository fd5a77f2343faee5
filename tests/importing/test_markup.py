"""What becomes of each piece of markup, wherever it stands: in lists, quotations, tables, captions, other directives."""

from pathlib import Path

import pytest
from support.imported import LEDGER, changes_of, made_of

from toolchain.importing import kinds, project

FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"
CONFIG = "[build]\ntabs = one, two\n[library]\nlib_file = own/one.py\n"
TITLED = "# A page\n\n"
CELL = "```{code-cell} ipython3\n"
ITEM = ":::::{tab-item}"
D2L = {
    "of a heading": ("## B\n:label:`b`\n:label:`c`\nText.", "(b)=\n(c)=\n## B\nText."),
    "of a heading with a line below": ("B\n---\n:label:`b`\n\nText.", "(b)=\nB\n---\n\nText."),
    "in bold, in a link": ("**:eqref:`a`** [:cite:`w`](x.md)", "**{eq}`a`** [{cite:p}`w`](x.md)"),
    "in a list": (
        "* One\n\n  ![Cap :citet:`w`](a.svg)\n  :label:`a`",
        "* One\n\n  :::{figure} a.svg\n  :name: a\n\n  Cap {cite:t}`w`\n  :::",
    ),
    "apart from its figure": (
        "![Cap](a.svg)\n\n:label:`a`\n:width:`9px`\n\nText.",
        ":::{figure} a.svg\n:name: a\n:width: 9px\n\nCap\n:::\n\n\nText.",
    ),
    "a file with a space": ("![C](<a b.svg>)", ":::{figure} a b.svg\n\nC\n:::"),
    "no figure": ("![Cap](a.svg) and words", "![Cap](a.svg) and words"),
    "an equation in a paragraph": ("So\n$$x$$\n:eqlabel:`a`\nand", "So\n\n$$x$$ (a)\n\nand"),
    "an equation in a list": ("* So\n  $$x$$\n  :eqlabel:`a`", "* So\n  \n  $$x$$ (a)\n"),
    "a table in whose cell is an image": (
        "|A|\n|-|\n|![i](a.svg)|\n:Of :eqref:`a`\n:label:`t`",
        ":::{table} Of {eq}`a`\n:name: t\n\n|A|\n|-|\n|![i](a.svg)|\n:::",
    ),
    "a tab alone": (
        ":begin_tab:`x`\nText\n:end_tab:",
        "::::::{tab-set}\n:::::{tab-item} x\nText\n:::::\n::::::",
    ),
    "a cell that is saved": (
        "```{.python .input}\n#@save\nimport os\ndef f(): pass\n```",
        "```{code-cell} ipython3\n:tags: [save]\nimport os\ndef f(): pass\n```",
    ),
    "a cell of which a part is saved": (
        "```{.python .input}\nx = 'ä'\n\n@g  #@save\ndef f(): pass\nprint(1)\n```",
        f"{CELL}x = 'ä'\n```\n\n{CELL}:tags: [save]\n@g\ndef f(): pass\n```\n\n{CELL}print(1)\n```",
    ),
    "a cell with magics": (
        "```{.python .input}\n%matplotlib inline\nfrom own import one as o\n```",
        "```{code-cell} ipython3\n%matplotlib inline\nimport own as o\n```",
    ),
    "a cell of the shell": ("```{.bash .input}\nls\n```", "```{code-cell} ipython3\n%%bash\nls\n```"),
    "a cell of two tabs": (
        "```{.python .input n=1}\n#@tab two, one\n1\n```",
        "```{code-cell} ipython3\n1\n```",
    ),
    "cells of other tabs": (
        "```{.python .input}\n%%tab two\n1\n```\n\n```{.python .input}\n#@tab three\n2\n```",
        f"::::::{{tab-set}}\n{ITEM} two\n```python\n1\n```\n:::::\n\n{ITEM} three\n```python\n2\n```\n:::::\n::::::",
    ),
}
MYST = {
    "in a cell of a table": ("| A |\n|---|\n| [](#s) \\| x |", "| A |\n|---|\n| {ref}`s` \\| x |"),
    "in bold, in a link": (
        "**@w** [**x [](#s)**](http://x.org)",
        "**{cite:t}`w`** [**x {ref}`s`**](http://x.org)",
    ),
    "no key": ("me@w.org `@w` $@w$ \\@w", "me@w.org `@w` $@w$ \\@w"),
    "keys with words": ("[e.g. @w, pp. 3; -@w]", "{cite:p}`{e.g.}w{pp. 3},w`"),
    "a year": ("[-@w]", "{cite:year}`w`"),
    "a note with a title in a quotation": (
        "> ```{note} T\n> [](#s)\n> ```",
        "> ```{admonition} T\n> :class: note\n> {ref}`s`\n> ```",
    ),
    "a note with a title and YAML": (
        "````{note}\n```{tip} T\n---\nlabel: l\n---\nx\n```\n````\n[](#l)",
        "````{note}\n```{admonition} T\n---\nclass: tip\nname: l\n---\nx\n```\n````\n{ref}`T <l>`",
    ),
    "a card in a grid": (
        "::::{grid} 2\n:::{card} T\n:label: l\nx\n:::\n::::",
        "::::{grid} 2\n(l)=\n:::{grid-item-card} T\nx\n:::\n::::",
    ),
    "labels of mathematics": ("$$\na \\label{e}\n$$\n[](#e)", "$$\na\n$$ (e)\n{eq}`e`"),
    "a paragraph with a label": ("(p)=\nWords, [](#p), [so](#p)", "(p)=\nWords, {ref}`p <p>`, [so](#p)"),
    "addresses": (
        "<doi:10.1/x> [](wiki:A_b) [x](doi:10.1/x)",
        "<https://doi.org/10.1/x> [A b](https://en.wikipedia.org/wiki/A_b) [x](https://doi.org/10.1/x)",
    ),
    "a frame": (
        "```{iframe} http://x.org/?a&b\n:width: 9\nSaid.\n```",
        '<iframe src="http://x.org/?a&amp;b" width="9"></iframe>\n\nSaid.',
    ),
    "code": ("```{code} python\n:filename: a.py\n[](#s) @w\n```", "```{code-block} python\n[](#s) @w\n```"),
    "a cell": (
        "```{code-cell} python\n#| label: f\n#| caption: C\n#| tags: [a]\n1\n```\n[](#f)",
        "```{code-cell} python\n---\ntags:\n- a\nmystnb:\n  figure:\n    caption: C\n    name: f\n---\n1\n```\n{numref}`f`",
    ),
}


def imported(files: dict[str, str], tmp_path: Path) -> tuple[str, str]:
    """Import a folder, and return its page and the ledger's word on whether nothing else was changed."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    draft, kind = kinds.take(folder)
    project.write(draft, tmp_path / "ours", "theirs", kind.title)
    ledger = (tmp_path / "ours" / LEDGER).read_text(encoding="utf-8")
    page = (tmp_path / "ours/book/index.md").read_text(encoding="utf-8")
    changes = [change for change in changes_of(ledger) if change.path == "index.md"]
    assert made_of(files["index.md"], changes, page), ledger
    return page, ledger


@pytest.mark.parametrize(("there", "here"), D2L.values(), ids=D2L)
def test_markup_of_d2lbook(there: str, here: str, tmp_path: Path) -> None:
    page, _ = imported({"index.md": f"{TITLED}{there}\n", "config.ini": f"[project]\n{CONFIG}"}, tmp_path)

    front = FRONT if "code-cell" in here else ""
    assert page == f"{front}{TITLED}{here}\n"


@pytest.mark.parametrize(("there", "here"), MYST.values(), ids=MYST)
def test_markup_of_mystmd(there: str, here: str, tmp_path: Path) -> None:
    files = {
        "index.md": f"(s)=\n{TITLED}{there}\n",
        "myst.yml": "project: {}\n",
        "w.bib": "@book{w, title={W}}\n",
    }
    page, _ = imported(files, tmp_path)

    front = FRONT if "code-cell" in here else ""
    assert page == f"{front}(s)=\n{TITLED}{here}\n"
