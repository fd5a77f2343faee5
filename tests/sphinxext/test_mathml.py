"""Formulas become MathML as the site is written: what MathJax sets is set or named, and nothing but mathematics comes of it."""

# ruff: noqa: RUF001 - signs of mathematics

import re
from html import escape
from pathlib import Path

import pytest
from lxml import etree
from support.browser import dump

from toolchain.outputs.latex import mathjax
from toolchain.sphinxext.macros import Macro
from toolchain.sphinxext.site.mathml import in_outputs
from toolchain.sphinxext.site.mathml.as_xml import as_xml
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
    (r"\begin{array}{r@{\;=\;}l>{-}c<{,}@{!}}\hline a&b&c\\\hline d&e&f\\\end{array}", "a=b−c,!d=e−f,!"),
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
    (r"\begin{CD}A@>f>{a>}>B@=C\\@VVV@|@AlArA\\D@<<b<E@.F\end{CD}", "A→a>fBC↓‖l↑rD←bEF"),
    (
        r"\begin{empheq}[left={f=\empheqlbrace},right=\empheqrbrack]{align}a&=b\\c&=d\end{empheq}",
        "f={a=bc=d]",
    ),
    (r"\begin{align}\Aboxed{a&=b}\\&\vdotswithin{=}\\\shortvdotswithin{=}c&=d\end{align}", "a=b=ba⋮⋮c=d"),
    (
        r"\cfrac[l]{1}{2}\underbracket[1pt][2pt]{x}_a\mathmakebox[2em][l]{y}\mathclap[\scriptstyle]{z}",
        "12x⎵ayz",
    ),
    (r"\cancel[mathcolor=red]{x}\enclose{circle}[mathcolor=red]{y}\xmathstrut[1]{2}", "xy("),
    (r"\begin{array}{c}\hline\hline a\\\hline\hline b\end{array}\left<x\right>\bigl<y\bigr>", "ab⟨x⟩⟨y⟩"),
    (r"x\tag{$\ast$, é}", "x(∗,é)"),
    (r"\begin{align}a&=b\tag*{[A]}\\c&=d\tag{$x_1$}\end{align}", "a=b[A]c=d(x1)"),
    (r"a\centernot\implies b\Hat{x}\operatorname{log-sum}", "a⟹̸bxˆlog-sum"),
    (r"\text{``a\quad b''}\smashoperator[r]{\sum_i}", "“ab”∑i"),
    (
        r"\DeclarePairedDelimiter{\abs}{\lvert}{\rvert}\abs{x}\abs*{y}\abs[\big]{z}",
        "|x||y||z|",
    ),
    (
        r"\DeclarePairedDelimiterX\inner[2]{\langle}{\rangle}{#1\delimsize\vert#2}\inner*{a}{b}",
        "⟨a|b⟩",
    ),
    (r"\mmlToken{mi}{sin}x", "sinx"),
]
NAMED = {
    **dict.fromkeys(("prooftree", "unknownenvironment"), "environment"),
    **dict.fromkeys(("toggle", "mathtoolsset", "newtagform", "cellcolor"), "command"),
}
OF_A_PLACE = """
    array begin buildrel def definecolor end genfrac hdashline hline href leftroot let limits mkern mskip
    newcommand nolimits renewcommand right root shortvdotswithin sideset shoveleft shoveright textcompwordmark u uproot v verb
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
    newtagform noLine notChar overwithdelims renewenvironment renewtagform rootAtBottom rootAtTop rowcolor
    singleLine solidLine toggle usetagform
"""
"""Proof trees, brackets of empheq, what changes definitions and tables as a whole."""
CHEMISTRY = [
    (r"\ce{2 H2O}", r"2\,\mathrm{H}_{2}\mathrm{O}"),
    (r"\ce{1/2 O2}", r"\tfrac{1}{2}\,\mathrm{O}_{2}"),
    (r"\ce{SO4^2- v}", r"\mathrm{SO}_{4}^{2-}\ \downarrow"),
    (r"\ce{Fe^{II}Fe^{III}2O4}", r"\mathrm{Fe}^{\mathrm{II}}\mathrm{Fe}^{\mathrm{III}}_{2}\mathrm{O}_{4}"),
    (r"\ce{H3O+ + e-}", r"\mathrm{H}_{3}\mathrm{O}^{+}+\mathrm{e}^{-}"),
    (r"\ce{CH3-CH=CH2}", r"\mathrm{CH}_{3}{-}\mathrm{CH}{=}\mathrm{CH}_{2}"),
    (r"\ce{KCr(SO4)2*12H2O}", r"\mathrm{KCr}(\mathrm{SO}_{4})_{2}\cdot 12\,\mathrm{H}_{2}\mathrm{O}"),
    (r"\ce{NO_x}", r"\mathrm{NO}_{x}"),
    (r"\ce{^{14}_6C}", r"{}^{14}_{6}\mathrm{C}"),
    (r"\ce{A <--> B ->[a][$x$] C}", r"\mathrm{A}\xtofrom{}\mathrm{B}\xrightarrow[{x}]{\mathrm{a}}\mathrm{C}"),
    (r"\ce{A\bond{...}B\bond{3}C ^}", r"\mathrm{A}{\cdot\cdot\cdot}\mathrm{B}{\equiv}\mathrm{C}\ \uparrow"),
    (r"\pu{1.2e3 kg m s-2}", r"1.2\cdot 10^{3}\,\mathrm{kg}\,\mathrm{m}\,\mathrm{s}^{-2}"),
    (r"\pu{-25,5 °C/m^2}", r"-25{,}5\,{}^{\circ}\mathrm{C}{/}\mathrm{m}^{2}"),
    (r"\pu{5 \mu m*s}", r"5\,\mu \mathrm{m}\cdot \mathrm{s}"),
]
"""With the formula of mathematics that looks like it."""
TENFOLD = (("a", "x"), ("b", r"\a"), ("c", r"\b"), ("d", r"\c"), ("e", r"\d"))
SPACE = re.compile("[\\s\u2061-\u2064\ufe00\ufe01]")


