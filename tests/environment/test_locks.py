"""What a book says that it was tested with: the versions of its locks, and only of what it asks for."""

import sys
from pathlib import Path

import pytest

from toolchain.base.errors import KernelEnvironmentError
from toolchain.environment.distributions import pins
from toolchain.environment.kernel import Recipe, environment_of
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


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("mxnet>=1", "'mxnet>=1' pins no version"),
        ("mxnet==", "'mxnet==' is no requirement: "),
    ],
)
def test_line_that_pins_nothing_is_named(line: str, problem: str, kernel: Path) -> None:
    (kernel / "cpu.lock").write_text(f"{line}\n", encoding="utf-8")

    with pytest.raises(KernelEnvironmentError) as raised:
        versions(kernel, "3.11")

    assert raised.value.message.startswith(f"{kernel / 'cpu.lock'}: {problem}")
    assert raised.value.remedy == "Make the lock with `toolchain kernel --lock`."


def test_what_is_for_another_python_does_not_count() -> None:
    lock = "tomli==2.0 ; python_version < '3.11'\nNumPy==1.23.5 ; python_version < '3.12'\n"

    assert pins(lock, "cpu.lock", "3.11") == ("numpy==1.23.5",)


@pytest.mark.parametrize(
    ("recipe", "differences", "remedy"),
    [
        (
            Recipe(lock="cpu.lock", text="ipykernel==0.1\n", python="3.9"),
            ["Python 3.1", "ipykernel "],
            "Install what the lock says",
        ),
        (
            Recipe(lock="", text="", python="3.9", distributions=("ipykernel==0.1",)),
            ["Python 3.1", ""],
            "Start the worker with --python",
        ),
    ],
)
def test_an_interpreter_that_is_used_as_it_is_has_to_have_what_the_book_says(
    recipe: Recipe, differences: list[str], remedy: str
) -> None:
    with pytest.raises(KernelEnvironmentError) as raised:
        environment_of(recipe, Path(sys.executable))

    first, *others = raised.value.message.splitlines()
    assert first == f"{sys.executable}: differs from what notebooks are to run in:"
    assert others[0].startswith(f"  {differences[0]}")
    assert others[0].endswith(", not 3.9")
    assert len(others) == 11
    assert raised.value.remedy.startswith(remedy)
