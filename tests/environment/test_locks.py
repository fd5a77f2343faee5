"""What a book says that it was tested with: the versions of its locks, and only of what it asks for."""

from pathlib import Path

import pytest

from toolchain.base.errors import KernelEnvironmentError
from toolchain.environment.locks import Versions, versions


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    files = {
        "cpu.in": "# What is imported.\nMXNet==1.9.1  # the framework\n-c more.txt\nnumpy<1.24\nabsent; python_version<'3'\n",
        "cpu.lock": "mxnet==1.9.1 \\\n    --hash=sha256:0\nnumpy==1.23.5\nzipp==3.1\n",
        "gpu.in": "mxnet-cu117==1.9.1\nnumpy<1.24\n",
        "gpu.lock": "mxnet-cu117==1.9.1\nnumpy==1.23.5\nzipp==3.1\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_versions_are_those_of_both_locks(kernel: Path) -> None:
    assert versions(kernel, "3.11") == Versions("Python 3.11, mxnet 1.9.1, numpy 1.23.5", "mxnet-cu117 1.9.1")


def test_same_packages_on_a_gpu_are_said_once(kernel: Path) -> None:
    (kernel / "gpu.in").write_text("numpy\n", encoding="utf-8")

    assert versions(kernel, "3.11").gpu == ""


def test_project_without_a_lock_says_nothing(tmp_path: Path) -> None:
    assert versions(tmp_path, "3.11") == Versions()


def test_line_that_pins_nothing_is_named(kernel: Path) -> None:
    (kernel / "cpu.lock").write_text("mxnet>=1\n", encoding="utf-8")

    with pytest.raises(KernelEnvironmentError, match="pins no version"):
        versions(kernel, "3.11")
