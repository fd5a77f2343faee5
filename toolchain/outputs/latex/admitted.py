"""What LaTeX in an output may say: the whole list. What is not here is refused by its name.

Every name is defined by what the printed book loads, and tests set each of them in every place that the parser gives it.
"""

import re

# ruff: noqa: SIM905 - names are read as words, not between quotation marks

SYMBOLS = frozenset(
    r"""
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi
    omega varepsilon vartheta varpi varrho varsigma varphi varkappa digamma
    Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega Alpha Beta Epsilon Zeta Eta Iota Kappa Mu Nu Omicron Rho
    Tau Chi varGamma varDelta varTheta varLambda varXi varPi varSigma varUpsilon varPhi varPsi varOmega
    aleph beth gimel daleth hbar hslash ell wp Re Im partial nabla infty emptyset varnothing imath jmath eth Finv Game mho
    prime backprime angle measuredangle sphericalangle top bot forall exists nexists neg lnot surd triangle triangledown
    square Box Diamond flat natural sharp clubsuit diamondsuit heartsuit spadesuit checkmark complement bigstar
    blacksquare blacktriangle blacktriangledown blacklozenge lozenge diagup diagdown circledR circledS yen maltese
    pm mp times div cdot ast star circ bullet cap cup uplus sqcap sqcup vee wedge lor land setminus smallsetminus wr
    diamond amalg oplus ominus otimes oslash odot bigcirc dagger ddagger dag ddag bigtriangleup bigtriangledown
    triangleleft triangleright lhd rhd unlhd unrhd boxplus boxminus boxtimes boxdot circledast circledcirc circleddash
    ltimes rtimes leftthreetimes rightthreetimes curlyvee curlywedge veebar barwedge doublebarwedge Cap Cup doublecap
    doublecup intercal dotplus divideontimes centerdot
    leq le geq ge neq ne ll gg lll ggg equiv sim simeq approx approxeq cong asymp doteq doteqdot Doteq propto varpropto
    models vdash dashv Vdash Vvdash vDash VDash nvdash nvDash nVdash nVDash perp mid nmid parallel nparallel leqslant
    geqslant eqslantless eqslantgtr lesssim gtrsim lessapprox gtrapprox lessgtr gtrless lesseqgtr gtreqless lesseqqgtr
    gtreqqless leqq geqq prec succ preceq succeq preccurlyeq succcurlyeq curlyeqprec curlyeqsucc precsim succsim
    precapprox succapprox subset supset subseteq supseteq subseteqq supseteqq Subset Supset sqsubset sqsupset sqsubseteq
    sqsupseteq nsubseteq nsupseteq subsetneq supsetneq subsetneqq supsetneqq varsubsetneq varsupsetneq in ni owns notin
    smile frown bowtie Join between pitchfork therefore because backsim backsimeq thicksim thickapprox bumpeq Bumpeq
    circeq triangleq risingdotseq fallingdotseq eqcirc trianglelefteq trianglerighteq vartriangleleft vartriangleright
    vartriangle ntriangleleft ntriangleright blacktriangleleft blacktriangleright nless ngtr nleq ngeq nleqslant
    ngeqslant lneq gneq lneqq gneqq lnsim gnsim lnapprox gnapprox nprec nsucc npreceq nsucceq precnsim succnsim nsim ncong
    leftarrow rightarrow to gets leftrightarrow Leftarrow Rightarrow Leftrightarrow uparrow downarrow updownarrow Uparrow
    Downarrow Updownarrow longleftarrow longrightarrow longleftrightarrow Longleftarrow Longrightarrow Longleftrightarrow
    iff implies impliedby mapsto longmapsto hookleftarrow hookrightarrow leftharpoonup leftharpoondown rightharpoonup
    rightharpoondown rightleftharpoons leftrightharpoons nearrow searrow swarrow nwarrow leadsto rightsquigarrow
    leftrightsquigarrow leftleftarrows rightrightarrows leftrightarrows rightleftarrows upuparrows downdownarrows
    upharpoonleft upharpoonright downharpoonleft downharpoonright twoheadleftarrow twoheadrightarrow leftarrowtail
    rightarrowtail Lleftarrow Rrightarrow Lsh Rsh curvearrowleft curvearrowright circlearrowleft circlearrowright
    looparrowleft looparrowright dashleftarrow dashrightarrow multimap nleftarrow nrightarrow nleftrightarrow nLeftarrow
    nRightarrow nLeftrightarrow restriction
    ldots cdots vdots ddots dots dotsc dotsb dotsm dotsi dotso
    langle rangle lfloor rfloor lceil rceil lbrace rbrace lbrack rbrack lvert rvert lVert rVert vert Vert backslash lgroup
    rgroup lmoustache rmoustache ulcorner urcorner llcorner lrcorner colon S P pounds copyright smallint
    mathstrut strut bmod
    """.split()
)
"""Of a formula; they take nothing."""

