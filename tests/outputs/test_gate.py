"""The gate of outputs: what is good passes as it came, and of the rest it is said what is wrong with it."""

import json
import time
from typing import Any

import nbformat
import pytest
from support.hostile_outputs import base64, figure, gif_of_size, picture, png_of_size, svg

from toolchain.outputs.gate import Admitted, admit
from toolchain.outputs.refusal import Rules

NAMES = "abcdefghij"
LAUGHS = (
    "<!DOCTYPE svg [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {name} '{f'&{NAMES[n]};' * 10}'>" for n, name in enumerate(NAMES[1:]))
    + "]>"
)
GROWING = "<defs><g id='n0'><path d='M0 0'/></g>" + "".join(
    f"<g id='n{n}'>" + f"<use xlink:href='#n{n - 1}'/>" * 10 + "</g>" for n in range(1, 12)
) + "</defs><use href='#n11'/>"  # fmt: skip
DATA = f"data:image/png;base64,{base64(picture('PNG'))}"
Bundle = dict[str, Any]


def notebook(*outputs: Any, metadata: Any = None, **cell: Any) -> bytes:
    """Return an executed notebook of one cell with these outputs."""
    code = {
        "cell_type": "code",
        "source": "show()",
        "metadata": {},
        "outputs": list(outputs),
        "execution_count": 1,
    }
    return json.dumps(
        {"cells": [{**code, **cell}], "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 4}
    ).encode()


def display(data: Any, metadata: Any = None, kind: str = "display_data") -> dict[str, Any]:
    number = {"execution_count": 1} if kind == "execute_result" else {}
    return {"output_type": kind, "data": data, "metadata": metadata or {}, **number}


def admitted(content: bytes, *, static: bool = False) -> Admitted:
    """Let a notebook of one cell pass the gate; look that it is one after that."""
    result = admit(content, 1, Rules(static=static, most=1_000_000))
    nbformat.validate(nbformat.reads(result.view.decode(), as_version=4))
    return result


def reasons(result: Admitted) -> list[str]:
    return [problem.sentence for problem in result.problems]


def data_of(result: Admitted) -> Bundle:
    (cell,) = json.loads(result.view)["cells"]
    (output,) = cell["outputs"]
    data: Bundle = output["data"]
    return data


GOOD = {
    "png": {"image/png": base64(picture("PNG")) + "\n", "text/plain": "<Figure size 640x480 with 1 Axes>"},
    "png in lines": {"image/png": [base64(picture("PNG"))[:40] + "\n", base64(picture("PNG"))[40:]]},
    "jpeg": {"image/jpeg": base64(picture("JPEG"))},
    "moving gif": {"image/gif": base64(picture("GIF", frames=3))},
    "webp": {"image/webp": base64(picture("WEBP"))},
    "pdf": {"application/pdf": base64(figure())},
    "pdf of matplotlib": {"application/pdf": base64(figure("annotations"))},
    "svg": {"image/svg+xml": svg("<style>*{stroke:#000}</style><g style='clip-path:url(#c)'><use xlink:href='#d'/></g>")},
    "svg of matplotlib": {
        "image/svg+xml": svg(
            f"<metadata><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></metadata><image href='{DATA}'/>",
            before="<?xml version='1.0' encoding='utf-8' standalone='no'?>\n"
            "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN'\n"
            "  'http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd'>\n",
        )
    },
    "svg with a link": {"image/svg+xml": svg("<a xlink:href='https://example.org'><text>here</text></a>")},
    "svg with words": {
        "image/svg+xml": svg("<foreignObject><div xmlns='http://www.w3.org/1999/xhtml'><b>words</b></div></foreignObject>")
    },
    "html that moves": {"text/html": "<div id=plot></div><script>draw('plot')</script><img src='x' onerror='f()'>"},
    "script": {"application/javascript": "draw()"},
    "markdown": {"text/markdown": f"**bold** `![a](b)` \\![a](b) ![a]({DATA}) [link](page.md)\n\n    ![a](b)\n"},
    "latex": {"text/latex": r"$\displaystyle x$"},
    "json": {"application/json": {"a": [1, None, True, 0.5]}, "application/vnd.vega.v5+json": {"a": {}}},
    "unknown": {"application/x-unknown": "words", "text/plain": ["a\n", "b"]},
    "colours": {"text/plain": "\x1b[31mred\x1b[0m"},
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_what_is_good_passes_as_it_came(name: str) -> None:
    for kind in ("display_data", "execute_result"):
        content = notebook(display(GOOD[name], {"image/png": {"width": 300, "height": 20.5}}, kind=kind))

        assert admitted(content) == Admitted(content)


def test_streams_errors_and_what_is_kept_for_elsewhere_pass_as_they_came() -> None:
    prefix = "application/papermill.record/"
    kept = {"scrapbook": {"name": "key", "mime_prefix": prefix}}
    content = notebook(
        {"output_type": "stream", "name": "stdout", "text": ["one\n", "two"]},
        {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": ["\x1b[31mno"]},
        display({f"{prefix}text/plain": "1", f"{prefix}image/png": base64(picture("PNG"))}, kept),
        display({"text/plain": "1"}, {"scrapbook": {"name": "key", "mime_prefix": ""}}),
        metadata={
            "language_info": {"name": "python", "pygments_lexer": "ipython3", "codemirror_mode": {"name": "ipython"}},
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "toolchain": {"seconds": 1.5},
        },
    )  # fmt: skip

    assert admitted(content) == Admitted(content)


BAD: dict[str, tuple[Bundle, str]] = {
    "base64": ({"image/png": "no base64!"}, "image/png: it is no base64"),
    "no picture": ({"image/png": base64(b"GIF8")}, "image/png: it cannot be decoded: it is no PNG, it begins with b'GIF8'"),
    "no text": ({"image/png": {"a": 1}}, "image/png: it is no text"),
    "cut off": ({"image/png": base64(picture("PNG")[:60])}, "image/png: it cannot be decoded: "),
    "cut off jpeg": ({"image/jpeg": base64(picture("JPEG")[:-200])}, "image/jpeg: it cannot be decoded: Truncated File"),
    "bomb": ({"image/gif": base64(gif_of_size(65_535, 65_535))}, "image/gif: it cannot be decoded: it has more than 50,"),
    "large": ({"image/png": base64(png_of_size(9_000, 9_000))}, "image/png: it has 9,000 by 9,000 pixels"),
    "long": ({"image/png": base64(picture("PNG", dpi=(0.1, 300)))}, "image/png: it says that it is more than 200 inches long"),
    "wide svg": ({"image/svg+xml": svg("").replace('width="20"', 'width="999in"')}, "its width is 71928 points"),
    "svg of no height": ({"image/svg+xml": svg("").replace('height="20"', 'height="0"')}, "image/svg+xml: its height is 0 points"),
    "endless svg": (
        {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h1e9'/></svg>"},
        "image/svg+xml: it says no width, and has numbers that are large",
    ),
    "broken pdf": ({"application/pdf": base64(figure("cut off"))}, "application/pdf: it cannot be read: "),
    "locked pdf": ({"application/pdf": base64(figure("encrypted"))}, "application/pdf: it cannot be read: "),
    "rarely packed pdf": ({"application/pdf": base64(figure("LZW"))}, "application/pdf: it is packed in a way that nobody"),
    "hidden packing": (
        {"application/pdf": base64(figure("LZW").replace(b"/LZWDecode", b"/#4cZWDecod#65"))},
        "application/pdf: it is packed in a way that nobody",
    ),
    "pdf without pages": ({"application/pdf": base64(figure("no page"))}, "application/pdf: it has no page"),
    "large pdf": ({"application/pdf": base64(figure("size"))}, "application/pdf: its page is 14500 by 100 points large"),
    "laughs": ({"image/svg+xml": svg("&j;", before=LAUGHS)}, "image/svg+xml: it declares entities or attributes of its own"),
    "entity": (
        {"image/svg+xml": svg("<text>&a;</text>", before='<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>')},
        "image/svg+xml: it declares entities or attributes of its own",
    ),
    "default": (
        {"image/svg+xml": svg("", before='<!DOCTYPE svg [<!ATTLIST svg onload CDATA "f()">]>')},
        "image/svg+xml: it declares entities or attributes of its own",
    ),
    "growing": ({"image/svg+xml": svg(GROWING)}, "image/svg+xml: it draws more than 1,000,000 elements"),
    "deep svg": ({"image/svg+xml": svg("<g>" * 220 + "</g>" * 220)}, "image/svg+xml: its elements lie in one another"),
    "no svg": ({"image/svg+xml": "<p>words</p>"}, "image/svg+xml: it is no SVG"),
    "unclosed svg": ({"image/svg+xml": "<svg"}, "image/svg+xml: it cannot be drawn: "),
    "bomb in svg": (
        {"image/svg+xml": svg(f"<image href='data:image/gif;base64,{base64(gif_of_size(65_535, 65_535))}'/>")},
        "image/svg+xml: it cannot be decoded: it has more than 50,000,000 pixels",
    ),
    "bomb in html": (
        {"text/html": f"<img src='data:image/gif;base64,{base64(gif_of_size(65_535, 65_535))}'>"},
        "text/html: it cannot be decoded: it has more than 50,000,000 pixels",
    ),
    "many attributes": (
        {"image/svg+xml": svg("", " ".join(f"a{n}='b'" for n in range(201)))},
        "image/svg+xml: an element of it has more than 200 attributes",
    ),
    "long markdown": ({"text/markdown": "![" * 50_001}, "text/markdown: it has 100,002 characters, and 100,000 at most are"),
    "formulas in markdown": (
        {"text/markdown": "\\begin{align}\n\n" * 101},
        "text/markdown: it has more than 100 formulas in environments",
    ),
    "bomb in markdown": (
        {"text/markdown": f"![](data:image/gif;base64,{base64(gif_of_size(65_535, 65_535))})"},
        "text/markdown: it cannot be decoded: it has more than 50,000,000 pixels",
    ),
    "deep html": ({"text/html": "<div>" * 200}, "text/html: its elements lie in one another more than 100 levels deep"),
    "deep json": ({"application/json": json.loads("[" * 150 + "]" * 150)}, "application/json: it is nested more than 100"),
    "long html": ({"text/html": "x" * 1_000_001}, "text/html: it has 1,000,001 characters, and 1,000,000 at most are shown"),
    "no mime type": ({"../../x": "a"}, "../../x: this is the name of no mime type"),
    "no widget": ({"application/vnd.jupyter.widget-view+json": "a"}, "it names no model of a widget"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_bad_becomes_words_that_say_why(name: str) -> None:
    data, reason = BAD[name]
    (kind,) = data

    start = time.process_time()
    result = admitted(notebook(display({**data, "text/plain": "<A of object>"})))

    assert time.process_time() - start < 5
    (said,) = reasons(result)
    assert said.startswith("cell 1, output 1, ")
    assert reason in said
    shown = f"This output is not shown: {kind}: {said.partition(f', {kind}: ')[2]}"
    assert data_of(result) == {"text/plain": shown}
    with_words = admitted(notebook(display({**data, "text/plain": "   a  b\n0  1  2"})))
    assert reasons(with_words) == [said]
    assert data_of(with_words) == {"text/plain": "   a  b\n0  1  2"}


ACTING = {
    "script": ("<script>f()</script>", "<script>"),
    "script of another name": ("<s:script xmlns:s='http://www.w3.org/2000/svg'>f()</s:script>", "<script>"),
    "event": ("<g onclick='f()'/>", "the attribute onclick"),
    "link": ("<a href='javascript:f()'/>", "an address in href that runs a script"),
    "hidden link": ("<a xlink:href=' java&#10;script:f()'/>", "an address in href that runs a script"),
    "line separator": ("<a xlink:href='java\u2028script:f()'/>", "an address in href that runs a script"),
    "html": (
        "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='x'/></foreignObject>", "<iframe>"
    ),
    "form": ("<foreignObject><form xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>", "<form>"),
    "file": ("<image xlink:href='file:///etc/passwd'/>", "an address in href that leads out of it"),
    "path": ("<image href='../../secret.png'/>", "an address in href that leads out of it"),
    "server": ("<use href='https://example.org/a.svg#b'/>", "an address in href that leads out of it"),
    "picture in it": ("<image href='data:image/svg+xml,%3Csvg/%3E'/>", "an address in href that leads out of it"),
    "include": ("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='a'/>", "<include>"),
    "import": ("<style>@import 'https://example.org/a.css';</style>", "a style that fetches something"),
    "hidden import": (r"<style>@\69mport 'a.css';</style>", "a style that fetches something"),
    "style": ("<g style='fill: url(https://example.org/#a)'/>", "an address in style that leads out of it"),
    "hidden style": (r"<g style='fill: \75rl(//example.org/a)'/>", "an address in style that leads out of it"),
    "fill": ("<g fill='url(\"file:///etc/passwd#a\")'/>", "an address in fill that leads out of it"),
    "animation": ("<a><animate attributeName='href' values='javascript:f()'/></a>", "<animate> of an address or an event"),
    "set": ("<g><set attributeName='onmouseover' to='f()'/></g>", "<set> of an address or an event"),
    "base": ("<g xml:base='https://example.org/'/>", "an address that others begin with"),
    "instruction": ("<?xml-stylesheet href='https://example.org/a.css'?>", "an instruction to the program that draws it"),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTING)
def test_an_svg_is_shown_without_what_acts(name: str) -> None:
    inside, what = ACTING[name]

    result = admitted(notebook(display({"image/svg+xml": svg(inside)})))

    assert reasons(result) == [f"cell 1, output 1, image/svg+xml: shown without {what}"]
    (shown,) = data_of(result).values()
    assert "circle" in shown
    left = shown.lower().replace("http://www.w3.org", "")
    assert not any(
        word in left for word in ("script", "on", "file:", "example", "secret", "include", "import", "%3c")
    )
    assert admitted(notebook(display({"image/svg+xml": shown}))).problems == ()


def test_an_instruction_around_an_svg_and_another_encoding_are_taken_off() -> None:
    before = "<?xml version='1.0' encoding='utf-7'?><?xml-stylesheet href='a.xsl' type='text/xsl'?>"

    result = admitted(notebook(display({"image/svg+xml": svg("", before=before)})))

    assert len(result.problems) == 1
    (shown,) = data_of(result).values()
    assert "<?" not in shown


@pytest.mark.parametrize("change", ["script", "link", "launch", "attachment"])
def test_a_pdf_is_written_anew_without_what_it_does(change: str) -> None:
    result = admitted(notebook(display({"application/pdf": base64(figure(change))})))

    (said,) = reasons(result)
    assert said.startswith("cell 1, output 1, application/pdf: shown without ")
    (shown,) = data_of(result).values()
    assert admitted(notebook(display({"application/pdf": shown}))).problems == ()


def test_a_pdf_that_is_large_once_it_is_unpacked_is_not_shown() -> None:
    result = admitted(notebook(display({"application/pdf": base64(figure("bomb"))})))

    assert reasons(result) == [
        "cell 1, output 1, application/pdf: unpacked, it has more than 100,000,000 bytes"
    ]


def test_a_pdf_whose_content_lies_elsewhere_is_not_shown() -> None:
    result = admitted(notebook(display({"application/pdf": base64(figure("external"))})))

    assert reasons(result) == ["cell 1, output 1, application/pdf: it does more than draw: F"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a ![the *words*](../../secret.png) b", "a the words b"),
        ("> a ![words][r] b\n\n[r]: /etc/passwd", "> a words b\n\n[r]: /etc/passwd"),
        ("| a |\n|---|\n| ![words](a.png 'title') |", "| a |\n|---|\n| words |"),
        ("a[^1]\n\n[^1]: ![words](a.png)", "a[^1]\n\n[^1]: words"),
        ("- [ ] ![words](a.png) $![x](b)$", "- [ ] words $![x](b)$"),
        ("![](https://169.254.169.254/secret)", "picture"),
        ("![a ![b](c.png)](d.png)", "a b"),
        ("[![words](a.png)](b)", "[words](b)"),
        ("![*](a.png) ![_b_](<a b>) ![`](attachment:a.png)", r"\* b \`"),
    ],
)
def test_of_a_picture_that_markdown_does_not_hold_the_words_are_shown(text: str, shown: str) -> None:
    result = admitted(notebook(display({"text/markdown": text})))

    (said,) = reasons(result)
    assert "which no output may have this machine read" in said
    assert data_of(result) == {"text/markdown": shown}


def test_a_picture_whose_words_cannot_be_told_takes_the_whole_text_with_it() -> None:
    result = admitted(notebook(display({"text/markdown": "> ![a\n> b](c.png)"})))

    assert "it shows c.png" in reasons(result)[0]
    assert list(data_of(result)) == ["text/plain"]


WRONG_OUTPUTS: list[tuple[Any, str]] = [
    (None, "output 1: it is no output"),
    ({"output_type": "pyout"}, "output 1: it is no output"),
    ({"output_type": ["stream"]}, "output 1: it is no output"),
    ({"output_type": "stream", "name": ["stdout"], "text": ""}, "output 1: it went to no known stream"),
    ({"output_type": "stream", "name": "stdout", "text": 7}, "output 1: it is no text"),
    ({"output_type": "stream", "name": "stdout"}, "output 1: it is no text"),
    ({"output_type": "error", "ename": "a", "evalue": "b", "traceback": "c"}, "output 1: it is no error"),
    ({"output_type": "error", "ename": "a", "evalue": "b", "traceback": [None]}, "output 1: it is no text"),
    (display([]), "output 1: it is no table of mime types"),
    ({"output_type": "display_data", "data": {}, "metadata": []}, "output 1: it is no table of mime types"),
    (display({"x" * 29 + "image/png": ""}, {"scrapbook": {"name": "a", "mime_prefix": "x" * 29}}), "it is kept under no name"),
    (display({"image/png": ""}, {"scrapbook": {"name": "a", "mime_prefix": "application/papermill.record/"}}), "another prefix"),
    (display({}, {"scrapbook": {"name": ["a"]}}), "output 1: it is kept under no name"),
    (display({}, {"scrapbook": None}), "output 1: it is kept under no name"),
]  # fmt: skip


@pytest.mark.parametrize(("output", "reason"), WRONG_OUTPUTS)
def test_what_is_no_output_becomes_words(output: Any, reason: str) -> None:
    result = admitted(notebook(output))

    (said,) = reasons(result)
    assert reason in said
    assert data_of(result)["text/plain"].startswith("This output is not shown: it ")


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"widgets": "none"}, "its result: the widgets in its metadata is no table of widgets"),
        (
            {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": [1]}}},
            "is no table of widgets",
        ),
        ({"language_info": "python"}, "its result: the language_info in its metadata names no language"),
        ({"language_info": {"name": "../x y"}}, "names no language"),
        ({"language_info": {"name": "python", "pygments_lexer": {"a": 1}}}, "names no language"),
        ({"kernelspec": []}, "its result: the kernelspec in its metadata names no kernel"),
    ],
)
def test_metadata_of_another_kind_is_left_out(metadata: Any, reason: str) -> None:
    result = admitted(notebook(metadata=metadata))

    (said,) = reasons(result)
    assert reason in said
    assert json.loads(result.view)["metadata"] in ({}, {"language_info": {"name": "python"}})


@pytest.mark.parametrize("about", ["none", [], {"width": {}}, {"height": "1px; x"}, {"width": "9" * 50}])
def test_what_an_output_says_of_a_picture_is_a_size(about: Any) -> None:
    result = admitted(notebook(display({"image/png": base64(picture("PNG"))}, {"image/png": about})))

    (said,) = reasons(result)
    assert said.startswith("cell 1, output 1, image/png: its metadata ")
    assert list(data_of(result)) == ["image/png"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"[]", b"null", b"{}", b"[" * 100_000, b'{"a":' * 100_000, b"1" + b"0" * 10_000, b"NaN",
        b"\xef\xbb\xbf" + notebook(), notebook().decode().encode("utf-16"), notebook().replace(b"show()", b"\xff"),
        notebook().replace(b'"metadata": {}', b'"metadata": {}, "metadata": {}'), notebook(cell_type="raw"),
        notebook(source=7), notebook(metadata={"a": float("nan")}), notebook().replace(b'"nbformat": 4', b'"nbformat": 3'),
        notebook(execution_count="1"), notebook(outputs={}), notebook(metadata={"a": 1}).replace(b'"a": 1', b'"a": 1e999'),
        notebook(display(json.loads("[" * 300 + "]" * 300))), notebook(outputs="none"), notebook(cell_type=["code"]),
    ],
)  # fmt: skip
def test_what_is_no_notebook_of_its_page_is_one_without_outputs(content: bytes) -> None:
    result = admitted(content)

    (said,) = reasons(result)
    assert said.startswith("its result: it ")
    (cell,) = json.loads(result.view)["cells"]
    assert cell["outputs"] == []


def test_no_text_has_what_a_terminal_obeys_or_half_a_character() -> None:
    text = "a\x1b]0;title\x07\x1b[2Jb\x9b\x00\ud800"
    result = admitted(
        notebook(
            {"output_type": "stream", "name": "stdout", "text": text},
            {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]},
            display(
                {
                    "text/plain": text,
                    "text/html": "a\x1b\x00\ud800b",
                    "application/json": {"\udfff": "\ud800"},
                }
            ),
        )
    )

    assert result.problems == ()
    stream, error, value = json.loads(result.view)["cells"][0]["outputs"]
    assert stream["text"] == "ab?"
    assert (error["ename"], error["evalue"], error["traceback"]) == ("ab?", "ab?", ["ab?"])
    assert value["data"] == {"text/plain": "ab?", "text/html": "a?b", "application/json": {"?": "?"}}


def test_a_cell_has_not_more_outputs_than_a_page_can_show() -> None:
    result = admit(notebook(*[display({"text/plain": "1"})] * 5_003), 1, Rules())

    assert reasons(result) == ["cell 1: 3 more outputs are not shown"]
    assert len(json.loads(result.view)["cells"][0]["outputs"]) == 5_000


def value(data: Any, metadata: Any = None) -> dict[str, Any]:
    return {"source": "x", "after": 1, "data": data, "metadata": metadata or {}}


def test_the_values_of_expressions_pass_the_gate_as_outputs_do() -> None:
    good = [value({"text/plain": "0.5"}), value({"text/latex": "$x$", "text/plain": "x"})]
    passed = admitted(notebook(metadata={"expressions": good}))
    assert passed.problems == ()
    assert json.loads(passed.view)["metadata"]["expressions"] == good

    bad = [
        value({"text/latex": r"$\input{/etc/passwd}$", "text/plain": "x"}),
        value({"text/plain": ["a", 1]}),
        value({"image/png": base64(b"no picture")}),
        value({"text/plain": "1"}, {"scrapbook": None}),
        value("1"),
        {"source": ["x"], "after": 1, "data": {}},
        7,
    ]
    result = admitted(notebook(metadata={"expressions": bad}))
    shown = json.loads(result.view)["metadata"]["expressions"]

    assert [entry["data"].get("text/plain", "")[:25] for entry in shown] == [
        "x",
        *["This output is not shown:"] * 3,
    ]
    assert [list(entry["data"]) for entry in shown] == [["text/plain"]] * 4
    said = reasons(result)
    assert [reason.partition(":")[0] for reason in said[:4]] == [
        "{eval}`x`, text/latex",
        "{eval}`x`, text/plain",
        "{eval}`x`, image/png",
        "{eval}`x`",
    ]
    assert said[4:] == ["its result: the value of an expression in its metadata is none"] * 3
    many = admitted(notebook(metadata={"expressions": [value({"text/plain": "1"})] * 5_002}))
    assert reasons(many) == ["its result: 2 more values of expressions are not shown"]
    assert reasons(admitted(notebook(metadata={"expressions": {"a": 1}}))) == said[4:5]
