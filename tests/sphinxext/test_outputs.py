"""What a terminal obeys, and HTML that cells put out, as print takes them: hostile and broken ones too."""

import random
import re

import pytest
from docutils import nodes

from toolchain.base import terminal
from toolchain.sphinxext.printed import markup
from toolchain.sphinxext.printed.colours import ScreenCode


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[38;2;255;0;0mred\x1b[m", "\x1b[38;5;196mred\x1b[0m"),
        ("\x1b[95mbright", "\x1b[38;5;13mbright"),
        ("a\x07\x00\x0c\x7f\x9bb", "ab"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]never ended", ""),
        ("\x1b[2K\x1b[1Aup", "up"),
        ("cut \x1b[3", "cut 3"),
        ("\x1b(Bset", "set"),
        ("one\r\ntwo", "one\ntwo"),
        ("end\x1b", "end"),
    ],
)
def test_of_a_terminal_only_colours_are_left(text: str, shown: str) -> None:
    assert terminal.shown(text) == shown
    assert "\x1b" not in terminal.plain(text)


def luminance(colour: str) -> float:
    """Return how bright a colour is, as WCAG has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_of_code_stands_out_from_its_tint() -> None:
    tint = luminance("f3f5f9")  # booktint in toolchain.sty
    colours = {style["color"] for _, style in ScreenCode if style["color"]}

    assert len(colours) == 6
    for colour in colours:
        assert (tint + 0.05) / (luminance(colour) + 0.05) >= 6, colour


def shapes(text: str) -> list[tuple[str, str]]:
    root = markup.parse(text)
    assert root is not None
    return [(type(block).__name__, " ".join(block.astext().split())) for block in markup.blocks(root)]


def test_a_table_has_a_head_stubs_and_spans() -> None:
    root = markup.parse(
        "<table><caption>Sizes</caption><thead><tr><th></th><th colspan=2>both</th></tr></thead>"
        "<tbody><tr><th rowspan=2>a</th><td>1</td><td><b>2</b></td></tr><tr><td>3</td><td>4</td></tr></tbody></table>"
    )
    assert root is not None
    (table,) = markup.blocks(root)

    assert isinstance(table, nodes.table)
    assert [title.astext() for title in table.findall(nodes.title)] == ["Sizes"]
    assert [column.get("stub", 0) for column in table.findall(nodes.colspec)] == [0, 0, 0]
    spans = [
        (entry.astext(), entry.get("morecols", 0), entry.get("morerows", 0))
        for entry in table.findall(nodes.entry)
    ]
    assert spans == [
        ("", 0, 0),
        ("both", 1, 0),
        ("a", 0, 1),
        ("1", 0, 0),
        ("2", 0, 0),
        ("3", 0, 0),
        ("4", 0, 0),
    ]
    assert [strong.astext() for strong in table.findall(nodes.strong)] == ["2"]


def test_rows_of_headings_are_a_head_and_cells_may_reach_to_the_last_column() -> None:
    root = markup.parse("<table><tr><th>a<th>b<br>c</tr><tr><td>1<td rowspan=2>2</tr><tr><td>3</tr></table>")
    assert root is not None
    (table,) = markup.blocks(root)

    (head,) = table.findall(nodes.thead)
    assert [entry.astext() for entry in head.findall(nodes.entry)] == ["a", "b\N{LINE SEPARATOR}c"]
    rows = [[entry.astext() for entry in row.findall(nodes.entry)] for row in table.findall(nodes.row)]
    assert rows == [["a", "b\N{LINE SEPARATOR}c"], ["1", "2"], ["3"]]


@pytest.mark.parametrize(
    "text",
    [
        "<table><tr><td>1<td>2<tr><td>3</table>",
        "<table><tr><td>1<td rowspan=2>2<td>3</tr><tr><td colspan=2>4</td></tr></table>",
        "<table><tr><td rowspan=2>1<td>2<tr><td>3<td>4</table>",
        "<table><tr><td><table><tr><td>1</table></table>",
        "<table></table>",
        "<table><tr>" + "<td colspan=999>1</td>" * 2_000 + "</tr></table>",
        "<table><tr><td colspan=3 rowspan=999999999>1</td></tr><tr><td>2</td></tr></table>",
    ],
)
def test_what_has_no_proper_rows_and_columns_is_no_table(text: str) -> None:
    assert shapes(text) == []


@pytest.mark.parametrize(
    ("text", "words", "visible"),
    [
        ("<p>Words <i>only</i></p>", True, True),
        ("<script>draw()</script>", False, False),
        ("<style>p {}</style>", False, False),
        ("<div></div><script>draw()</script>", False, True),
        ("<video src='film.mp4'></video>", False, True),
        ("<p>Words</p><iframe src='https://example.org'></iframe>", False, True),
    ],
)
def test_words_are_told_from_what_is_drawn(text: str, words: bool, visible: bool) -> None:  # noqa: FBT001 - parameters
    root = markup.parse(text)

    assert root is not None
    assert (bool(markup.blocks(root)), markup.is_seen(root)) == (words, visible)


def test_markup_that_says_nothing_is_none_and_what_cannot_be_written_is_left_out() -> None:
    assert [markup.parse(text) for text in ("<html></html>", "<!DOCTYPE html>")] == [None, None]
    assert shapes("\x1b[1mbold\ufffe <b>\x00words</b>") == [("paragraph", "[1mbold words")]


def test_broken_markup_is_never_an_error() -> None:
    for text in ("", "<", "<table", "<td>1", "\x00", "<!-- ", "<p>" * 2000, "<b>1<i>2</b>3</i>"):
        root = markup.parse(text)
        assert root is None or isinstance(markup.blocks(root), list)


TAGS = [
    "p",
    "div",
    "span",
    "b",
    "i",
    "u",
    "del",
    "q",
    "a",
    "abbr",
    "center",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "pre",
    "code",
    "details",
    "summary",
    "h2",
    "table",
    "tr",
    "td",
    "th",
    "caption",
    "tbody",
    "thead",
    "br",
    "hr",
    "label",
    "form",
    "font",
    "small",
    "sub",
    "sup",
    "figure",
]
HIDDEN = (
    "<span hidden>{}</span>",
    '<div style="display: none">{}</div>',
    '<b class="gone">{}</b>',
    "<script>{}</script>",
    "<template>{}</template>",
    "<!-- {} -->",
)


@pytest.mark.fuzz(few=60)
def test_no_word_of_any_markup_is_lost_and_no_hidden_one_is_shown(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - for a test
    words: list[str] = []

    def some(depth: int) -> str:
        parts = []
        for _ in range(draw.randint(1, 4)):
            words.append(f"word{len(words)}x")
            parts += [draw.choice((" ", "", "\n")), words[-1], draw.choice((" ", ""))]
            if draw.random() < 0.3:
                parts.append(draw.choice(HIDDEN).format("gone"))
            if depth:
                tag = draw.choice(TAGS)
                parts.append(f"<{tag}>{some(depth - 1)}" + f"</{tag}>" * (draw.random() < 0.9))
        return "".join(parts)

    text = "<style>.gone { display: none }</style>" + some(3)
    root = markup.parse(text)
    assert root is not None

    shown = "".join(block.astext() for block in markup.blocks(root, lenient=True))
    assert sorted(re.findall(r"word\d+x", shown)) == sorted(words), text
    assert "gone" not in shown, text
