"""What axe finds on a page of each kind, in light, in the dark and on a phone: nothing that is moderate or worse."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from support.axe import WINDOWS, on_pages
from support.running import run_toolchain
from support.site_pages import pages_of, reader, templates_of

TOML = """[book]
title = "Boxes"
slug = "boxes"
authors = ["Its author"]

[sphinx]
extensions = ["sphinx_proof", "sphinx_exercise"]
"""
COLOURS = ("primary", "secondary", "success", "info", "warning", "danger", "light", "dark", "muted")
OF_DESIGN = """
{{bdg-{0}}}`Badge` {{bdg-{0}-line}}`Badge` {{bdg-link-{0}}}`Badge <https://example.org>`

:::{{dropdown}} Head
:color: {0}
:icon: alert
:open:
With [a link](https://example.org).
:::

:::{{card}} Title with [a link](https://example.org)
:class-card: sd-bg-{0} sd-bg-text-{0}
Head
^^^
With [a link](https://example.org).
+++
Foot with [a link](https://example.org)
:::

:::{{card}} Lines
:class-card: sd-border-{0} sd-text-{0}
Words
:::
"""
BUTTONS = """
:::{{button-link}} https://example.org
:color: {0}
Button
:::

:::{{button-link}} https://example.org
:color: {0}
:outline:
Button
:::
"""
ADMONITIONS = (
    *("note", "tip", "hint", "important", "attention", "caution", "warning", "danger", "error", "seealso"),
)
ADMONITION = """
:::{{admonition}} With [a link](https://example.org), `code` and $x$
:class: {}
With [a link](https://example.org) and `code`.
:::
"""
THEOREMS = (
    *(
        "theorem",
        "axiom",
        "lemma",
        "definition",
        "criterion",
        "remark",
        "conjecture",
        "corollary",
        "algorithm",
    ),
    *("example", "property", "observation", "proposition", "assumption", "notation"),
)
THEOREM = """
:::{{prf:{}}} With [a link](https://example.org) and $x$
With [a link](https://example.org) and `code`.
:::
"""
OTHERS = """
:::{prf:proof}
With [a link](https://example.org).
:::

:::{exercise} With [a link](https://example.org)
:label: one
With [a link](https://example.org).
:::

:::{solution} one
With [a link](https://example.org).
:::

```{versionadded} 1.0
Words
```

```{deprecated} 2.0
Words
```

:::{topic} Title with [a link](https://example.org)
With [a link](https://example.org).
:::
"""


def boxes() -> Iterator[str]:
    """Yield all boxes that there are."""
    yield "# Boxes\n"
    yield from (OF_DESIGN.format(colour) for colour in COLOURS)
    yield from (BUTTONS.format(colour) for colour in COLOURS if colour != "muted")
    yield from (ADMONITION.format(kind) for kind in ADMONITIONS)
    yield from (THEOREM.format(kind) for kind in THEOREMS)
    yield OTHERS


@pytest.fixture(scope="module")
def of_boxes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a site with all boxes on a page, in all their colours."""
    project = tmp_path_factory.mktemp("boxes")
    for name, text in (("_config/book.toml", TOML), ("book/index.md", "".join(boxes()))):
        (project / name).parent.mkdir()
        (project / name).write_text(text, encoding="utf-8")
    build = run_toolchain("build", "html", project=project)
    assert build.code == 0, build.stdout + build.stderr
    return project / "_build/html"


@pytest.mark.slow
@pytest.mark.parametrize("window", WINDOWS)
def test_each_kind_of_page_is_accessible(
    chromium: Browser, site: Path, address: str, constructs: Path, window: str
) -> None:
    with reader(chromium, **WINDOWS[window]) as opened:
        sections = [page for page in pages_of(constructs) if page.startswith("chapter_")]

        assert on_pages(opened, address, templates_of(site)) == {}
        assert on_pages(opened, f"{constructs.as_uri()}/", sections) == {}


@pytest.mark.slow
@pytest.mark.parametrize("window", ["light", "dark"])
def test_boxes_can_be_read_in_all_colours_and_have_icons(
    chromium: Browser, of_boxes: Path, window: str
) -> None:
    with reader(chromium, **WINDOWS[window]) as opened:
        assert on_pages(opened, f"{of_boxes.as_uri()}/", ["index.html"]) == {}
        icons = opened.page.evaluate(
            """[...document.querySelectorAll(".admonition-title")].filter(title => title.offsetWidth).map(title => {
                const {maskImage, content, width} = getComputedStyle(title, "::after");
                const isDrawn = maskImage.startsWith('url("data:image/svg+xml') && content === '""' && parseFloat(width) > 9;
                return isDrawn ? "" : `${title.parentElement.className}: ${content} ${width} ${maskImage.slice(0, 40)}`;
            })"""
        )
        assert len(icons) > len(ADMONITIONS)
        assert set(icons) == {""}
