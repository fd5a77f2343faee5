"""Formulas become MathML as the site is written: what MathJax sets is set or named, and nothing but mathematics comes of it."""

# ruff: noqa: RUF001 - signs of mathematics

import re
from pathlib import Path

import pytest
from lxml import etree
from support.browser import dump

from toolchain.outputs.latex import mathjax
from toolchain.sphinxext.macros import Macro
from toolchain.sphinxext.site.mathml.converting import NotSetError, mathml

STATIC = Path(__file__).parents[2] / "toolchain/sphinxext/static/toolchain.css"
FONTS = Path(__file__).parents[2] / "toolchain/sphinxext/site/book_theme/static/fonts/fonts.css"
SET = [
    (r"\mbox{if } x>0", "if x>0"),
    (r"\text{for all $x\in A$ and 50\%, a_b}", "for all x∈A and 50%, a_b"),
    (r"\text{a \(x\) b}", "a x b"),
    (r"\begin{eqnarray}a&=&b\\c&=&d\end{eqnarray}", "a=bc=d"),
    (r"\begin{alignat}{2}a&=b&c&=d\end{alignat}", "a=bc=d"),
    (r"\begin{flalign*}a&=b\end{flalign*}", "a=b"),
    (r"\begin{split}a&=b\\[2ex]&=c\end{split}", "a=b=c"),
    (r"\begin{aligned}[t]a&=b\\\intertext{and}c&=d\end{aligned}", "a=bandc=d"),
    (r"\begin{align}a&=b\tag{*}\\c&=d\label{x}\nonumber\end{align}", "a=b(*)c=d"),
    (r"x\tag{5}", "x(5)"),
    (r"\begin{pmatrix*}[r]-1&2\end{pmatrix*}", "(−12)"),
    (r"\begin{dcases*}1&if $x<0$\\0&else\end{dcases*}", "{1if x<00else"),
    (r"\begin{array}{l@{\quad}r*{2}{c}}a&b&c&d\\\hline\end{array}", "abcd"),
    (r"\matrix{a&b\cr c&d}", "abcd"),
    (r"\sum_{\substack{i\\j}}\sum_{\begin{subarray}{l}k\end{subarray}}", "∑ij∑k"),
    (
        r"\DeclareMathOperator{\tr}{tr}\tr A+\mathop{\rm arg\,max}_x\operatorname*{arg\,min}_y",
        "trA+argmaxxargminy",
    ),
    (r"\require{cancel}\cancel{x}\cancelto{0}{y}\boxed{z}", "xy0z"),
    (r"\color{tomato}x\textcolor[rgb]{0,1,0}{y}\definecolor{own}{gray}{0.5}\color{own}z", "xyz"),
    (r"\unicode{x263A}\verb|a_b|\textmu\text{\textmu}", "☺a_bµµ"),
    (r"\ce{2H2O}\ce{SO4^2-}\ce{A ->[B] C}", "2H2OSO42−A→BC"),
    (r"\mathbfit{A}\symbf{b}\mathsfit{c}\pmb{d}\upalpha\Alpha", "𝑨𝐛𝘤𝒅αA"),
    (r"\newcommand{\half}[1]{\frac{#1}{2}}\half{x}", "x2"),
    (r"\href{https://example.org/a_b}{x}\class{own}{y}\rlap{a}\smash{b}\raise 2pt{c}", "xyabc"),
    (r"a & b \\ c & d", "abcd"),
    (r"x_\mathcal{B}^\frac12", "xℬ12"),
    (r"\varlimsup_n\overline{ab}\widetilde{ab}", "limnabab˜"),
    (r"\eqref{a}\ref{b}", "(a)b"),
]
NAMED = {
    **dict.fromkeys(("CD", "prooftree"), "environment"),
    **dict.fromkeys(("toggle", "mathtoolsset", "newtagform", "cellcolor", "pu"), "command"),
}
OF_A_PLACE = """
    array begin buildrel def definecolor end genfrac hdashline hline href leftroot let limits mkern mskip
    newcommand nolimits renewcommand right root sideset shoveleft shoveright textcompwordmark u uproot v verb
    mspace DeclareMathOperator
"""
"""What has a meaning after or before something else only."""
NOT_SET = """
    AXC ArrowBetweenLines Axiom AxiomC BIC BinaryInf BinaryInfC DeclarePairedDelimiter DeclarePairedDelimiterX
    DeclarePairedDelimiterXPP DeclarePairedDelimiters DeclarePairedDelimitersX DeclarePairedDelimitersXPP LL
    LeftLabel MTFlushSpaceAbove MTFlushSpaceBelow Newextarrow QuaternaryInf QuaternaryInfC QuinaryInf
    QuinaryInfC RL RightLabel TIC TrinaryInf TrinaryInfC UIC UnaryInf UnaryInfC above abovewithdelims
    alwaysDashedLine alwaysNoLine alwaysRootAtBottom alwaysRootAtTop alwaysSingleLine alwaysSolidLine
    atopwithdelims cellcolor centerOver columncolor dashedLine empheqbigl empheqbiglVert empheqbiglangle
    empheqbiglbrace empheqbiglbrack empheqbiglceil empheqbiglfloor empheqbiglparen empheqbiglvert empheqbigr
    empheqbigrVert empheqbigrangle empheqbigrbrace empheqbigrbrack empheqbigrceil empheqbigrfloor
    empheqbigrparen empheqbigrvert empheql empheqlVert empheqlangle empheqlbrace empheqlbrack empheqlceil
    empheqlfloor empheqlparen empheqlvert empheqr empheqrVert empheqrangle empheqrbrace empheqrbrack
    empheqrceil empheqrfloor empheqrparen empheqrvert fCenter mathtoolsset moveleft moveright newenvironment
    newtagform noLine notChar overwithdelims pu renewenvironment renewtagform rootAtBottom rootAtTop rowcolor
    shortvdotswithin singleLine solidLine toggle usetagform vdotswithin
"""
"""Proof trees, brackets of empheq, what changes definitions and tables as a whole."""
SPACE = re.compile("[\\s\u2061-\u2064\ufe00\ufe01]")


