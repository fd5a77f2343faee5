"""What a kernel is started with."""

import os
import sys
from pathlib import Path

import pytest

from toolchain.execute.installing import Overlay
from toolchain.execute.kernel_start import path_variables


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
