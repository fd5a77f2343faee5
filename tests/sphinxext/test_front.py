"""What the book says of itself on its pages: its front, cards, what builds on what; and what an edit of that has written."""

import random
import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from lxml import html
from support.sphinx_books import Built, build

from toolchain.model.sphinx import SEARCH_INDEX
from toolchain.sphinxext.front.layered import THROUGH, lay_out, reduced

TOML = """[book]
title = "Fronts"
subtitle = "Of books"
slug = "fronts"
authors = ["One", "Two"]
edition = "First edition"
description = "What a book says of itself."
text_licence = "CC BY 4.0"
site = "https://fronts.example.org"

[[book.news]]
date = 2026-01-02
text = "An *older* one."

[[book.news]]
date = 2026-03-04
text = "A newer one."

[pdf]
first_page = true
"""
CONF = "from toolchain.sphinxext import configuration\nglobals().update(configuration(__file__))\n"


def page(title: str, text: str, *prerequisites: str) -> str:
    needed = "".join(f"  - {name}\n" for name in prerequisites)
    return (f"---\nprerequisites:\n{needed}---\n\n" if needed else "") + f"# {title}\n\n{text}\n"


LIST = "```{{toctree}}\n:numbered: 2\n:caption: {}\n:hidden:\n\n{}\n```\n"
BOOK = {
    "_config/book.toml": TOML,
    "_config/conf.py": CONF,
    "book/index.md": "# Fronts\n\n```{landing}\n```\n\n```{chapter-cards}\n```\n\n## News\n\n```{news}\n```\n\n"
    "## Citation\n\n```{cite-book}\n```\n\n" + LIST.format("Chapters", "a/index\nb/index\nmap"),
    "book/a/index.md": "# Chapter A\n\nIt is about *two* things. More of it.\n\n```{toctree}\n\none\ntwo\n```\n",
    "book/a/one.md": page("One & only", "Text. " * 500 + "\n\n## Summary\n\nShort."),
    "book/a/two.md": page("Two", "Text.", "a/one"),
    "book/b/index.md": page("Chapter B", "See {ref}`there`. Then more.") + "\n```{toctree}\n\none\n```\n",
    "book/b/one.md": page("B one", "(there)=\nText.", "a/one", "../a/two", "a/none"),
    "book/map.md": "# Map\n\n```{prerequisites-graph}\n:name: fig-map\n\nWhat builds on what\n```\n\nSee {numref}`fig-map`.\n",
}