def shown(tex: str, **options: object) -> str:
    """Return what readers see of a formula, without its source."""
    tree = etree.fromstring(mathml(tex, display=True, **options))  # type: ignore[arg-type] # are those of the function
    for source in tree.iter("annotation"):
        source.getparent().remove(source)  # type: ignore[union-attr] # it is in the formula
    return SPACE.sub("", "".join(map(str, tree.itertext())))


@pytest.mark.parametrize(("tex", "text"), SET)
def test_what_the_converter_lacks_is_written_with_what_it_has(tex: str, text: str) -> None:
    assert shown(tex) == SPACE.sub("", text)


@pytest.mark.parametrize("name", NAMED)
def test_what_is_not_set_is_named(name: str) -> None:
    tex = rf"\begin{{{name}}}a\end{{{name}}}" if NAMED[name] == "environment" else rf"a\{name}{{b}}{{c}}"

    with pytest.raises(NotSetError, match=re.escape(name)):
        mathml(tex, display=True)


def test_what_mathjax_knows_is_set_but_for_a_list() -> None:
    given = (
        "",
        " x",
        "{x}",
        "{x}{y}",
        "{x}{y}{z}",
        "[x]{y}",
        "{red}{x}",
        "{red}{blue}{x}",
        "{1em}{1em}{1em}",
        "(",
    )
    others = (" 1em x", "{box}{x}", "{x41}", "{mi}{x}", r"(\right)", " x {", r"{x}\right)")

    def is_set(name: str) -> bool:
        for arguments in (*given, *others):
            try:
                mathml(rf"\{name}{arguments}", display=True)
            except NotSetError:
                continue
            return True
        return False

    lacking = {name for name in mathjax.COMMANDS if not is_set(name)}

    assert lacking - set(OF_A_PLACE.split()) == set(NOT_SET.split())


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"<img src=x onerror=alert(1)>",
        r"\class{a\" onclick=\"x}{y}",
        r"\verb|<b>|",
        r"\mmlToken{mi}[onclick=x]{<i>}",
        r"\texttip{x}{\"><script>}",
        "\\text{\U000f0000\U000f0001}",
    ],
)
def test_nothing_in_a_formula_becomes_html(tex: str) -> None:
    try:
        tree = etree.fromstring(mathml(tex, display=False))
    except NotSetError:
        return
    assert not {str(element.tag) for element in tree.iter()} & {"script", "img"}
    assert not [name for element in tree.iter() for name in element.attrib if str(name).startswith("on")]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", " vbscript:x", 'x" onclick="y']
)
def test_a_link_leads_to_pages_only(address: str) -> None:
    with pytest.raises(NotSetError):
        mathml(rf"\href{{{address}}}{{x}}", display=False)


