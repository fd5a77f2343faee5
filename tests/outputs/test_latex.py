"""LaTeX of outputs: what libraries make is admitted and stays as it is; what could leave its place is refused."""

import json
from pathlib import Path

import pytest

from toolchain.outputs.latex import Kind, NotAdmittedError, read, rewritten

MADE = json.loads(Path(__file__).with_name("made_by_libraries.json").read_text(encoding="utf-8"))
"""What sympy, pandas, statsmodels, numpy, pint, uncertainties and IPython made, by the name of each; see below."""
WITHOUT_PACKAGE = {"sympy/multiline-IEEEeqnarray", "pandas/styler-siunitx"}
"""Of these, what needs a package of LaTeX that no book loads: LaTeX stopped at it."""


@pytest.mark.parametrize("name", sorted(MADE))
def test_what_libraries_make_is_written_as_they_made_it(name: str) -> None:
    made = MADE[name]
    if name in WITHOUT_PACKAGE:
        with pytest.raises(NotAdmittedError):
            rewritten(made["made"])
        return

    # Without comments and labels; a table of a book has no number in an output, and so neither a short caption.
    assert rewritten(made["made"]) == made.get("written", made["made"].strip())


def test_few_differ() -> None:
    differ = {name for name, made in MADE.items() if "written" in made}

    assert len(MADE) > 170
    assert {name.partition("/")[0] for name in differ} == {"ipython", "pandas", "statsmodels"}
    for name in differ:
        before, after = MADE[name]["made"].splitlines(), MADE[name]["written"].splitlines()
        changed = [line for line in before if line not in after]
        assert all(
            line.startswith(("%", "\\caption", "\\label", "\\begin{table*}", "\\end{table*}"))
            or "{eqnarray}" in line
            for line in changed
        ), changed


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (r"\mu_\mathcal{B} + x^\frac12", r"\mu_{\mathcal{B}} + x^{\frac12}"),
        (r"\hat\theta x^\circ_\alpha", r"\hat{\theta} x^{\circ}_{\alpha}"),
        ("a % b\n + c", "a + c"),
        ("\\alpha% b\nx", r"\alpha x"),
        ("a\n\n\nb", "a\n\nb"),
        ("{a\n\nb}", "{a\nb}"),
        (r"a \\ [b]", r"a \\ {}[b]"),
        (r"a \\ [2pt] b", r"a \\[2pt] b"),
        (r"\begin{align} a & b \label{x} \end{align}", r"\begin{align} a & b \end{align}"),
        (r"$\displaystyle \begin{align}a\end{align}$", r"\begin{align}a\end{align}"),
        (r"$a$ and $b$", r"{}$a$ and $b$"),
        ("x\\ \n", r"x\ {}"),
        ("$x\\ $", r"$x\ {}$"),
        ("x\\ \n\ny", "x\\ {}\n\ny"),
        (r"{\begin{matrix}a\\b\end{matrix}}", r"{}{\begin{matrix}a\\b\end{matrix}}"),
        ("x¹²₁", "x^{12}_{1}"),
        (r"\hat\Box", r"\hat{{}\Box}"),
        (r"\frac{a \over b}{c}", r"\frac{{a \over b}}{c}"),
        (r"\newline $a$ \newline\newline b", r"$a$ \newline\newline b"),
    ],
)
def test_what_tex_might_read_otherwise_is_made_sure(text: str, written: str) -> None:
    assert rewritten(text) == written
    assert rewritten(written) == written


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x", Kind.FORMULA),
        (r"\(x\)", Kind.FORMULA),
        (r"x = \text{if $a$}", Kind.FORMULA),
        (r"\begin{bmatrix}a\end{bmatrix} + \begin{bmatrix}b\end{bmatrix}", Kind.FORMULA),
        (r"\begin{align}a\end{align} \begin{align}b\end{align}", Kind.DISPLAY),
        (r"$$\begin{gather*}a\end{gather*}$$", Kind.DISPLAY),
        (r"so \begin{align}a\end{align} is $b$", Kind.WORDS),
        (r"\begin{tabular}{l}a\end{tabular}", Kind.WORDS),
    ],
)
def test_what_it_is_decides_how_it_is_set(text: str, kind: Kind) -> None:
    assert read(text).kind is kind