OF_OLD_FONTS = frozenset(
    """
    Box Diamond blacklozenge blacksquare centerdot circlearrowleft circlearrowright circledS diagdown diagup
    doteqdot doublecap doublecup leadsto lhd lozenge ngeqslant nleqslant npreceq nsucceq ntriangleleft
    ntriangleright restriction rhd square thickapprox thicksim unlhd unrhd varDelta varGamma varLambda varOmega
    varPhi varPi varPsi varSigma varUpsilon varXi varpropto varsubsetneq varsupsetneq
    """.split()
)
"""Of SYMBOLS, those in fonts that are no OpenType: XeTeX crashes on one that stands alone under an accent."""

NEGATABLE = frozenset(
    r"""
    in ni subset supset subseteq supseteq sqsubset sqsupset sqsubseteq sqsupseteq equiv sim simeq approx approxeq cong asymp
    leq geq le ge ll gg prec succ preceq succeq preccurlyeq succcurlyeq mid parallel perp vdash models vDash Vdash exists
    propto rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow to gets lessgtr gtrless
    """.split()
)
r"""Of SYMBOLS, what `\not` may stand before."""

OPERATORS = frozenset(
    r"""
    sum prod coprod int iint iiint iiiint oint oiint oiiint idotsint bigcap bigcup bigsqcup bigvee bigwedge bigoplus
    bigotimes bigodot biguplus
    lim limsup liminf max min sup inf det gcd Pr injlim projlim varlimsup varliminf varinjlim varprojlim
    arccos arcsin arctan arg cos cosh cot coth csc deg dim exp hom ker lg ln log sec sin sinh tan tanh
    """.split()
)
"""Of a formula; they may have limits."""

SPACES = frozenset(
    r"""
    quad qquad enspace enskip thinspace medspace thickspace negthinspace negmedspace negthickspace space
    displaystyle textstyle scriptstyle scriptscriptstyle allowbreak nobreak hfill
    """.split()
)
"""Of a formula: room, and what changes the size of all that follows."""

STYLES = frozenset({"displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle"})

MATH_FONTS_OF_OLD = frozenset({"rm", "bf", "it", "sf", "tt", "cal"})

ALONE = SYMBOLS | OPERATORS | SPACES | MATH_FONTS_OF_OLD
"""Of a formula, what takes nothing."""

ONE = frozenset(
    r"""
    sqrt overline underline widehat widetilde hat check tilde acute grave dot ddot dddot ddddot breve bar vec mathring
    pmb pmod pod
    overrightarrow overleftarrow overleftrightarrow underrightarrow underleftarrow underleftrightarrow
    phantom hphantom vphantom boxed mathbin mathrel mathopen mathclose mathpunct mathinner
    """.split()
)
"""Of a formula; they take one formula."""

ALPHABETS = frozenset(
    "mathcal mathbb mathfrak mathscr mathnormal symbf symit symup symrm symcal symbb mod".split()
)
"""Of a formula; they take one formula, and a script after them is set at the last thing in it."""

GROUPS = frozenset({"mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathord", "boldsymbol"})
"""Of a formula; they take one formula, and are a group."""

MATH_ACCENTS = frozenset(
    """
    hat check tilde acute grave dot ddot dddot ddddot breve bar vec mathring widehat widetilde
    overrightarrow overleftarrow overleftrightarrow underrightarrow underleftarrow underleftrightarrow
    """.split()
)
"""Of ONE, what TeX sets as an accent."""

FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom"})

LIMITED = frozenset({"mathop", "operatorname", "overbrace", "underbrace", "overbracket", "underbracket"})
"""Of a formula; they take one formula, and may have limits."""

TWO = frozenset({"overset", "underset", "stackrel"})
"""Of a formula; they take two formulas."""

ARROWS = frozenset({"xrightarrow", "xleftarrow"})
"""Of a formula; they take one that is below, in brackets and optional, and one that is above."""

TIMES = {
    "boldsymbol": 6,
    "pmb": 12,
    "phantom": 4,
    "hphantom": 4,
    "vphantom": 4,
    "overset": 3,
    "underset": 3,
    "xrightarrow": 2,
    "xleftarrow": 2,
}
"""How often TeX sets what these take: one in another more often than it could."""