def shown(tex: str, **options: object) -> str:
    """Return what readers see of a formula, without its source."""
    tree = etree.fromstring(mathml(tex, display=True, **options))  # type: ignore[arg-type] # are those of the function
    for source in tree.iter("annotation"):
        source.getparent().remove(source)  # type: ignore[union-attr] # it is in the formula
    return SPACE.sub("", "".join(map(str, tree.itertext())))


def made(tex: str) -> str:
    """Return what is made of a formula, without its source."""
    return mathml(tex, display=False).partition("<annotation")[0]


@pytest.mark.parametrize(("tex", "text"), SET)
def test_what_the_converter_lacks_is_written_with_what_it_has(tex: str, text: str) -> None:
    assert shown(tex) == SPACE.sub("", text)


@pytest.mark.parametrize(("tex", "alike"), CHEMISTRY)
def test_chemistry_and_quantities_are_set(tex: str, alike: str) -> None:
    assert made(tex) == made(f"{{{alike}}}")


@pytest.mark.parametrize("tex", [r"\ce{A <=>> B}", r"\ce{A\bond{~-}B}", r"\pu{5 & m}"])
def test_chemistry_that_has_no_equal_is_named(tex: str) -> None:
    with pytest.raises(NotSetError, match=re.escape(tex[:3])):
        mathml(tex, display=True)


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
    ("tex", "made"),
    [
        (
            r"\text{<script>alert(1)</script>}",
            "<mtext>&lt;script&gt;alert(1)&lt;/script&gt;</mtext>",
        ),
        (
            "<i o=p>",
            '<mo lspace="0">&lt;</mo><mi>i</mi><mi>o</mi><mo>=</mo><mi>p</mi><mo rspace="0">&gt;</mo>',
        ),
        (r"\verb|<b>|", "<mrow><mtext><code>&lt;b&gt;</code></mtext></mrow>"),
        (
            r"\texttip{x}{\"><script>}",
            r'<mrow><mtext><span title="\&quot;&gt;&lt;script&gt;"><math><mi>x</mi></math></span></mtext></mrow>',
        ),
        ("\\text{\U000f0000\U000f0001}", "<mrow></mrow>"),
    ],
)
def test_nothing_in_a_formula_becomes_html(tex: str, made: str) -> None:
    written = mathml(tex, display=False)

    source = escape(tex)
    assert written == (
        f"<math><semantics><mrow>{made}</mrow>"
        f'<annotation encoding="application/x-tex">{source}</annotation></semantics></math>'
    )


