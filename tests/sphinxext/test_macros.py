"""Commands that authors define for MathJax are written out as LaTeX would read them."""

import pytest

from toolchain.sphinxext.macros import Macro, expanded, taken_out

MACROS = {
    "R": Macro(r"\mathbb{R}"),
    "eps": Macro(r"\varepsilon"),
    "norm": Macro(r"\lVert #1 \rVert", 1),
    "pd": Macro(r"\frac{\partial #2}{\partial #1}", 2, "x"),
    "vec": Macro(r"\boldsymbol#1", 1),
    "first": Macro("#1", 1),
    "twice": Macro("#1#1x", 1),
    "endless": Macro(r"\endless a"),
    "more": Macro(r"\more\more"),
}


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        (r"x \in \R^2", r"x \in \mathbb{R}^2"),
        (r"x_\R + \frac\R2 \hat \R", r"x_{\mathbb{R}} + \frac{\mathbb{R}}2 \hat {\mathbb{R}}"),
        (r"\eps x \leq\eps", r"\varepsilon x \leq\varepsilon"),
        (r"\norm{\norm{x_{1}}} \norm y \norm\alpha", None),
        (r"\pd{f} \pd[t]{f}", r"\frac{\partial f}{\partial x} \frac{\partial f}{\partial t}"),
        (r"\vec{x}y \vec\R", r"\boldsymbol xy \boldsymbol{\mathbb{R}}"),
        (r"\first{\alpha}x \first\{", r"\alpha x \{"),
        (r"\twice{\alpha}", r"\alpha\alpha x"),
        (r"\Re \Rightarrow \\R", r"\Re \Rightarrow \\R"),
        (r"\norm", r"\norm"),
        (r"\norm{x", r"\norm{x"),
        (r"\endless", r"\endless"),
        (r"\more", r"\more"),
    ],
)
def test_commands_are_written_out(formula: str, written: str | None) -> None:
    expected = (
        r"\lVert \lVert x_{1} \rVert \rVert \lVert y \rVert \lVert \alpha \rVert"
        if written is None
        else written
    )

    assert expanded(formula, MACROS) == expected


@pytest.mark.parametrize(
    ("formula", "rest", "macros"),
    [
        (r"\newcommand{\R}{\mathbb{R}} \R", r" \R", {"R": Macro(r"\mathbb{R}")}),
        (r"\renewcommand*\v[1]{\mathbf{#1}}", "", {"v": Macro(r"\mathbf{#1}", 1)}),
        (r"\newcommand{\p}[2][x]{#1#2}", "", {"p": Macro("#1#2", 2, "x")}),
        (r"a \def\f#1#2{{#1}_#2} b", r"a  b", {"f": Macro("{#1}_#2", 2)}),
        (r"\DeclareMathOperator*{\argmin}{arg\,min}", "", {"argmin": Macro(r"\operatorname*{arg\,min}")}),
        (r"\newcommand{\R}{\mathbb{R}", r"\newcommand{\R}{\mathbb{R}", {}),
        (r"\let\E\exists", r"\let\E\exists", {}),
    ],
)
def test_definitions_are_taken_out(formula: str, rest: str, macros: dict[str, Macro]) -> None:
    assert taken_out(formula) == (rest, macros)


def test_a_command_that_is_defined_is_not_written_out_there() -> None:
    defined = r"\newcommand{\R}{\mathbb{R}} \renewcommand*\eps{\epsilon}\def\R{x}"

    assert expanded(rf"{defined} \R", MACROS) == rf"{defined} \mathbb{{R}}"


def test_brackets_of_a_pair_have_the_size_that_is_said() -> None:
    _, macros = taken_out(r"\DeclarePairedDelimiter\abs{\lvert}{\rvert}")

    assert expanded(r"\abs x_{\abs*{y}}\abs[\Big]{z}", macros) == (
        r"\lvert x\rvert_{\left\lvert y\right\rvert}\Bigl\lvert z\Bigr\rvert"
    )
