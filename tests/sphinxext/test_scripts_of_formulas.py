"""A script in a formula that needs no braces for MathJax has them in print."""

import pytest

from toolchain.sphinxext.printed.terms import with_braces, with_environments


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        (r"x_\Pr y", r"x_{\Pr} y"),
        (r"x_\bmod d", r"x_{\bmod} d"),
        (r"\mu_\mathcal{B}^\mathbf x", r"\mu_{\mathcal{B}}^{\mathbf x}"),
        (r"x^\frac12 + y^\frac{1}{2}z", r"x^{\frac12} + y^{\frac{1}{2}}z"),
        (r"x_\hat\beta", r"x_{\hat\beta}"),
        (r"x^\sqrt[3]{x}", r"x^{\sqrt[3]{x}}"),
        (r"x^\sqrt[\leftroot{2}3]{x}", r"x^{\sqrt[\leftroot{2}3]{x}}"),
        (r"x_\sqrt[3]\frac12 \sqrt\fracture", r"x_{\sqrt[3]{\frac12}} \sqrt\fracture"),
        (r"x_\text{a_b {c}}", r"x_{\text{a_b {c}}}"),
        (r"x_{\alpha_\sin}", r"x_{\alpha_{\sin}}"),
        (r"x_\not\in_\big(", r"x_{\not\in}_{\big(}"),
        (r"x^\R_\norm{x}{y}", r"x^{\R}_{\norm{x}{y}}"),
        (r"x_ \operatorname*{argmin}_y", r"x_{\operatorname*{argmin}}_y"),
        (r"a\_\alpha x_i^2 x_{ij}'", r"a\_\alpha x_i^2 x_{ij}'"),
        (r"x_\left(a_\pi\right) \\ x_", r"x_{\left(a_{\pi}\right)} \\ x_"),
        (r"x^\left\{\left.a\right|\right\rangle y", r"x^{\left\{\left.a\right|\right\rangle} y"),
        (r"x_\left( a", r"x_\left( a"),
        (r"\sum_\limits{i=1}^\limits\infty", r"\sum\limits_{i=1}\limits^{\infty}"),
        (r"x_\frac{1}{2", r"x_{\frac{1}{2}"),
    ],
)
def test_scripts_get_braces(typed: str, printed: str) -> None:
    assert with_braces(typed) == printed


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        (r"x \pmatrix {a & b\cr c} y", r"x \begin{pmatrix}a & b\cr c\end{pmatrix} y"),
        (r"\displaylines{a\\\cases{b}}", r"\begin{gathered}a\\\begin{cases}b\end{cases}\end{gathered}"),
        (r"\eqalign{a&=\}\cr}", r"\begin{aligned}a&=\}\cr\end{aligned}"),
        (r"\begin{matrix}a\\\end{matrix}\\matrix{b}", r"\begin{matrix}a\\\end{matrix}\\matrix{b}"),
    ],
)
def test_rows_of_plain_tex_are_environments(typed: str, printed: str) -> None:
    assert with_environments(typed) == printed


@pytest.mark.parametrize(
    "unit", [r"x_\hat", r"x_\hat{", r"\hat", "_^", r"\frac", r"x_\R{", "x_{", r"x_\left("]
)
def test_no_formula_is_too_deep(unit: str) -> None:
    formula = "x_" + unit * 5000

    without = str.maketrans("", "", "{}")
    assert with_braces(formula).translate(without) == formula.translate(without)
