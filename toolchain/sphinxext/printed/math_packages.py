"""What the site's MathJax brings along for formulas and LaTeX has in packages: they are loaded where a formula needs one."""

import re
from functools import cache

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from toolchain.environment.requirements import Requirement
from toolchain.outputs.latex import mathjax
from toolchain.sphinxext.printed.formulas import spell_out

OWN = "toolchain-mathjax"
PACKAGES = {
    "amscd": "CD minCDarrowwidth",
    "braket": "Bra Braket Ket Set bra braket ket set",
    "bussproofs": """
        AXC Axiom AxiomC BIC BinaryInf BinaryInfC LL LeftLabel QuaternaryInf QuaternaryInfC QuinaryInf QuinaryInfC RL RightLabel
        TIC TrinaryInf TrinaryInfC UIC UnaryInf UnaryInfC alwaysDashedLine alwaysNoLine alwaysRootAtBottom alwaysRootAtTop
        alwaysSingleLine alwaysSolidLine dashedLine fCenter noLine prooftree rootAtBottom rootAtTop singleLine solidLine
    """,
    "cancel": "bcancel cancel cancelto xcancel",
    "centernot": "centernot",
    "cases": "numcases subnumcases",
    "empheq": "empheq",
    "mathtools": """
        Aboxed ArrowBetweenLines Bmatrix* Bsmallmatrix Bsmallmatrix* Colonapprox Coloneqq Colonsim DeclarePairedDelimiter
        DeclarePairedDelimiterX DeclarePairedDelimiterXPP Eqcolon Eqqcolon MTFlushSpaceAbove MTFlushSpaceBelow
        MoveEqLeft Vmatrix* Vsmallmatrix Vsmallmatrix* adjustlimits bmatrix* bsmallmatrix bsmallmatrix* cases*
        colonapprox coloneqq colonsim cramped crampedclap crampedllap crampedrlap dblcolon dcases dcases* drcases
        drcases* eqqcolon lgathered mathclap mathllap mathmakebox mathmbox mathrlap mathtoolsset matrix*
        multlined ndownarrow newtagform nuparrow ordinarycolon pmatrix* prescript psmallmatrix psmallmatrix* rcases rcases* refeq
        renewtagform rgathered shortvdotswithin smallmatrix* splitdfrac splitfrac spreadlines
        usetagform vdotswithin vmatrix* vsmallmatrix vsmallmatrix* xLeftarrow xLeftrightarrow xRightarrow xhookleftarrow
        xhookrightarrow xleftharpoondown xleftharpoonup xleftrightarrow xleftrightharpoons xmapsto xmathstrut xrightharpoondown
        xrightharpoonup xrightleftharpoons
    """,
    "mhchem": "ce pu",
    OWN: """
        Arrowvert Ketbra LaTeX Rule Space TeX Tiny Updelta Upgamma Uplambda Upomega Upphi Uppi Uppsi Upsigma
        Uptheta Upupsilon Upxi arrowvert bbox bracevert celsius centerOver centercolon class crampedsubarray
        crampedsubstack cssId degree divsymbol enclose gt hdashline hfilll ketbra lt mathtip micro notChar ohm oldstyle
        perthousand require scr stackbin style textclap textllap textrlap texttip unicode xlongequal xtofrom
        xtwoheadleftarrow xtwoheadrightarrow
    """,
}
"""Commands and environments by what has them in LaTeX. Of the last file, toolchain's own, are those that no package has."""
PACKAGE_OF = {name: package for package, names in PACKAGES.items() for name in names.split()}


OF_SCIENCE = ("bussproofs", "mhchem")
"""Those that are not in what the printed book needs of LaTeX anyhow, but in Debian's texlive-science."""
NOT_INSTALLED = "print shows formulas as they were typed: the LaTeX package %s is not installed; on Debian texlive-science has it"

LOGGER = logging.getLogger(__name__)


def load(app: Sphinx, doctree: nodes.document) -> None:
    """Load the packages that formulas need, but for what a book's preamble has itself."""
    context = getattr(app.builder, "context", {})
    preamble = str(context.get("preamble", ""))
    loaded = set()
    for formula in (*doctree.findall(nodes.math), *doctree.findall(nodes.math_block)):
        packages = {PACKAGE_OF[name] for name in _names(formula) if not _has(preamble, name)}
        if missing := sorted(filter(_is_missing, packages)):
            LOGGER.warning(
                NOT_INSTALLED,
                missing[0],
                location=formula,
                type="toolchain",
                subtype="math_package",
                once=True,
            )
            spell_out(formula)
        else:
            loaded |= packages
    lines = (rf"\usepackage{{{name}}}" for name in sorted(loaded))
    context["preamble"] = preamble + "".join(line for line in lines if line not in preamble)


def _names(formula: nodes.Element) -> set[str]:
    """Return the commands and environments of a formula that packages have."""
    used = mathjax.USED.finditer(formula.astext())
    return {match["environment"] or match["command"] for match in used} & PACKAGE_OF.keys()


def _has(preamble: str, name: str) -> bool:
    return re.search(rf"\\{re.escape(name)}(?![A-Za-z])", preamble) is not None


@cache
def _is_missing(package: str) -> bool:
    return package in OF_SCIENCE and Requirement(package, "texlive-science", file=f"{package}.sty").missing()
