"""What a kernel is started with."""

import os
import re
import sys
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from toolchain.execute.installing import Overlay
from toolchain.execute.kernel_start import MATPLOTLIBRC, path_variables
from toolchain.forms.pdf.reading.inks import Colour
from toolchain.sphinxext.site.dark_plots import CONTRAST, _luminance, _seen

WHITE_CONTRAST = 1.05
"""The luminance of white, as contrasts are reckoned."""


def test_the_programs_of_the_kernels_environment_come_first_and_those_of_a_system_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "bin/python"
    overlay = Overlay(tmp_path / "installed", python, "3.11")
    home, installed, own = str(python.parent), str(overlay.programs), str(Path(sys.prefix) / "bin")

    def path(*folders: str) -> list[str]:
        monkeypatch.setenv("PATH", os.pathsep.join(folders))
        return path_variables(python, overlay)["PATH"].split(os.pathsep)

    assert path("/usr/local/bin", home, "/bin") == ["/usr/local/bin", home, installed, "/bin"]
    assert path("/usr/local/bin", "/bin") == [home, installed, "/usr/local/bin", "/bin"]
    # What the toolchain's own environment has is nothing of a notebook's, activated or not.
    assert path(own, "/bin") == [home, installed, "/bin"]
    (tmp_path / "pyvenv.cfg").touch()
    assert path("/usr/local/bin", home, "/bin") == [home, installed, "/usr/local/bin", "/bin"]


def test_the_colours_of_plots_are_seen_on_any_page_and_apart_in_greys() -> None:
    colours = [
        tuple(byte / 0xFF for byte in bytes.fromhex(colour))
        for colour in re.findall(r'"#([0-9a-f]{6})"', MATPLOTLIBRC.partition("axes.prop_cycle")[2])
    ]
    inks = sorted(Colour("rgb", colour).ink for colour in colours[:4])  # lines in the others are broken
    on_white = [
        WHITE_CONTRAST / (_luminance(tuple(round(part * 0xFF) for part in colour)) + 0.05)
        for colour in colours
    ]
    in_the_dark = {_seen(tuple(round(part * 0xFF) for part in colour)) for colour in colours}

    assert len(colours) == 8
    assert min(b - a for a, b in pairwise(inks)) > 0.1
    assert min(on_white) >= CONTRAST
    assert (
        min(
            max(abs(a - b) for a, b in zip(one, other, strict=True))
            for one, other in combinations(in_the_dark, 2)
        )
        > 40
    )