BIG = frozenset(size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m"))
"""Of a formula; they take a delimiter."""

DELIMITERS = frozenset(
    r"""
    ( ) [ ] / | . < > \{ \} \| \langle \rangle \lfloor \rfloor \lceil \rceil \vert \Vert \lvert \rvert \lVert \rVert
    \lbrace \rbrace \lbrack \rbrack \backslash \uparrow \downarrow \updownarrow \Uparrow \Downarrow \Updownarrow
    \lgroup \rgroup \lmoustache \rmoustache \ulcorner \urcorner \llcorner \lrcorner
    """.split()
)

MATH_CONTROL = frozenset("\\" + sign for sign in ",:;!> {}|%$&#_-/")
"""Of a formula: a backslash with a sign."""

INFIX = frozenset({"over", "atop", "choose"})

TEXT_IN_MATH = frozenset(
    "text mbox textrm textbf textit texttt textsf textsc textsl textup textnormal textmd fbox".split()
)
"""They take words, and stand in formulas as well."""

TEXT_FONTS = frozenset({*TEXT_IN_MATH, "emph", "underline"})
"""They take words."""

TEXT_SYMBOLS = frozenset(
    r"""
    textbackslash textasciitilde textasciicircum textless textgreater textbar textdegree textquotesingle textquotedblleft
    textquotedblright textquoteleft textquoteright textendash textemdash textperiodcentered textbullet texttimes textmu
    texteuro textpm textellipsis textunderscore textdollar textbraceleft textbraceright textregistered texttrademark
    textcopyright textparagraph textsection ss ae AE oe OE aa AA o O l L i j S P dag ddag pounds copyright ldots dots
    quad qquad enspace thinspace space hfill
    """.split()
)
"""Of words; they take nothing."""

TEXT_SWITCHES = frozenset(
    r"""
    tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge
    bfseries itshape slshape scshape upshape rmfamily sffamily ttfamily mdseries normalfont bf it rm sf tt em
    """.split()
)
"""Of words: how all that follows is set."""

BLOCK_SWITCHES = frozenset({"centering", "raggedright", "raggedleft", "noindent"})
BLOCK_SKIPS = frozenset({"bigskip", "medskip", "smallskip", "par"})

TEXT_CONTROL = frozenset({"\\ ", "\\,", "\\&", "\\%", "\\$", "\\#", "\\_", "\\{", "\\}", "\\-"})
ACCENTS = frozenset("\\" + sign for sign in "'`^\"~=.") | {"\\" + letter for letter in "cvuHkrdb"}
"""Of words; they take a letter."""

COLOURS = frozenset(
    """
    black blue brown cyan darkgray gray green lightgray lime magenta olive orange pink purple red teal violet white yellow
    """.split()
)

SHARE = r"(?:0?\.\d{1,6}|[01](?:\.0{0,6})?)"
BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
MODELS = {
    "HTML": re.compile(r"[0-9A-Fa-f]{6}"),
    "rgb": re.compile(rf"{SHARE}(?:, ?{SHARE}){{2}}"),
    "RGB": re.compile(rf"{BYTE}(?:, ?{BYTE}){{2}}"),
    "gray": re.compile(SHARE),
}
"""How a colour may be given, by the name of its model."""

MATRICES = frozenset({"matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix"})
INNER: dict[str, int] = {
    **dict.fromkeys(MATRICES, 10),  # LaTeX's MaxMatrixCols
    "smallmatrix": 40,
    "cases": 2,
    "aligned": 20,
    "alignedat": 20,
    "gathered": 1,
    "split": 2,
    "array": 0,
    "subarray": 1,
}
"""Environments within a formula, with how many columns they have; those of an array are said by itself."""

DISPLAYS: dict[str, int] = {
    "equation": 0,
    "displaymath": 0,
    "math": 0,
    "align": 20,
    "alignat": 20,
    "flalign": 20,
    "gather": 1,
    "multline": 1,
    "eqnarray": 3,
}
"""Environments that are formulas, with how many columns they have; 0 where there are no rows either."""
UNSTARRED = frozenset({"displaymath", "math"})

BLOCKS = frozenset({"center", "flushleft", "flushright"})
TABLES = frozenset({"tabular", "tabular*", "longtable"})
FLOATS = frozenset({"table", "table*"})
WORDS = BLOCKS | TABLES | FLOATS
"""Environments of words."""

RULES = frozenset({"hline", "toprule", "midrule", "bottomrule"})
LONG_PARTS = frozenset({"endfirsthead", "endhead", "endfoot", "endlastfoot"})