@pytest.mark.parametrize(
    "tex",
    [
        r'\class{a" onclick="x}{y}',
        r'\style{"><i>}{y}',
        r'\cssId{a"b}{y}',
        r"\style{background:url(x)}{y}",
        r"\mmlToken{mi}[onclick=x]{y}",
    ],
)
def test_an_attribute_that_could_be_more_is_named(tex: str) -> None:
    with pytest.raises(NotSetError) as raised:
        mathml(tex, display=False)

    assert raised.value.needle == tex.partition("{")[0]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", " vbscript:x", 'x" onclick="y']
)
def test_a_link_leads_to_pages_only(address: str) -> None:
    with pytest.raises(NotSetError):
        mathml(rf"\href{{{address}}}{{x}}", display=False)


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        (r"\def\a{\a\a}\a", r"\a is not set by it"),
        (r"\newcommand{\b}{\b}\b", r"\b is not set by it"),
        (r"\newcommand{\a}[1]{\a{#1#1}}\a{x}", r"\a is not set by it"),
        (r"\def\a{\b}\def\b{\a}\a", r"\a is not set by it"),
        ("".join(rf"\def\{one}{{{to * 10}}}" for one, to in TENFOLD) + r"\e", r"\e is not set by it"),
        (r"\frac{" * 500, "a { without its }"),
        (r"a\tag{1}\tag{2}", r"a row has more than one \tag"),
        (r"\begin{cases}a\tag{1}\\b\tag{2}\end{cases}", r"a row has more than one \tag"),
        (r"\text{$" * 300, "a { without its }"),
        (r"\smash{" * 30 + "}" * 30, "too many parts within one another"),
    ],
)
def test_a_formula_without_end_is_named(tex: str, reason: str) -> None:
    with pytest.raises(NotSetError, match=re.escape(reason)):
        mathml(tex, display=True)


def test_deep_braces_are_no_deep_elements() -> None:
    assert shown("{" * 5000 + "x" + "}" * 5000) == "x"


@pytest.mark.parametrize(
    ("html", "made"),
    [
        (r'<td class="output_area">a \(b&lt;c\)</td>', '<td class="output_area">a [b<c]</td>'),
        (r"<i class=math>$$x$$ \[y\]</i>", "<i class=math>[[x]] [[y]]</i>"),
        (
            r"<i class=math>\begin{align}a&amp;b\end{align}</i>",
            r"<i class=math>[[\begin{align}a&b\end{align}]]</i>",
        ),
        (r"<i class=math>\(\text{\(x\)}\)<b>\(y\)</b></i>", r"<i class=math>[\text{\(x\)}]<b>[y]</b></i>"),
        (
            r"<p class='a mathjax_process'><br>\(x\)</p>\(y\)",
            r"<p class='a mathjax_process'><br>[x]</p>\(y\)",
        ),
        *(
            (html, html)
            for html in (
                r"<td>\(x\) $$y$$</td>",
                r"<td class=math>$5 and $6, \(x, \(bad\), $$ $$</td>",
                r"<td class=math><pre>\(x\)</pre><code class=math>\(x\)</code><b title='>\(x\)'></b></td>",
                r"<td class=math><script>'\(x\)'</script><style>\(x\)</style><!-- \(x\) --></td>",
                r"<td class=math><i class='tex2jax_ignore'>\(x\)</i></td>",
                r"<td class=mathematics>\(x\)</td>",
            )
        ),
    ],
)
def test_formulas_of_outputs_are_set_where_mathjax_sets_them(html: str, made: str) -> None:
    def convert(tex: str, is_display: bool) -> str:  # noqa: FBT001 - as it is called
        if tex in ("bad", r"x, \(bad"):
            raise NotSetError(tex)
        return f"[[{tex}]]" if is_display else f"[{tex}]"

    between = in_outputs.delimiters({"mathjax3_config": None})  # type: ignore[arg-type] # all that is asked of it

    assert in_outputs.with_formulas(html, between, convert) == made


