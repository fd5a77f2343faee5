"""A book of many small pages, in which pages far apart say things that Sphinx compares, for what is done by several processes."""

import shutil
from pathlib import Path

from support.places import TESTS

PAGES = 26
CONF = """\
import os
from toolchain.sphinxext import configuration
globals().update(configuration(__file__))
{more}
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="9"><rect width="9" height="9"/></svg>\n'
PAGE = """\
(place-{number})=
# Page {number}

See {{ref}}`place-{next}`, {{eq}}`of-{next}`, {{numref}}`drawn-{next}`, {{term}}`word {next}`, {{py:func}}`made_{next}` and
[it](page-{next}.md), {{download}}`the same drawing <drawings/{folder}/plot.svg>`.

```{{figure}} drawings/{folder}/plot.svg
:name: drawn-{number}
:alt: A square

Drawing {number}, of a name that others have too.
```

```{{math}}
:label: of-{number}

x_{{{number}}} = {number}
```

```{{glossary}}
word {number}
  Word {number}, in [a note](drawings/{folder}/plot.svg).
```

```{{py:function}} made_{number}(page)
```

```{{index}} single: entry {number}; of all
```
"""
SAID_TWICE = {
    "(twice)=\n## Twice\n": (3, 17),
    "```{math}\n:label: twice\n\ny = 2\n```\n": (5, 19),
    "```{glossary}\nsame word\n  Said twice.\n```\n": (4, 20),
    "```{py:function} twice()\n```\n": (2, 21),
    "```{c:function} int twice(int n)\n```\n": (7, 15),
    "```{eval-rst}\n.. [Book] A book.\n\nSee [Book]_.\n```\n": (6, 18),
    "```{eval-rst}\n.. versionadded:: 2\n   Said.\n```\n": (8, 22),
    "```{eval-rst}\n.. role:: own\n   :class: own\n```\n": (12,),
    "```{eval-rst}\nA role of :own:`another page`.\n```\n": (13, 14, 23),
    "Nothing is {ref}`nowhere`, {unknown}`x` is no role.\n\n```{unknown} x\n```\n": (9, 16, 24),
}
"""What several pages say, by the pages: of all but the first Sphinx says something, or knows it from there."""


def write_many_pages(folder: Path, more: str = "") -> Path:
    """Write the book; `more` stands at the end of its conf.py."""
    for name in ("book", "_config"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(TESTS / "kernel", folder / "_config/kernel")
    (folder / "_config/book.toml").write_text(
        '[book]\ntitle = "Many pages"\nslug = "many"\nauthors = ["Its author"]\n', encoding="utf-8"
    )
    (folder / "_config/conf.py").write_text(CONF.format(more=more), encoding="utf-8")
    names = [f"page-{number:02}" for number in range(PAGES)]
    listed = "\n".join(names)
    (folder / "book/index.md").write_text(
        f"# Many\n\n```{{toctree}}\n:numbered:\n{listed}\n```\n", encoding="utf-8"
    )
    for size in range(4):
        drawing = folder / f"book/drawings/{size}/plot.svg"
        drawing.parent.mkdir(parents=True)
        drawing.write_text(SVG.format(size=size + 9), encoding="utf-8")
    for number, name in enumerate(names):
        page = PAGE.format(number=f"{number:02}", next=f"{(number + 7) % PAGES:02}", folder=number % 4)
        more_text = "\n".join(text for text, pages in SAID_TWICE.items() if number in pages)
        (folder / f"book/{name}.md").write_text(f"{page}\n{more_text}", encoding="utf-8")
    return folder
