"""The lists of what MathJax knows are those of the MathJax that the site has."""

import importlib.resources
from pathlib import Path

import pytest
from support.browser import dump

from toolchain.outputs.latex import admitted, mathjax
from toolchain.sphinxext.mathjax import MATHJAX, PACKAGE

PAGE = """<!doctype html><html><head><script>
const names = handlers => new Set([...handlers._configuration].flatMap(({item}) => [...(item.map || item._map || new Map()).keys()]));
window.MathJax = {startup: {ready() {
  MathJax.startup.defaultReady();
  const options = MathJax.startup.document.inputJax[0].parseOptions;
  const words = options.packageData.get("textmacros");
  const commands = [options.handlers.get("macro"), options.handlers.get("delimiter"),
                    (words.parseOptions || words.textConf).handlers.get("macro")];
  window.addEventListener("load", () => {
    document.body.dataset.commands = commands.flatMap(handlers => [...names(handlers)]).join(" ");
    document.body.dataset.environments = [...names(options.handlers.get("environment"))].join(" ");
  });
}}};
</script><script defer src="SOURCE"></script></head><body></body></html>"""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Give the names that the installed MathJax has."""
    source = Path(str(importlib.resources.files(PACKAGE)), "static", MATHJAX)
    page = tmp_path_factory.mktemp("mathjax") / "names.html"
    page.write_text(PAGE.replace("SOURCE", source.as_uri()), encoding="utf-8")
    body = dump(page, 800).find("body")
    return {kind: set(body.get(f"data-{kind}", "").split()) for kind in ("commands", "environments")}


@pytest.mark.slow
def test_the_lists_are_those_of_the_installed_mathjax(known: dict[str, set[str]]) -> None:
    names = {name.lstrip("\\") for name in known["commands"]}

    assert {name for name in names if name.isascii() and name.isalpha()} == mathjax.COMMANDS
    assert known["environments"] == mathjax.ENVIRONMENTS


def test_what_latex_of_outputs_may_say_and_mathjax_does_not_know_is_found() -> None:
    formula = " ".join(f"\\{name}" for name in sorted(admitted.ALONE))

    lacking = [name for _, name in mathjax.unknown(formula)]

    assert " ".join(lacking) == (
        "Alpha Beta Chi Epsilon Eta Iota Kappa Mu Nu Omicron P Rho Tau VDash Zeta allowbreak copyright dag ddag enskip "
        "medspace nobreak oiiint oiint pounds thickspace"
    )


@pytest.mark.parametrize(
    "formula",
    [
        r"\alpha % \unknown",
        r"\\ \{ \% \_",
        r"\verb|\unknown|",
        r"\begin{cases} a \end{cases}",
        r"\\% \alpha",
        r"\href{https://example.org/\unknown}{x}",
    ],
)
def test_nothing_is_found_in_what_mathjax_shows(formula: str) -> None:
    assert list(mathjax.unknown(mathjax.read(formula))) == []


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (r"\\\unknown % \other", [("command", "unknown")]),
        (r"\% \bm x \bm y", [("command", "bm")]),
        (r"\begin{tabular} a \end{tabular}", [("environment", "tabular")]),
    ],
)
def test_what_mathjax_does_not_know_is_named_once(formula: str, found: list[tuple[str, str]]) -> None:
    assert list(mathjax.unknown(mathjax.read(formula))) == found
