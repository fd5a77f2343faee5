"""What a person is told to do about a notebook that failed, and that doing it helps."""

from functools import cache
from pathlib import Path

import pytest
from support.projects import write_notebooks
from support.running import Run, run_toolchain

from toolchain.execute import remedies
from toolchain.model import (
    CellFailure,
    DeviceClass,
    Document,
    Failed,
    FailureKind,
    KernelIdentity,
    Plan,
    Planned,
    Reason,
)
from toolchain.project.settings import Settings, load
from toolchain.sources import reading

FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n"
PAGES = {
    "asks": (
        "",
        'import numpy as np\nprint(np.loadtxt("../shared/a table.csv", delimiter=","))',
    ),
    "imports": ("execution:\n  data: [shared]\n", "import helpers\nprint(helpers.answer())"),
    "misspells": ("", 'print(open("data/Table.csv").read())'),
    "elsewhere": ("", 'print(open("shared/other.csv").read())'),
    "climbs": ("", 'print(open("../../outside.csv").read())'),
    "installs": ("", "%conda install numpy"),
}
CPU = "_config/kernel/cpu.in"
LOCK = "`toolchain kernel --lock`"


def book(folder: Path) -> Path:
    project = write_notebooks(folder / "book", '[library]\nname = "waves"\n', PAGES)
    for name in ("shared/a table.csv", "shared/other.csv", "book/data/table.csv", "../outside.csv"):
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("1,2\n")
    for name in ("src/helpers.py", "cells/mine/__init__.py", "cells/mine/parts.py"):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def answer():\n    return 42\n")
    (project / "book/chapter").mkdir()
    (project / "book/stray.md").write_text(f"{FRONT}---\n\n# A page\n\n```{{code-cell}}\n1 / 0\n```\n")
    index = project / "book/index.md"
    index.write_text(index.read_text().replace("asks\n", "asks\nchapter/page\n"))
    (project / "book/chapter/page.md").write_text(
        f"{FRONT}---\n\n# A page\n\n```{{code-cell}}\nimport numpy\n```\n"
    )
    (project / "_build").mkdir()
    (project / "_build/built.csv").write_text("")
    return project


def told(run: Run) -> dict[str, tuple[str, int, str]]:
    """Return what ended each notebook, its line and its remedy."""
    failed = {notebook["name"]: notebook.get("failure") for notebook in run.json["notebooks"]}
    return {
        name: (failure["kind"], failure["line"], failure["remedy"])
        for name, failure in failed.items()
        if failure
    }


def edit(project: Path, page: str, old: str, new: str) -> None:
    path = project / f"book/{page}.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_notebook_that_fails_of_what_is_around_it_is_told_what_to_write_and_that_helps(
    tmp_path: Path,
) -> None:
    project = book(tmp_path)
    for page in ("chapter/page", "stray"):
        (project / f"book/{page}.md").unlink()
    edit(project, "climbs", "name: python3", "name: julia-1.9")

    run = run_toolchain("execute", "--json", project=project)

    assert run.code == 4
    assert told(run) == {
        "asks": (
            "cell error",
            11,
            (
                "shared/a table.csv is in the project, and not among what this notebook sees: write `execution: {data: "
                "[shared/a table.csv]}` in the front matter of book/asks.md."
            ),
        ),
        "imports": (
            "cell error",
            12,
            (
                "`helpers` is src/helpers.py of the project, which a notebook does not find by itself: write `data: [shared, "
                "src/helpers.py]` in `execution:` at line 5 of book/imports.md, and begin with `import sys; "
                'sys.path.append("../src")`.'
            ),
        ),
        "misspells": (
            "cell error",
            10,
            "The project has book/data/table.csv, and capital letters count: write `data/table.csv`.",
        ),
        "elsewhere": (
            "cell error",
            10,
            (
                "The project has shared/other.csv, and paths begin at the page's folder: write `../shared/other.csv`, and "
                "`execution: {data: [shared/other.csv]}` in the front matter of book/elsewhere.md."
            ),
        ),
        "climbs": (
            "unknown kernel",
            3,
            (
                "Name one of these in the page's front matter, `kernelspec: {name: python3}`, or let the environment have that "
                "kernel: one of its packages brings it in share/jupyter/kernels, or the project in "
                "_config/kernel/kernels/julia-1.9/kernel.json."
            ),
        ),
        "installs": (
            "cell error",
            10,
            (
                "The cell installs packages. Write it in cpu.in, then `toolchain kernel --lock`. If it is for readers "
                "elsewhere, give the cell the tag `skip-execution`."
            ),
        ),
    }
    table = "execution: {data: [shared/a table.csv]}"
    edit(project, "asks", "  name: python3\n", f"  name: python3\n{table}\n")
    edit(project, "imports", "data: [shared]", "data: [shared, src/helpers.py]")
    edit(project, "imports", "import helpers", 'import sys; sys.path.append("../src")\nimport helpers')
    edit(project, "installs", "%conda install numpy", "import numpy")
    edit(project, "misspells", "Table", "table")
    edit(project, "elsewhere", '"shared', '"../shared')
    edit(
        project, "elsewhere", "  name: python3\n", "  name: python3\nexecution: {data: [shared/other.csv]}\n"
    )
    edit(project, "climbs", "kernelspec:\n  name: julia-1.9\n", "kernelspec: {name: python3}\n")
    run = run_toolchain("execute", "--json", project=project)
    assert told(run) == {
        "climbs": (
            "cell error",
            9,
            "../../outside.csv is outside the project, where nobody else has it: put it into book/data, and read it there.",
        )
    }


