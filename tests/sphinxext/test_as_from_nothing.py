"""What a build that knows of an earlier one might take from it: an edit, and the edit taken back, give what a build from nothing gives."""

import shutil
from pathlib import Path

from support.random_blocks import CONF
from support.sphinx_books import Built, build

WORK = "@book{{{0}, author = {{A. Author}}, title = {{On {0}}}, year = {{2001}}, publisher = {{P}}}}\n"
FIGURE = "```{{figure}} /../img/square.svg\n:name: {0}\n:alt: A square\n\nOf {1}\n```\n"
FUNCTION = "```{{py:function}} {0}(x)\nOf {1}.\n```\n"
ROLE = "```{{eval-rst}}\n.. role:: {0}\n   :class: {0}\n```\n\n{{{0}}}`words`\n"
DEFAULT = "```{eval-rst}\n.. default-role:: math\n\n`x`\n```\n"
GRAMMAR = '```{eval-rst}\n.. productionlist::\n   sea: `wave` | "x"\n```\n'
TERM = "```{{glossary}}\n{0}\n  Of it.\n```\n"
PAGES = {
    "moved": {"a": "Text.\n", "b": "(moved)=\n## Moved\n", "c": "{ref}`moved`\n"},
    "label": {"a": "Text.\n", "b": "(label)=\n## Label\n", "c": "{ref}`label`\n"},
    "label-of-both": {"a": "(both)=\n## A\n", "b": "(both)=\n## B\n", "c": "{ref}`both`\n"},
    "paragraph": {"a": "Text.\n", "b": "(par)=\nWords.\n", "c": "{ref}`it <par>`, [it](#par)\n"},
    "paragraph-of-both": {"a": "(same)=\nWords.\n", "b": "(same)=\nWords.\n", "c": "{ref}`it <same>`\n"},
    "figure": {"a": "Text.\n", "b": FIGURE.format("fig", "b"), "c": "{numref}`fig`\n"},
    "formula": {"a": "Text.\n", "b": "$$ x $$ (sum)\n", "c": "{eq}`sum`\n"},
    "term": {"a": TERM.format("Wave"), "b": TERM.format("wave"), "c": "{term}`WAVE`\n"},
    "function": {"a": "Text.\n", "b": FUNCTION.format("sea.one", "b"), "c": "{py:func}`sea.one`\n"},
    "ending": {
        "a": FUNCTION.format("sea.all", "a"),
        "b": FUNCTION.format("land.all", "b"),
        "c": "{py:func}`.all`\n",
    },
    "chain": {"a": "(first)=\n## First\n", "b": "(second)=\n## By {ref}`first`\n", "c": "{ref}`second`\n"},
    "token": {"a": GRAMMAR, "b": GRAMMAR, "c": "{token}`sea`\n"},
    "role": {"a": ROLE.format("sailing"), "b": "{sailing}`words`\n"},
    "default-role": {"a": DEFAULT, "b": "```{eval-rst}\n`x`\n```\n"},
    "format": {"a": "Text.\n", "b": "[it](format-a.md)\n"},
    "works": {
        "a": "```{bibliography}\n```\n",
        "b": "```{bibliography} others.bib\n:keyprefix: o-\n```\n",
        "c": "By {cite:t}`wave`, {cite:t}`tide`, {cite:t}`o-tide`.\n",
    },
}
"""Of each group of pages what they say, by their names."""
EDITED = {
    "moved": {"a": "(moved)=\n## Moved\n", "b": "Text.\n"},
    "label": {"a": "(label)=\n## Label\n"},
    "label-of-both": {"a": "More.\n\n(both)=\n## A\n"},
    "paragraph": {"a": "(par)=\nWords.\n"},
    "paragraph-of-both": {"a": "More.\n\n(same)=\nWords.\n"},
    "figure": {"a": FIGURE.format("fig", "a")},
    "formula": {"a": "$$ y $$ (sum)\n"},
    "term": {"a": f"More.\n\n{TERM.format('Wave')}"},
    "function": {"a": FUNCTION.format("sea.one", "a")},
    "ending": {"a": f"More.\n\n{FUNCTION.format('sea.all', 'a')}"},
    "chain": {"a": "(first)=\n## The first\n"},
    "token": {"a": f"More.\n\n{GRAMMAR}"},
    "role": {"b": "More {sailing}`words`\n"},
    "default-role": {"b": "More.\n\n```{eval-rst}\n`x`\n```\n"},
}
"""What they say after the edit, where that is something else. There is a bibliography more then, and a page in another format."""
OWN = "own/basic.css"
"""A static file that takes the place of the theme's; it is gone after the edit."""
NOTEBOOK = (
    '{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Page a of format\\n\\nText."}],'
    ' "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}}, "nbformat": 4, "nbformat_minor": 5}\n'
)


def test_an_edit_and_the_edit_taken_back_give_what_a_build_from_nothing_gives(tmp_path: Path) -> None:
    project, fresh = tmp_path / "project", tmp_path / "fresh"
    names = [f"{group}-{page}" for group, pages in PAGES.items() for page in pages]
    write(project, "_config/book.toml", '[book]\ntitle = "Edits"\nslug = "edits"\nauthors = ["A"]\n')
    write(project, "_config/conf.py", f'{CONF}html_static_path.append("../own")\n')
    write(project, OWN, "/* The book's own. */\n")
    write(project, "bib/works.bib", WORK.format("wave"))
    write(project, "img/square.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\n')
    write(project, "book/index.md", "\n".join(("# Edits\n\n```{toctree}\n:numbered:\n", *names, "```\n")))
    write_pages(project, PAGES)
    built(project)

    for what, edited in (("edited", EDITED), ("taken back", {})):
        write_pages(project, {group: pages | edited.get(group, {}) for group, pages in PAGES.items()})
        if edited:
            write(project, "bib/others.bib", WORK.format("tide"))
            (project / OWN).unlink()
            (project / "book/format-a.md").unlink()
            write(project, "book/format-a.ipynb", NOTEBOOK)
        else:
            (project / "bib/others.bib").unlink()
            write(project, OWN, "/* The book's own. */\n")
            (project / "book/format-a.ipynb").unlink()
        now = built(project)

        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(project, fresh, ignore=shutil.ignore_patterns("_build"))
        clean = built(fresh)
        assert now.findings == clean.findings, what
        assert sorted(now.files) == sorted(clean.files), what
        assert [name for name, content in clean.files.items() if now.files[name] != content] == [], what


def built(project: Path) -> Built:
    return build(project, "notebooks", "html")


def write_pages(project: Path, pages: dict[str, dict[str, str]]) -> None:
    for group, texts in pages.items():
        for page, text in texts.items():
            write(project, f"book/{group}-{page}.md", f"# Page {page} of {group}\n\n{text}")


def write(project: Path, name: str, text: str) -> None:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