def write(project: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    project = tmp_path_factory.mktemp("front")
    write(project, BOOK)
    return build(project, "html", "latex", "notebooks")


def tree(built: Built, name: str) -> html.HtmlElement:
    return html.document_fromstring(built.files[f"html/{name}.html"].decode())


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def notebook(built: Built, name: str) -> str:
    (path,) = (path for path in built.files if path.startswith(f"notebooks/{name}."))
    parts = msgspec.json.decode(built.files[path])["parts"]
    return "\n\n".join(part.get("markdown", "") for part in parts)


def test_first_page_says_what_the_book_is(built: Built) -> None:
    front = tree(built, "index").cssselect(".landing")[0]
    assert [words(part) for part in front.cssselect("p")] == [
        "Of books", "One, Two · First edition", "What a book says of itself.", "Read Cite", "Text: CC BY 4.0",
    ]  # fmt: skip
    read, cite = front.cssselect("a")
    assert read.get("href") == "a/index.html"
    assert tree(built, "index").get_element_by_id(cite.get("href").removeprefix("#")) is not None


def test_cards_have_the_first_sentence_and_the_sections(built: Built) -> None:
    cards = tree(built, "index").cssselect(".chapter-card")
    assert [[words(part) for part in card.cssselect("p")] for card in cards] == [
        ["1 Chapter A", "It is about two things.", "1.1 One & only", "1.2 Two"],
        # Of a sentence that shows another page nobody knows the words yet.
        ["2 Chapter B", "2.1 B one"],
        ["3 Map"],
    ]
    for link in tree(built, "index").cssselect(".chapter-card a"):
        assert f"html/{link.get('href')}" in built.files


def test_news_are_newest_first(built: Built) -> None:
    items = tree(built, "index").cssselect(".news li")
    assert list(map(words, items)) == ["2026-03-04 A newer one.", "2026-01-02 An older one."]
    assert "**2026-01-02** An *older* one." in notebook(built, "index")


def test_citation_is_of_the_book(built: Built) -> None:
    entry = words(tree(built, "index").cssselect(".citation-of-book pre")[0])
    assert entry == (
        "@book{fronts, title = {{Fronts: Of books}}, author = {{One} and {Two}}, edition = {First edition}, "
        "year = {2017}, url = {https://fronts.example.org}, }"
    )


def test_boxes_of_the_graph_lead_to_their_pages(built: Built) -> None:
    graph = tree(built, "map").cssselect("figure .prerequisites")[0]
    links = graph.cssselect("svg a")
    assert [(words(link), link.get("href")) for link in links] == [
        ("1.1 One & only", "a/one.html"), ("1.2 Two", "a/two.html"), ("2.1 B one", "b/one.html"),
    ]  # fmt: skip
    assert (
        len(graph.cssselect("path.prerequisites-line"))
        == len(graph.cssselect("path.prerequisites-head"))
        == 2
    )
    assert [words(item) for item in graph.cssselect("li")] == [
        "1.1 One & only", "1.2 Two builds on 1.1", "2.1 B one builds on 1.2",  # that it builds on 1.1 follows
    ]  # fmt: skip


def test_print_has_the_graph_as_lines_with_links(built: Built) -> None:
    tex = built.files["latex/fronts.tex"].decode()
    (graph,) = re.findall(r"\\bookgraph\{[^\n]*", tex)
    places = re.findall(r"\\bookgraphbox(?:\{[\d.-]+\}){4}\{(\\detokenize\{[^}]*\})\}", graph)
    assert len(places) == 3
    assert all(rf"\label{{{place}}}" in tex for place in places)
    assert r"{1.1 One \& only}" in graph


def test_pages_say_what_they_build_on_in_each_form(built: Built) -> None:
    assert [words(line) for line in tree(built, "b/one").cssselect(".relations")] == [
        "Builds on 1.1 One & only and 1.2 Two."
    ]
    assert [words(line) for line in tree(built, "a/one").cssselect(".relations")] == [
        "Leads on to 1.2 Two and 2.1 B one."
    ]
    assert "Builds on [1.1 One & only](" in notebook(built, "b/one")
    print_ = built.files["latex/fronts.tex"].decode().replace("\N{NO-BREAK SPACE}", "~")
    assert "Builds on Section~1.1 and Section~1.2." in print_
    assert "Leads on" not in print_


def test_page_says_how_long_it_takes_to_read(built: Built) -> None:
    assert words(tree(built, "a/one").cssselect(".page-facts")[0]) == "About 3 minutes to read"
    assert not tree(built, "a/two").cssselect(".page-facts")


def test_contents_beside_a_page_are_without_what_recurs(built: Built) -> None:
    page = tree(built, "a/one")
    assert page.cssselect("#summary")
    assert "Summary" not in " ".join(words(part) for part in page.cssselect(".bd-sidebar-secondary"))
    assert "Citation" in " ".join(
        words(part) for part in tree(built, "index").cssselect(".bd-sidebar-secondary")
    )


def test_foot_has_the_licences_and_the_index(built: Built) -> None:
    foot = tree(built, "a/one").cssselect(".book-licence")[0]
    assert words(foot) == "Text: CC BY 4.0. Index Licences"
    assert [link.get("href") for link in foot.cssselect("a")] == ["../genindex.html", "../notices.html"]


def test_licences_of_others_stand_on_a_page_that_is_none_of_the_book(built: Built) -> None:
    page = tree(built, "notices")
    parts = {
        words(part.cssselect("h2")[0]): words(part.cssselect("pre")[0])
        for part in page.cssselect("section section")
    }
    assert "SIL OPEN FONT LICENSE" in parts["Source Serif and STIX Two Math"]
    assert "CC BY 4.0" in parts["Font Awesome Free"]
    assert {
        "Bootstrap",
        "Sphinx",
        "Pygments",
        "sphinx-book-theme",
        "sphinx-copybutton",
        "sphinx-design",
    } <= parts.keys()
    assert {"MathJax", "Jupyter Widgets", "Plotly"}.isdisjoint(parts), "what is not in the site"
    assert all(len(licence) > len("Licensed under MIT") for licence in parts.values())
    assert "notices" not in "".join(link.get("href") for link in tree(built, "a/one").cssselect("nav a"))
    assert "SIL OPEN" not in built.files["latex/fronts.tex"].decode()


def test_what_no_page_says_is_not_found_by_search(built: Built) -> None:
    assert b"minut" not in built.files[f"html/{SEARCH_INDEX}"]


EDITS: list[tuple[str, str, str, str, set[str]]] = [
    ("a prerequisite more", "book/b/index.md", "# Chapter B", "---\nprerequisites: [a/one]\n---\n\n# Chapter B",
     {"a/one", "b/index", "map"}),
    ("a prerequisite less", "book/b/one.md", "  - a/one\n", "", {"a/one", "b/one"}),
    ("the first sentence of a chapter", "book/a/index.md", "two", "three", {"a/index", "index"}),
    ("its second", "book/a/index.md", "More", "Less", {"a/index"}),
    ("a text that takes longer to read", "book/a/two.md", "Text.", "Text. " * 900, {"a/two"}),
    ("a description", "book/a/index.md", "# Chapter A", "---\ndescription: Of things.\n---\n\n# Chapter A",
     {"a/index", "index"}),
]  # fmt: skip
"""What is edited: the file, what stands there and then; the pages that are not what they were."""


@pytest.mark.slow
def test_an_edit_has_written_what_it_changes_and_nothing_else(tmp_path: Path) -> None:
    project, anew = tmp_path / "book", tmp_path / "anew" / "book"
    write(project, BOOK)
    build(project, "html")
    for name, file, before, after, changed in EDITS:
        path = project / file
        text = path.read_text(encoding="utf-8")
        assert before in text, name
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        again = build(project, "html")
        own = file.removeprefix("book/").removesuffix(
            ".md"
        )  # front matter need not be seen on the page itself
        assert changed - {own} <= again.differing <= changed, name
        assert again.written <= changed, name
    # The last is of all pages, and of what every page is made with.
    path = project / "_config/book.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("newer", "newest"), encoding="utf-8")
    last = build(project, "html")
    write(anew, {file: (project / file).read_text(encoding="utf-8") for file in BOOK})
    assert last.files == build(anew, "html").files


def graph(seed: int) -> tuple[list[list[str]], dict[str, tuple[str, ...]]]:
    """Return a random book: its groups, and what builds on what."""
    draw = random.Random(seed)  # noqa: S311 - a book and no secret
    names = [f"page-{number:02}" for number in range(draw.randint(1, 30))]
    ends = sorted({*draw.choices(range(1, len(names) + 1), k=draw.randint(0, 4)), len(names)})
    groups = [names[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    needs = {
        name: tuple(draw.sample(names[:at], k=min(at, draw.randint(0, 3)))) for at, name in enumerate(names)
    }
    return [group for group in groups if group], needs


@pytest.mark.parametrize("seed", range(40))
def test_layout_of_any_graph(seed: int) -> None:
    groups, needs = graph(seed)
    order = [name for group in groups for name in group]
    less = reduced(needs, order)

    def all_of(name: str, direct: dict[str, tuple[str, ...]]) -> set[str]:
        return {far for other in direct[name] for far in (other, *all_of(other, direct))}

    for name in order:  # what follows is the same, and nothing is said twice
        assert all_of(name, less) == all_of(name, needs)
        assert not any(other in all_of(third, less) for other in less[name] for third in less[name])
    laid = lay_out(groups, less, 3)
    assert laid == lay_out(groups, less, 3)
    boxes = {node for nodes in laid.rows for node in nodes if isinstance(node, str)}
    assert boxes == set(order)
    for nodes in laid.rows:
        assert sum(isinstance(node, str) for node in nodes) <= 3
        edges = [
            (laid.across[n] - w, laid.across[n] + w)
            for n in nodes
            for w in [0.5 if n in boxes else THROUGH / 2]
        ]
        assert all(one[1] <= other[0] + 1e-9 for one, other in pairwise(edges))
        assert edges[0][0] >= -1e-9
        assert edges[-1][1] <= laid.width + 1e-9
    for line in laid.lines:
        assert [laid.row[node] for node in line.by] == list(
            range(laid.row[line.start], laid.row[line.end] + 1)
        )
    spans = [
        (min(laid.row[name] for name in group), max(laid.row[name] for name in group)) for group in groups
    ]
    assert all(one[1] < other[0] for one, other in pairwise(spans))


def test_large_book_has_a_graph_of_chapters(tmp_path: Path) -> None:
    files = {
        "_config/book.toml": TOML,
        "_config/conf.py": CONF,
        "book/index.md": "# Large\n\n```{prerequisites-graph}\n```\n\n"
        + LIST.format("Chapters", "\n".join(f"c{number}" for number in range(3))),
    }
    for chapter in range(3):
        files[f"book/c{chapter}.md"] = (
            f"# Chapter {chapter}\n\n```{{toctree}}\n"
            + "\n".join(f"c{chapter}s{n}" for n in range(15))
            + "\n```\n"
        )
        for number in range(15):
            before = f"c{chapter}s{number - 1}" if number else f"c{chapter - 1}s3"
            files[f"book/c{chapter}s{number}.md"] = page(
                f"S {chapter} {number}", "Text.", *([before] if chapter or number else [])
            )
    write(tmp_path, files)
    index = tree(build(tmp_path, "html"), "index")
    assert [words(item) for item in index.cssselect(".prerequisites li")] == [
        "1 Chapter 0", "2 Chapter 1 builds on 1", "3 Chapter 2 builds on 2",
    ]  # fmt: skip