def test_in_print_no_formula_of_an_output_has_a_number() -> None:
    assert read(r"\begin{align}a\end{align}", counted=False).text == r"\begin{align*}a\end{align*}"
    assert read(r"$a$ \begin{eqnarray}b\end{eqnarray}", counted=False).text == (
        r"$a$ \begin{eqnarray*}b\end{eqnarray*}"
    )


ESCAPES = [
    # Programs, files, the network.
    r"\input{/etc/passwd}",
    r"\input /etc/passwd",
    r"\input{|id}",
    r"\include{x}",
    r"\openout\w=x.sty",
    r"\newwrite\w",
    r"\immediate\write18{id}",
    r"\write18{id}",
    r"\openin\w=/etc/passwd",
    r"\read\w to\x",
    r"\special{pdf:fstream @x (/etc/passwd)}",
    r"\special{x:pdf}",
    r"\includegraphics{/etc/x.png}",
    r"\VerbatimInput{/etc/passwd}",
    r"\lstinputlisting{/etc/passwd}",
    r"\XeTeXpicfile /etc/x.png",
    r"\font\x=/etc/x",
    r"\fontspec{/etc/x.ttf}",
    r"\usepackage{x}",
    r"\RequirePackage{x}",
    r"\directlua{os.execute('id')}",
    r"\bibliography{/etc/x}",
    r"\pdfmdfivesum file{/etc/passwd}",
    r"\filesize{/etc/passwd}",
    # Macros, and what makes characters mean something else.
    r"\def\x{y}",
    r"\gdef\x{y}",
    r"\let\x=y",
    r"\newcommand{\x}{y}",
    r"\renewcommand{\x}{y}",
    r"\DeclareMathOperator{\x}{y}",
    r"\newenvironment{x}{}{}",
    r"\csname input\endcsname",
    r"\expandafter\x",
    r"\catcode`\@=0 @input",
    r"\makeatletter\@input{x}\makeatother",
    r"\scantokens{x}",
    r"\lowercase{x}",
    r"\uppercase{x}",
    "^^5cinput{/etc/passwd}",
    "^^^^005cinput{x}",
    "x^^M y",
    r"\char`\\",
    r"\char92",
    r"\symbol{92}",
    r"\XeTeXinterchartoks",
    r"\futurelet\x",
    r"\aftergroup\x",
    r"\everymath{x}",
    r"\loop x\repeat",
    r"\makeatletter",
    # Out of the place.
    "x}",
    "{x",
    r"x}\end{split}\end{equation*}\input{x}",
    r"x\end{split}\end{equation*}",
    r"\end{document}",
    r"\end{bookoutput}",
    r"\begin{document}",
    r"x$ y",
    r"$x$$",
    r"\[x\] y \]",
    r"\left( x",
    r"x \right)",
    r"\left( {x \right)}",
    r"\begin{matrix} x \end{bmatrix}",
    r"\begin{matrix} {x \end{matrix} }",
    r"\begin{matrix} x",
    r"\begin{tabular}{l} a & b \end{tabular}",
    r"\begin{tabular}{l} a \end{tabular} } $x$",
    r"\begin{tabular}{@{\input{x}}l} a \end{tabular}",
    r"\begin{tabular}{>{\input{x}}l} a \end{tabular}",
    r"\begin{tabular}{*{1000000}{l}} a \end{tabular}",
    r"\begin{tabular}{l} a \\ \multicolumn{2}{l}{b} \end{tabular}",
    r"\begin{tabular}{ll} \cline{1-3} a \end{tabular}",
    r"\begin{tabular}{l} a \hline \end{tabular}",
    r"\begin{verbatim} x \end{verbatim}",
    r"\begin{filecontents}{x.tex} x \end{filecontents}",
    r"\begin{lrbox}{\x} x \end{lrbox}",
    r"\verb|x|",
    r"{a & b}",
    r"\text{a \\ b $x$",
    r"\hspace{10000cm}",
    r"\hspace{-5cm} x",
    r"\kern-5cm x",
    r"\raisebox{10cm}{x}",
    r"\rlap{x}",
    r"\vspace{-10cm} $x$",
    r"\newpage $x$",
    r"\clearpage $x$",
    # Numbers, names, links.
    r"\ref{x}",
    r"\eqref{x}",
    r"\pageref{x}",
    r"\cite{x}",
    r"\setcounter{page}{100}",
    r"\refstepcounter{equation}",
    r"\label{\input{x}}",
    r"\index{x}",
    r"\footnote{x} $y$",
    r"\section{x}",
    r"\tableofcontents",
    r"\addcontentsline{toc}{chapter}{x}",
    r"\hypertarget{x}{y}",
    r"\caption{x} $y$",
    # What MathJax obeys.
    r"\href{javascript:alert(1)}{x}",
    r"\url{javascript:alert(1)}",
    r"\style{position:fixed}{x}",
    r"\class{x}{y}",
    r"\cssId{x}{y}",
    r"\require{html}",
    r"\unicode{x41}",
    r"\toggle{x}{y}\endtoggle",
    r"\mathtip{x}{y}",
    r"\data{x=y}{z}",
    r"\mmlToken{mi}{x}",
    # What is no formula, or stops TeX.
    "x_1_2",
    "x^2'",
    "x'^2^3",
    "x²^3",
    r"{\hat{x}_1}_2",
    r"\frac{1}",
    r"\sqrt",
    r"x_",
    r"\limits x",
    r"a \over b \over c",
    r"\color{nocolour} x",
    r"\color[html]{FF0000} x",
    r"\begin{align} a \tag{1} \tag{2} \end{align}",
    r"\frac{\begin{split}a\end{split}}{2}",
    r"\begin{matrix}" + "&" * 10 + r"\end{matrix}",
    "x # y",
    "\\unknown",
    "\\\n",
    "\\é",
    "\x00",
    "\x1b[31m",
    "a\u202eb",
    "a\u200bb",
    "a\u2028b",
    "\ue000",
    "\ufeffx",
]


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "${}$",
        "$$ {} $$",
        r"a $b$ {}",
        r"\text{{{}}}",
        r"\frac{{a}}{{{}}}",
        r"\begin{{align}}a {} \end{{align}}",
        r"\begin{{tabular}}{{l}}{}\\\end{{tabular}}",
    ],
)
def test_what_could_leave_its_place_is_refused(around: str) -> None:
    admitted = []
    for text in ESCAPES:
        try:
            admitted.append((text, rewritten(around.format(text))))
        except NotAdmittedError as error:
            assert error.line == 1 + around.format(text).count("\n", 0, 1)  # noqa: PT017 - all are looked at
            assert "column" in error.message  # noqa: PT017

    assert admitted == []