def test_a_book_can_say_what_formulas_of_outputs_stand_between() -> None:
    said = {"mathjax3_config": {"tex": {"inlineMath": [["$", "$"]]}}}
    between = in_outputs.delimiters(said)  # type: ignore[arg-type] # all that is asked of it

    html = r"<i class=math>$a$ \$5 \(b\) $$c$$</i>"
    assert (
        in_outputs.with_formulas(html, between, lambda tex, _: f"[{tex}]")
        == r"<i class=math>[a] \$5 \(b\) [c]</i>"
    )


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


def test_in_xml_each_language_has_its_name_and_styles_stand_where_mathml_has_them() -> None:
    written = as_xml(
        mathml(r"\dfrac12+\text{\textbf{b}}\href{#a}{\begin{matrix}x\end{matrix}}", display=True)
    )

    tree = etree.fromstring(written)
    languages = {etree.QName(one).localname: etree.QName(one).namespace for one in tree.iter()}
    styled = [etree.QName(one).localname for one in tree.iter() if one.get("displaystyle")]
    html, of_mathml = "http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/Math/MathML"
    assert {name for name, language in languages.items() if language == html} == {"a", "b"}
    assert set(languages.values()) == {html, of_mathml}
    assert set(styled) <= {"mstyle", "mtable"}
    assert styled
    assert [one.get("scriptlevel") for one in tree.iter("{*}mtable", "{*}mfrac")] == [None, None]
    assert "".join(map(str, tree.itertext())).startswith("12+bx")


def test_brackets_keep_their_size_and_what_is_beside_its_place_takes_no_room(tmp_path: Path) -> None:
    """A script must not make a bracket small, and what takes no room must not move what follows."""
    formulas = [
        r"\Bigr)",
        r"\Bigr)^2",
        r"\Bigr)_{x=0}",
        r"\Bigl(_a^b",
        "ab",
        r"a\mathrlap{xyz}b",
        r"a\mathclap{xyz}b",
        r"a\mathllap{x}b",
    ]
    script = """<script>document.fonts.ready.then(() => { const all = [...document.querySelectorAll("math")];
      const box = (e) => e.getBoundingClientRect();
      document.body.dataset.heights = all.slice(0, 4).map(e => Math.round(box(e.querySelector("mo")).height)).join();
      document.body.dataset.gaps = all.slice(4).map(e => [...e.querySelectorAll("mi")].map(box))
        .map(b => Math.round(b.at(-1).left - b[0].right)).join(); });</script>"""
    styles = (
        f'<link rel="stylesheet" href="{FONTS.as_uri()}"><link rel="stylesheet" href="{STATIC.as_uri()}">'
    )
    page = tmp_path / "page.html"
    text = "".join(f"<p>{mathml(tex, display=False)}</p>" for tex in formulas)
    page.write_text(
        f"<!DOCTYPE html><meta charset=utf-8>{styles}<body>{text}{script}</body>", encoding="utf-8"
    )

    body = dump(page, 800).find("body")

    heights, gaps = (body.get(f"data-{name}", "").split(",") for name in ("heights", "gaps"))
    assert (len(heights), len(set(heights))) == (4, 1)
    assert (len(gaps), len(set(gaps))) == (4, 1)
