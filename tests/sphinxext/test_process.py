"""The process that runs Sphinx is of the toolchain that started it, whatever lies in the project's folder."""

from collections.abc import Callable
from pathlib import Path

from support.running import ANOTHER_SEED, run_toolchain


def test_files_of_the_project_are_no_modules_of_the_process(copy: Callable[[str], Path]) -> None:
    project = copy("minimal")
    (project / "toolchain").mkdir()
    for name in ("toolchain/__init__.py", "sphinx.py", "random.py"):
        (project / name).write_text('raise ImportError("a file of the project was imported")\n')

    # With a seed of its own the toolchain is started as people start it, and starts a Python of its own for Sphinx.
    build = run_toolchain("build", "html", project=project, env=ANOTHER_SEED)

    assert build.code == 0, build.stdout + build.stderr
    assert (project / "_build/html/index.html").is_file()