def test_comments_hide_nothing() -> None:
    assert rewritten("x % \\input{y}") == "x"
    with pytest.raises(NotAdmittedError, match=r"\\input"):
        rewritten("x %\n\\input{y}")
    with pytest.raises(NotAdmittedError, match=r"\\inp is not admitted"):
        rewritten("\\inp%\nut{y}")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_001,
        "{" * 160 + "}" * 160,
        r"\frac{1}{" * 100 + "x" + "}" * 100,
        r"\left(" * 100 + r"\right)" * 100,
        r"\begin{matrix}" * 30 + r"\end{matrix}" * 30,
        r"\text{$" * 12 + "x" + "$}" * 12,
        r"\pmb{" * 6 + "x" + "}" * 6,
        r"\phantom{" * 10 + "x" + "}" * 10,
        r"\overset{a}{" * 15 + "x" + "}" * 15,
        r"\!" * 101,
        r"\begin{tabular}{l}" + r"a\\" * 1_001 + r"\end{tabular}",
        r"\pmb{x}" * 5_000,
        r"\begin{longtable}{p{2cm}} a \\ \endhead b \\ \end{longtable}",
        r"\begin{longtable}{l} \Huge a \\ \endhead b \\ \end{longtable}",
        r"\begin{longtable}{l}" + r"a \\" * 20 + r"\endhead b \\ \end{longtable}",
    ],
)
def test_what_is_too_much_for_tex_is_refused(text: str) -> None:
    with pytest.raises(NotAdmittedError):
        rewritten(text)
