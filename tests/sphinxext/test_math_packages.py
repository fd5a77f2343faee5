"""What print loads for formulas has what it is loaded for."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from toolchain.outputs.latex import mathjax
from toolchain.sphinxext.printed.elements import TEXINPUTS
from toolchain.sphinxext.printed.math_packages import PACKAGE_OF, PACKAGES

ELSEWHERE = {"bussproofs", "mhchem"}
"""They are in packages of Debian's that the toolchain does not need; whoever uses them is told so."""


def test_each_package_defines_what_it_is_loaded_for(tmp_path: Path) -> None:
    assert shutil.which("xelatex"), "toolchain doctor --install --tests"
    loaded = "".join(rf"\usepackage{{{name}}}" for name in PACKAGES if name not in ELSEWHERE)
    asked = "".join(
        rf"\ifcsname {name}\endcsname\else\typeout{{LACKS {name}}}\fi" + "\n"
        for name, package in PACKAGE_OF.items()
        if package not in ELSEWHERE
    )
    (tmp_path / "asks.tex").write_text(
        rf"\documentclass{{article}}\usepackage{{amsmath,unicode-math}}{loaded}\begin{{document}}{asked}\end{{document}}",
        encoding="utf-8",
    )

    run = subprocess.run(
        ["xelatex", "-interaction=nonstopmode", "-no-pdf", "asks.tex"],
        cwd=tmp_path,
        env={**os.environ, "TEXINPUTS": f"{TEXINPUTS}:"},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )

    assert "asks.aux" in run.stdout, run.stdout
    assert re.findall(r"LACKS (\S+)", run.stdout) == []
    assert PACKAGE_OF.keys() <= mathjax.COMMANDS | mathjax.ENVIRONMENTS
