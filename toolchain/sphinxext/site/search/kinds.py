"""What readers call things with numbers, in the language of the book: `eq 2.11`, `Abbildung 3.2`."""

from collections.abc import Iterator

from sphinx.environment import BuildEnvironment

from toolchain.sphinxext.site.search.parts import EQUATION, SECTION
from toolchain.sphinxext.site.search.words import fold

SAID = {
    EQUATION: "equation equations eq eqn formula formel gleichung gl équation ecuación ec fórmula equazione"
    " equação vergelijking уравнение 公式 方程 式 数式 方程式 식",
    SECTION: "section sec chapter ch appendix abschnitt kapitel kap anhang chapitre annexe sección capítulo cap"
    " apéndice sezione capitolo seção hoofdstuk раздел глава 节 章 附录 節 付録 절 장",
    "figure": "figure fig figures abbildung abb bild figura afbeelding рисунок рис 图 圖 図 그림",
    "table": "table tab tabelle tableau tabla tabella tabela tabel таблица табл 表 표",
    "code-block": "listing code quelltext",
}
"""Words in the languages that most books are in, whatever the book's: readers type those of theirs."""


def kinds(env: BuildEnvironment) -> dict[str, str]:
    """Return the kinds of things that have numbers, by the words for them, among which are those that the book prints."""
    said = {fold(word): kind for kind, words in SAID.items() for word in words.split()}
    for kind in sorted({kind for numbers in env.toc_fignumbers.values() for kind in numbers}):
        if kind != "displaymath":
            said.setdefault(fold(kind), kind)
            said.update(dict.fromkeys(_printed(env, kind), kind))
    return said


def _printed(env: BuildEnvironment, kind: str) -> Iterator[str]:
    before, _, after = str(env.config.numfig_format.get(kind, "")).partition("%s")
    for words in (before, after):
        word = fold(words.strip(" .:()"))
        if word and not any(map(str.isspace, word)):
            yield word
