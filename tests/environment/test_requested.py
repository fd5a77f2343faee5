"""What is wrong with a list of packages is told with its file and line, before pip is asked."""

from pathlib import Path

import pytest

from toolchain.base.errors import KernelEnvironmentError
from toolchain.environment import requested
from toolchain.project import settings


def written(folder: Path, requirements: str) -> list[str]:
    (folder / "_config.yml").write_text("title: A\n")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    (folder / "requirements.txt").write_text(requirements)
    opened = settings.load(folder)
    requested.write(opened)
    return (opened.kernel_folder / "cpu.in").read_text().splitlines()[1:]


@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        ("numpy\n# c\nnot one\n", "requirements.txt:3: not one is no package that pip could install"),
        ("a \\\n --hash=sha256:a\nnumpy=1.2\n", "requirements.txt:3: numpy=1.2 is no package"),
        ("numpy\n-r other.txt\n", "requirements.txt:2: other.txt: no such file"),
    ],
)
def test_a_line_that_pip_could_not_read_is_named(requirements: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(KernelEnvironmentError) as error:
        written(tmp_path, requirements)

    assert error.value.message.startswith(said)


def test_whatever_pip_reads_is_taken(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("")
    lines = [
        'numpy>=1.2,<3 ; python_version > "3"',
        "pandas[excel]==2.0 --hash=sha256:aa",
        "git+https://example.org/a.git@main",
        "own @ https://example.org/own.whl",
        "--extra-index-url https://example.org/simple",
        "-e git+https://example.org/b.git",
    ]

    assert written(tmp_path, "\n".join([*lines, "-r more.txt", "./wheel.whl"])) == [
        *lines,
        f"-r {tmp_path / 'more.txt'}",
        str(tmp_path / "wheel.whl"),
        "ipykernel",
    ]