@pytest.mark.parametrize(
    "tex",
    [
        r"\def\a{\a\a}\a",
        r"\newcommand{\b}{\b}\b",
        "{" * 5000 + "x" + "}" * 5000,
        r"\frac{" * 500,
        r"\text{$" * 300,
    ],
)
def test_a_formula_without_end_is_named(tex: str) -> None:
    try:
        mathml(tex, display=True)
    except NotSetError as error:
        assert str(error)  # noqa: PT017 - deep braces alone may be set


def test_macros_and_environments_of_the_book_are_known() -> None:
    environments = (("half", (r"\frac{#1}{2}\left(", r"\right)", 1, None)),)

    assert (
        shown(r"\R+\norm{x}", macros={"R": Macro(r"\mathbb{R}"), "norm": Macro(r"\lVert #1\rVert", 1)})
        == "ℝ+‖x‖"
    )
    assert shown(r"\begin{half}{a}x\end{half}", environments=environments) == "a2(x)"


def test_a_formula_has_its_source_for_copies_and_screen_readers() -> None:
    tree = etree.fromstring(mathml("a < b", display=False))

    assert [(one.get("encoding"), one.text) for one in tree.iter("annotation")] == [
        ("application/x-tex", "a < b")
    ]


def test_every_formula_has_a_box_and_nothing_is_clipped(tmp_path: Path) -> None:
    parts = [
        f'<div class="math"><span class="eqno">(1)</span><div class="math-scroll">{mathml(tex, display=True)}</div></div>'
        for tex, _ in SET
    ]
    parts += [
        f'<p>See <span class="math">{mathml(tex, display=False)}</span>.</p>'
        for tex, _ in SET
        if "tag" not in tex
    ]
    script = """<script>document.fonts.ready.then(() => { document.body.dataset.wrong = [...document.querySelectorAll(".math")].filter(e => {
      const place = e.querySelector(".math-scroll") || e, formula = e.querySelector("math"), box = formula.getBoundingClientRect();
      return !(box.width > 0 && box.height > 0) || place.scrollHeight > place.clientHeight + 1 || box.left < place.getBoundingClientRect().left - 1
        || place.getBoundingClientRect().right > innerWidth + 1;
    }).map(e => e.querySelector("annotation").textContent).join(" | ");
    document.body.dataset.overflow = document.documentElement.scrollWidth - innerWidth; });</script>"""
    styles = (
        f'<link rel="stylesheet" href="{FONTS.as_uri()}"><link rel="stylesheet" href="{STATIC.as_uri()}">'
    )
    for width in (500, 768, 1280):  # no window is narrower
        page = tmp_path / f"{width}.html"
        page.write_text(
            f"<!DOCTYPE html><meta charset=utf-8>{styles}<body>{''.join(parts)}{script}</body>",
            encoding="utf-8",
        )
        body = dump(page, width).find("body")
        assert (body.get("data-wrong"), int(body.get("data-overflow", "1")) <= 0) == ("", True)
