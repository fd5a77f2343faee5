"""What a kernel is started with."""

import os
from pathlib import Path

import pytest

from toolchain.execute.kernel_start import path_variables


def test_the_programs_of_the_kernels_environment_come_first_and_those_of_a_system_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin")
    python = tmp_path / "bin/python"
    assert path_variables(python) == {"PATH": "/usr/local/bin:/usr/bin"}
    (tmp_path / "pyvenv.cfg").touch()
    assert path_variables(python) == {
        "PATH": os.pathsep.join((str(tmp_path / "bin"), "/usr/local/bin:/usr/bin"))
    }