NOT_INSTALLED = "The notebooks' environment has no"
OF_CELLS = {
    "ModuleNotFoundError: No module named 'sklearn'": f"{NOT_INSTALLED} scikit-learn, which has `sklearn`: write a line "
    f"`scikit-learn` in {CPU}, then {LOCK}.",
    "ModuleNotFoundError: No module named 'pandas'": f"{NOT_INSTALLED} pandas: write a line `pandas` in {CPU}, then {LOCK}.",
    "ModuleNotFoundError: No module named 'google.cloud.storage'": f"{NOT_INSTALLED} google-cloud-storage, which has "
    f"`google.cloud.storage`: write a line `google-cloud-storage` in {CPU}, then {LOCK}.",
    "ModuleNotFoundError: No module named 'Pillow'": "pillow is installed, and is imported as `PIL`.",
    "ModuleNotFoundError: No module named 'distutils'": "`distutils` is a part of Python itself that the notebooks' Python "
    "3.11 does not have: do without it, or name another Python, `python` in [kernel] of _config/book.toml.",
    "ModuleNotFoundError: No module named 'numpy.nothing'": "numpy 1.23.5 is installed, and has no `numpy.nothing`: correct "
    f"the name, or ask for another version in {CPU}, then {LOCK}.",
    "ModuleNotFoundError: No module named 'mine'": "`mine` is cells/mine of the project, which a notebook does not find by "
    "itself: write `execution: {data: [cells/mine]}` in the front matter of book/asks.md, and begin with `import sys; "
    'sys.path.append("../cells")`.',
    "ModuleNotFoundError: No module named 'waves.nothing'": "`waves` is the book's own library, and a page can import what "
    "pages before it save: for something in it, give the cell that defines it the tag `save`, in a page that stands earlier.",
    "ImportError: cannot import name 'f' from 'waves' (unknown location)": "`waves` is the book's own library, and a page can "
    "import what pages before it save: for `f` of it, give the cell that defines it the tag `save`, in a page that stands "
    "earlier.",
    "ImportError: cannot import name 'int' from 'numpy' (/x/numpy/__init__.py)": "numpy 1.23.5 is installed, and has no "
    f"`int`: correct the name, or ask for another version in {CPU}, then {LOCK}.",
    "ImportError: Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl.": f"{NOT_INSTALLED} openpyxl: "
    f"write a line `openpyxl` in {CPU}, then {LOCK}.",
    "RuntimeError: Please run `pip install -U 'transformers[torch]'`": f"{NOT_INSTALLED} transformers: write a line "
    f"`transformers[torch]` in {CPU}, then {LOCK}.",
    "ImportError: attempted relative import with no known parent package": "A notebook is in no package: import the module by "
    "its name alone, without the dot.",
    "ImportError: libGL.so.1: cannot open shared object file: No such file or directory": "The system lacks libGL.so.1: "
    '`apt-get install libgl1`; a line `"libGL.so.1" = "libgl1"` in [kernel.libraries] of _config/book.toml has `toolchain '
    "doctor` say so before anything runs.",
    "ImportError: libfoo.so.3: cannot open shared object file: No such file or directory": "The system lacks libfoo.so.3: "
    "`apt-file search libfoo.so.3` names Debian's package of it.",
    "OSError: libcudart.so.11.0: cannot open shared object file: No such file or directory": "A notebook has a GPU if it "
    "declares one: write `execution: {gpus: 1}` in the front matter of book/asks.md.",
    "MXNetError: Check failed: e == cudaSuccess: CUDA: out of memory": "Give it less to do at a time, or say what it takes, so "
    "that less runs beside it: `execution: {memory: 4 GB}` in the front matter of book/asks.md.",
    'MXNetError: [1] src/io/local_filesys.cc:209: Check failed: LocalFileSystem::Open "../shared/other.csv": No such file': "shared"
    "/other.csv is in the project, and not among what this notebook sees: write `execution: {data: [shared/other.csv]}` in the "
    "front matter of book/asks.md.",
    "RuntimeError: could not open /tmp/toolchain-x/project/book/../shared/other.csv for reading": "shared/other.csv is in the "
    "project, and not among what this notebook sees: write `execution: {data: [shared/other.csv]}` in the front matter of "
    "book/asks.md.",
    "AttributeError: 'NoneType' object has no attribute 'shape'": "shared/a table.csv is in the project, and not among what "
    "this notebook sees: write `execution: {data: [shared/a table.csv]}` in the front matter of book/asks.md.",
    "FileNotFoundError: [Errno 2] No such file or directory: '../_build/built.csv'": "_build/built.csv is nothing that "
    "a notebook can depend on: keep what it needs in book/data, and read it there.",
    "FileNotFoundError: [Errno 2] No such file or directory: '/home/me/x.csv'": "/home/me/x.csv is a path of one machine: put "
    "the file into book/data, and name it from the page's folder.",
    "StdinNotImplementedError: raw_input was called": "Nobody is there to answer: write the answer in place of `input()`, or "
    "give the cell the tag `skip-execution`.",
    "AttributeError: partially initialized module 'numpy' has no attribute 'array' (most likely due to a circular import)": ""
    "",
    "ZeroDivisionError: division by zero": "",
    "KeyError: 'table.csv'": "",
    "ValueError: None of the values is a number": "",
}  # fmt: skip
"""What is to be done, by what a cell of the page `asks` raises."""


