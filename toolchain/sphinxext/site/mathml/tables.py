"""Commands of TeX that the converter lacks and that have an equal: names, and what stands for them."""

# ruff: noqa: RUF001, SIM905 - signs are what they are; names are read as words, not between quotation marks


def _table(entries: str) -> dict[str, str]:
    name_and_equal = (entry.partition("=") for entry in entries.split())
    return {name: equal for name, _, equal in name_and_equal}


SMALL = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega"
GREEK = f"{SMALL} varepsilon varphi varpi varrho varsigma vartheta".split()
CAPITALS = "Delta Gamma Lambda Omega Phi Pi Psi Sigma Theta Upsilon Xi".split()
LATIN = "Alpha=A Beta=B Chi=X Epsilon=E Eta=H Iota=I Kappa=K Mu=M Nu=N Omicron=O Rho=P Tau=T Zeta=Z"

ALIASES = (
    _table(
        r"""
        And=\& Arrowvert=\Vert LaTeX=\text{LaTeX} MTThinColon=: MoveEqLeft= TeX=\text{TeX} adjustlimits= allowbreak= arrowvert=\vert
        bracevert=\vert celsius=\text{°C} centercolon=: centerdot=\cdot  copyright=© dag=\dagger ddag=\ddagger degree=° divsymbol=÷
        dotsb=\cdots dotsc=\ldots dotsi=\cdots dotsm=\cdots dotso=\ldots enskip=\hspace{0.5em} hbar=ℏ hfil= hfill= hfilll= intop=\int
        longLeftrightharpoons=⇋ longRightleftharpoons=⇌ longleftrightarrows=⇄ longrightleftharpoons=⇌ mathstrut=\vphantom{(} medspace=\: micro=µ minCDarrowheight= minCDarrowwidth= ndownarrow=⇟ nobreak=
        nonscript= nshortmid=\nmid nshortparallel=\nparallel nuparrow=⇞ ohm=Ω ordinarycolon=: perthousand=‰ shortmid=\mid
        shortparallel=\parallel smallfrown=\frown smallint=\textstyle\int smallsetminus=\setminus smallsmile=\smile strut=\vphantom{(}
        thickapprox=\approx thickspace=\; thicksim=\sim tripledash=\text{---}
        varpropto=\propto xLeftrightharpoons=\xleftrightharpoons xRightleftharpoons=\xrightleftharpoons
        """
    )
    | {f"up{name}": rf"\mathrm{{\{name}}}" for name in GREEK}
    | {f"Up{name.lower()}": rf"\mathrm{{\{name}}}" for name in CAPITALS}
    | {name: rf"\mathrm{{{letter}}}" for name, letter in _table(LATIN).items()}
)
"""Commands that take nothing."""

SIGNS = {
    f"text{name}": sign
    for name, sign in _table(
        """
        acutedbl=˝ asciiacute=´ asciibreve=˘ asciicaron=ˇ asciidieresis=¨ asciimacron=¯ asteriskcentered=∗ baht=฿ bigcircle=◯
        blank=␢ born=★ brokenbar=¦ bullet=• celsius=℃ cent=¢ centoldstyle=¢ circledP=℗ colonmonetary=₡ copyleft=🄯 copyright=©
        currency=¤ died=† discount=⁒ div=÷ divorced=⚮ dollaroldstyle=$ dong=₫ downarrow=↓ eightoldstyle=8 estimated=℮ euro=€
        exclamdown=¡ fiveoldstyle=5 florin=ƒ fouroldstyle=4 fractionsolidus=⁄ gravedbl=˵ guarani=₲ interrobang=‽ interrobangdown=⸘
        langle=〈 lbrackdbl=⟦ leftarrow=← lira=₤ lnot=¬ lquill=⁅ married=⚭ mho=℧ minus=− mu=µ musicalnote=♪ naira=₦ nineoldstyle=9
        numero=№ ohm=Ω onehalf=½ oneoldstyle=1 onequarter=¼ onesuperior=¹ openbullet=◦ ordfeminine=ª ordmasculine=º paragraph=¶
        periodcentered=· pertenthousand=‱ perthousand=‰ peso=₱ pm=± questiondown=¿ quotesingle=' rangle=〉 rbrackdbl=⟧ recipe=℞
        referencemark=※ rightarrow=→ rquill=⁆ section=§ servicemark=℠ sevenoldstyle=7 sixoldstyle=6 surd=√ threeoldstyle=3
        threequarters=¾ threesuperior=³ tildelow=˷ times=× trademark=™ twooldstyle=2 twosuperior=² uparrow=↑ visiblespace=␣ won=₩
        zerooldstyle=0
        """
    ).items()
}
"""Signs of words."""
IN_WORDS_ONLY = SIGNS.keys() | {
    f"text{name}"
    for name in """
    asciicircum asciitilde backslash bar bardbl braceleft braceright compwordmark dagger daggerdbl degree dollar ellipsis emdash endash
    greater less quotedblleft quotedblright quoteleft quoteright registered sterling underscore yen
    """.split()
}
"""Those of SIGNS, and those that the converter knows within words."""

