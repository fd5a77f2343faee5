"""LaTeX of outputs in the places where print sets it: a document with the book's own preamble, and what TeX says of each."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sphinx.util.math import wrap_displaymath

from toolchain.outputs.latex import Kind, Latex

EDITION = r"\def\toolchainkind{screen}\def\toolchainwidth{187mm}\def\toolchainheight{235mm}\def\bookisbn{}\def\bookstamp{}"
MARK = re.compile(r"@@(\d+)@@")
WRONG = re.compile(r"^(?:! .*|OUTSIDE.*)", re.MULTILINE)


def place(found: Latex) -> str:
    """Return what print writes for LaTeX that is admitted."""
    if found.kind is Kind.WORDS:
        return f"\\begin{{bookoutput}}\n{found.text}\n\\end{{bookoutput}}"
    return (
        found.text if found.kind is Kind.DISPLAY else wrap_displaymath(found.content, None, numbering=False)
    )


def in_line(found: Latex) -> str:
    """Return what print writes for a formula within a line."""
    return f"words \\({found.content}\\) words"


def errors(places: Sequence[str], build: Path, folder: Path) -> dict[int, str]:
    r"""Set all places in a document, and return the first thing that is wrong with each; `build` has LaTeX's files.

    It is wrong as well if groups or formulas stay open, if a number is counted, or if a macro of the text around it,
    `\sentinel`, does not mean any more what it meant. What stops TeX is wrong with the last place that it came to.
    """
    texts = (path.read_text(encoding="utf-8") for path in sorted(build.glob("*.tex")))
    preamble = next(text for text in texts if r"\documentclass" in text).partition(r"\begin{document}")[0]
    for path in [*build.glob("*.sty"), *build.glob("*.cls")]:
        (folder / path.name).write_bytes(path.read_bytes())
    check = (
        r"\ifnum\currentgrouplevel=\level\else\typeout{OUTSIDE: a group}\fi\ifmmode\typeout{OUTSIDE: a formula}\fi"
        r"\ifnum\numexpr\value{table}+\value{equation}\relax=0 \else\typeout{OUTSIDE: a number}"
        r"\setcounter{table}{0}\setcounter{equation}{0}\fi"
        r"\expandafter\ifx\csname sentinel\endcsname\kept\else\typeout{OUTSIDE: a macro}\fi"
    )
    body = "".join(
        f"\n\n\\typeout{{@@{n}@@}}\nBefore.\n{written}\n\nAfter.\n{check}" for n, written in enumerate(places)
    )
    begin = r"\begin{document}\edef\level{\the\currentgrouplevel}\def\sentinel{kept}\let\kept\sentinel"
    (folder / "places.tex").write_text(
        f"{EDITION}\n{preamble}{begin}{body}\n\\typeout{{@@{len(places)}@@}}\\end{{document}}\n",
        encoding="utf-8",
    )
    command = ["xelatex", "-interaction=nonstopmode", "-no-pdf", "-no-shell-escape", "places.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
    _, *parts = MARK.split(run.stdout.decode(errors="replace"))
    said = dict(zip(map(int, parts[::2]), parts[1::2], strict=True))
    found = {n: match[0] for n, text in said.items() if (match := WRONG.search(text))}
    if len(places) not in said:
        found[max(said, default=0)] = "TeX stopped"
    return found
