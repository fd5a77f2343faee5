"""Whatever is admitted is set by TeX where print sets it, and nothing around it changes: a gallery, and random tokens."""

import json
import random
import re
from pathlib import Path

import pytest
from support.latex_places import errors, in_line, place

from toolchain.outputs.latex import Kind, Latex, NotAdmittedError, admitted, read

MADE = json.loads(Path(__file__).with_name("made_by_libraries.json").read_text(encoding="utf-8"))
PIECE = re.compile(r"\\[A-Za-z]+|\\.|\s+|[^\\]", re.DOTALL)
COLUMNS = {
    "array": "{cc}",
    "subarray": "{c}",
    "alignedat": "{2}",
    "alignat": "{2}",
    "tabular": "{lr}",
    "tabular*": r"{\linewidth}{lr}",
    "longtable": "{lr}",
}
"""What some environments have after their names."""
ENVIRONMENTS = [
    f"\\begin{{{name}}}{COLUMNS.get(name, '')} a & b \\\\ c\\end{{{name}}}"
    for name in sorted({*admitted.INNER, *admitted.DISPLAYS, *admitted.WORDS})
]
TAKING = (
    admitted.ONE
    | admitted.GROUPS
    | admitted.ALPHABETS
    | admitted.LIMITED
    | admitted.ARROWS
    | admitted.TEXT_IN_MATH
)
"""Commands of formulas that take one thing."""
VOCABULARY = [
    *(
        f"\\{name}"
        for name in sorted(admitted.ALONE | admitted.FRACTIONS | admitted.TWO | admitted.INFIX | TAKING)
    ),
    *(f"\\{name}" for name in sorted(admitted.TEXT_FONTS | admitted.TEXT_SYMBOLS | admitted.TEXT_SWITCHES)),
    *(f"\\{name}" for name in sorted(admitted.BLOCK_SKIPS | admitted.BLOCK_SWITCHES | admitted.BIG)),
    *sorted(admitted.MATH_CONTROL | admitted.ACCENTS),
    *(8 * list("abxyzé中²₁ \n&^_{}[]()|*'`\"~$#%,.")),
    *(
        8
        * [
            r"\\",
            "\n\n",
            "{}",
            r"\left(",
            r"\right)",
            r"\middle|",
            r"\limits",
            r"\not",
            r"\substack",
            r"\label{a}",
        ]
    ),
    *(
        8
        * [
            r"\tag{1}",
            r"\notag",
            r"\hline",
            r"\toprule",
            r"\cline{1-1}",
            r"\multicolumn{2}{c}{x}",
            r"\caption{x}",
        ]
    ),
    *(
        8
        * [
            r"\multirow{2}{*}{x}",
            r"\color{red}",
            r"\cellcolor{red}",
            r"\newline",
            r"\hspace{1em}",
            r"\[",
            r"\]",
        ]
    ),
    *(
        8
        * [
            r"\(",
            r"\)",
            "$$",
            r"\def\x{y}",
            r"\input{x}",
            "^^5c",
            r"\endhead",
            r"\rowcolor{red}",
            r"\begin",
            r"\end",
        ]
    ),
    *(
        part
        for text in ENVIRONMENTS
        for part in (text.partition(" ")[0], f"\\end{text.rpartition('end')[2]}")
    ),
]


def test_all_that_is_admitted_is_set(minimal: Path, tmp_path: Path) -> None:
    alone = sorted(admitted.ALONE)
    formulas = [
        *(rf"a \{name} b_\{name}^\{name} \frac\{name}2 \text{{$\{name}$}}" for name in alone),
        *(rf"\hat\{name} \begin{{matrix}} \{name} & \{name} \\ \{name} \end{{matrix}}" for name in alone),
        *(
            rf"\{name}{{{inside}}}_1^2 x_\{name}{{{inside}}}"
            for name in sorted(TAKING)
            for inside in ("x", "", "é", *([r"\alpha", r"\Box"] if name not in admitted.TEXT_IN_MATH else []))
        ),
        *(
            rf"\{name}{{x^2}}{{\begin{{matrix}}a&b\\c\end{{matrix}}}} \{name}12"
            for name in sorted(admitted.FRACTIONS | admitted.TWO)
        ),
        *(rf"\left{sign} x \middle{sign} y \right{sign}^2" for sign in sorted(admitted.DELIMITERS)),
        *(rf"\{name}({'x'}\{name}\Vert" for name in sorted(admitted.BIG)),
        *(rf"a \not\{name} b" for name in sorted(admitted.NEGATABLE)),
        *(rf"a {mark} b {mark}" for mark in sorted(admitted.MATH_CONTROL)),
    ]
    words = [
        *(rf"$a$ \{name}{{b {{c}} $x$}} d" for name in sorted(admitted.TEXT_FONTS)),
        *(
            rf"$a$ \{name} \textbf{{\{name}}}"
            for name in sorted(admitted.TEXT_SYMBOLS | admitted.TEXT_SWITCHES)
        ),
        *(rf"\{name} $a$ \{name} b" for name in sorted(admitted.BLOCK_SKIPS | admitted.BLOCK_SWITCHES)),
        *(rf"$a$ {mark}{{e}} {mark} o {mark}\i" for mark in sorted(admitted.ACCENTS)),
        *(rf"{mark} $a$ {mark}" for mark in sorted(admitted.TEXT_CONTROL)),
    ]
    made = [each["made"] for each in MADE.values() if "refused" not in each]
    found = [read(text, counted=False) for text in [*formulas, *words, *made]]
    lines = [each for each in found if each.kind is Kind.FORMULA and not each.several]

    assert errors([*map(place, found), *map(in_line, lines)], minimal / "_build/latex", tmp_path) == {}


@pytest.mark.slow
@pytest.mark.fuzz(few=1)
def test_whatever_is_admitted_is_set_and_changes_nothing_around_it(
    seed: int, minimal: Path, tmp_path: Path
) -> None:
    draw = random.Random(seed)  # noqa: S311 - what is drawn need not be secret
    texts: list[str] = []
    found: list[Latex] = []
    while len(found) < 400:
        text = _text(draw)
        try:
            each = read(text, counted=False)
        except NotAdmittedError:
            continue
        assert read(each.text, counted=False).text == each.text == each.text.strip(), text
        texts.append(text)
        found.append(each)

    wrong = errors([*map(place, found)], minimal / "_build/latex", tmp_path)

    assert [(texts[n], said) for n, said in wrong.items()] == []


def _text(draw: random.Random) -> str:
    """Return tokens in any order, or what a library made with some of its tokens moved, doubled or changed."""
    if draw.random() < 0.25:
        return "".join(draw.choices(VOCABULARY, k=draw.randint(1, 12)))
    pieces = PIECE.findall(draw.choice(SOURCES))
    for _ in range(draw.randint(1, 5)):
        at = draw.randrange(len(pieces) + 1)
        match draw.randrange(5):
            case 0:
                pieces.insert(at, draw.choice(VOCABULARY))
            case 1:
                del pieces[at : at + 1]
            case 2:
                pieces[at:at] = pieces[at : at + draw.randint(1, 6)]
            case 3:
                other = PIECE.findall(draw.choice(SOURCES))
                start = draw.randrange(len(other))
                pieces[at:at] = other[start : start + draw.randint(1, 8)]
            case _:
                pieces[at:at] = ["{", draw.choice(VOCABULARY), "}"]
    return "".join(pieces)


SOURCES = [*(each["made"] for each in MADE.values() if len(each["made"]) < 1500), *ENVIRONMENTS]