SAME = _table(
    r"""
    Acute=\acute Bar=\bar Breve=\breve Check=\check Ddot=\ddot Dot=\dot Grave=\grave Hat=\hat Tilde=\tilde Vec=\vec
    bbFont=\mathbb cramped= mathbfit=\bm mathbfup=\mathbf mathmbox= mathnormal=
    mathsfup=\mathsf mathup=\mathrm mit=\mathit oldstyle= pmb=\boldsymbol scr=\mathscr symbb=\mathbb symbf=\mathbf symbfit=\bm
    symbfup=\mathbf symcal=\mathcal symfrak=\mathfrak symit=\mathit symnormal= symrm=\mathrm symscr=\mathscr symsf=\mathsf
    smashoperator= symsfup=\mathsf symtt=\mathtt symup=\mathrm vcenter=
    """
)
"""Commands of one argument, each with the command that does the same; where there is none, the argument stands by itself."""

OPTIONS = {
    **dict.fromkeys(("cfrac", "cramped", "crampedsubstack", "smashoperator", "xmathstrut", "MoveEqLeft"), 1),
    **{f"{kind}{side}lap": 1 for kind in ("math", "cramped") for side in "lrc"},
    **dict.fromkeys(("shoveleft", "shoveright"), 1),
    **dict.fromkeys(("framebox", "makebox", "mathmakebox", "overbracket", "underbracket"), 2),
}
"""Commands with so many arguments in brackets that say what does not matter here: where something stands, how thick a line is."""

TEXTS = dict.fromkeys("hbox makebox mbox text textmd textnormal textrm textup".split(), r"\text")
TEXTS |= {name: f"\\{name}" for name in "textbf textit textsf texttt".split()} | {
    "textsl": r"\textit",
    "textsc": r"\text",
}
"""Commands that take words."""

ALPHABETS = {
    **dict.fromkeys(("mathbfcal", "mathbfscr", "symbfcal", "symbfscr"), (0x1D4D0, 0x1D4EA, 0)),
    **dict.fromkeys(("mathbffrak", "symbffrak"), (0x1D56C, 0x1D586, 0)),
    **dict.fromkeys(("mathbfsf", "mathbfsfup", "symbfsf", "symbfsfup"), (0x1D5D4, 0x1D5EE, 0x1D7EC)),
    **dict.fromkeys(("mathbfsfit", "symbfsfit"), (0x1D63C, 0x1D656, 0)),
    **dict.fromkeys(("mathsfit", "symsfit"), (0x1D608, 0x1D622, 0)),
}
"""Alphabets of letters that Unicode has: where its capitals, its small letters and its digits begin."""

SIZES = {
    name: int(hundredths)
    for name, hundredths in _table(
        """
        Tiny=50 tiny=50 scriptsize=70 footnotesize=80 small=85 normalsize=100 large=120 Large=144 LARGE=173 huge=207 Huge=249
        """
    ).items()
}
"""In hundredths."""

SPACES = {
    "quad": "\u2003",
    "qquad": "\u2003\u2003",
    "enspace": "\u2002",
    "enskip": "\u2002",
    "thinspace": "\u2009",
}
"""Of words."""
QUOTES = (("``", "“"), ("''", "”"), ("`", "‘"))
"""As they are typed in words, where no letter is between them, and as they are."""

ALIGNED = frozenset("align aligned alignedat alignat eqnarray flalign split xalignat xxalignat".split())
GATHERED = frozenset("gather gathered multline multlined".split())
BARE = frozenset("displaymath equation math spreadlines".split())
WITH_COUNT = frozenset("alignat alignedat spreadlines xalignat xxalignat".split())
"""Environments with an argument that only says how many columns there are, or how far apart the lines."""
BEFORE_DELIMITERS = frozenset("left right middle".split()) | {
    f"{big}{side}" for big in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "m", "r")
}
DELIMITERS = {
    "": (".", "."),
    "p": ("(", ")"),
    "b": ("[", "]"),
    "B": (r"\{", r"\}"),
    "v": ("|", "|"),
    "V": (r"\|", r"\|"),
}
"""Of matrices, by what their names begin with."""
