"""Formulas within `$$` whose environment stands alone in LaTeX: what takes its place."""

import pytest

from toolchain.sphinxext.notebook_text import maths


@pytest.mark.parametrize(
    ("typed", "within"),
    [
        (r"\begin{align}a &= b\end{align}", "aligned"),
        (r"\begin{align}a &= b \tag{*}\end{align}", "align*"),
        (r"\begin{gather*}a \tag*{here}\end{gather*}", "gather*"),
    ],
)
def test_only_environments_that_stand_alone_mark_rows(typed: str, within: str) -> None:
    body = maths.body(typed)

    assert body.startswith(f"\\begin{{{within}}}\n")
    assert body.endswith(f"\n\\end{{{within}}}")