@cache
def read(project: Path) -> tuple[Settings, dict[str, Document]]:
    settings = load(project)
    return settings, {page.name: page for page in reading.read(settings, remember=False).documents}


def explained(
    project: Path, failure: CellFailure, *pins: str, interpreter: str = "", page: str = "asks"
) -> str:
    settings, documents = read(project)
    planned = Planned(document=documents[page], key="", reason=Reason.NEW)
    kernel = KernelIdentity(python="3.11", distributions=pins, source=interpreter or "cpu.lock")
    failed = Failed(planned=planned, failure=failure, partial="", seconds=1.0)
    return remedies.explained(failed, Plan((planned,), {DeviceClass.CPU: kernel}), settings).remedy


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return book(tmp_path_factory.mktemp("remedies"))


def raised(
    message: str, kind: FailureKind = FailureKind.CELL_ERROR, cell: int = 1, traceback: str = ""
) -> CellFailure:
    return CellFailure(kind=kind, cell=cell, line=10, message=message, traceback=traceback)


def test_what_a_cell_raises_has_the_remedy_that_stands_elsewhere(project: Path) -> None:
    pins = ("numpy==1.23.5", "pillow==9.0")
    assert {message: explained(project, raised(message), *pins) for message in OF_CELLS} == OF_CELLS


def test_a_notebook_that_lies_beside_the_pages_is_called_that(project: Path) -> None:
    unlisted = "No toctree lists the page: if it is none of the book's, move it out of book/."
    assert explained(project, raised("ZeroDivisionError: division by zero"), page="stray") == unlisted
    assert explained(project, raised("MemoryError: "), page="stray").endswith(f"book/stray.md.\n  {unlisted}")


def test_a_module_that_hides_a_package_is_named(project: Path) -> None:
    (project / "book/chapter/numpy.py").write_text("")
    message = (
        "AttributeError: partially initialized module 'numpy' has no attribute 'array' (most likely due to"
    )
    hiding = "book/chapter/numpy.py is imported in place of the package `numpy`: give the file another name."
    assert explained(project, raised(message), "numpy==1.23.5", page="chapter/page") == hiding
    (project / "book/chapter/json.py").write_text("")
    dead = raised(
        "the kernel did not start",
        FailureKind.DEAD_KERNEL,
        0,
        'File "/tmp/x/project/book/chapter/json.py", line 1',
    )
    assert explained(project, dead, page="chapter/page") == (
        "book/chapter/json.py is imported in place of a module that the kernel needs: give the file another name."
    )


def test_without_a_lock_the_interpreter_is_named_and_a_list_that_has_the_package_is_locked(
    tmp_path: Path,
) -> None:
    project = write_notebooks(tmp_path / "book", "", {"asks": ("", "import pandas")})
    missing = raised("ModuleNotFoundError: No module named 'yaml'")
    packages = project / CPU
    packages.write_text("ipykernel\nPyYAML>=6  # to read what is written\n")
    assert explained(project, missing) == (
        f"{NOT_INSTALLED} PyYAML, which has `yaml`, though {CPU} lists it: {LOCK} puts it into the lock."
    )
    packages.unlink()
    assert explained(project, missing) == (
        f"{NOT_INSTALLED} PyYAML, which has `yaml`: list what the notebooks import in {CPU}, `PyYAML` among it, then {LOCK}."
    )
    (project / "_config/kernel/cpu.lock").unlink()
    for pin, command in (
        ("pip==25.0", "/env/bin/python -m pip install"),
        ("six==1.0", "uv pip install --python /env/bin/python"),
    ):
        assert explained(project, missing, pin, interpreter="/env/bin/python") == (
            f"{NOT_INSTALLED} PyYAML, which has `yaml`: {command} PyYAML"
        )
