"""What a run read is what its result depends on: files by any means, folders, modules, files that are not there."""

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from inotify_simple import Event, INotify, flags
from support.places import REPOSITORY
from support.running import run_toolchain

from toolchain.execute import trace
from toolchain.execute.run import scratch_root
from toolchain.project import settings
from toolchain.sources import reading
from toolchain.sources.notebook_files import NotebookFiles

PAGE = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

# A section

```{{code-cell}} ipython3
{code}
```
"""

READERS = {
    "open": 'open("{}").read()',
    "pathlib": 'from pathlib import Path\nPath("{}").read_bytes()',
    "os": 'import os\nos.read(os.open("{}", os.O_RDONLY), 9)',
    "absolute": 'import os\nopen(os.path.abspath("{}")).read()',
    "a thread": 'import threading\nt = threading.Thread(target=lambda: open("{}").read())\nt.start()\nt.join()',
    "a C library": 'import ctypes\nlibc = ctypes.CDLL(None)\nlibc.fopen(b"{}", b"r")',
    "a forked child": "import os\npid = os.fork()\nif pid == 0:\n    open('{}').read()\n    os._exit(0)\nos.wait()",
    "another Python": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'open(\"{}\")'])",
}
"""Ways to read a file."""


@pytest.fixture
def project(copy: Callable[[str], Path]) -> Path:
    project = copy("raising-cell")
    chapter = project / "book" / "chapter_a"
    chapter.mkdir()
    (project / "book/section.md").rename(chapter / "index.md")
    (project / "book/data").mkdir()
    for name in ("read", "unread"):
        (project / f"book/data/{name}.csv").write_text("1\n", encoding="utf-8")
    return project


def execute(project: Path, code: str) -> None:
    (project / "book/chapter_a/index.md").write_text(PAGE.format(code=code), encoding="utf-8")
    run = run_toolchain("execute", project=project)
    assert run.code == 0, run.stdout + run.stderr
    assert reason(project) is None


def reason(project: Path) -> str | None:
    """Return why the notebook would run again; None if it would not."""
    (planned,) = run_toolchain("plan", "--json", project=project).json
    return str(planned["reason"]) if planned["run"] else None


def test_a_file_read_is_an_input_and_another_is_not(project: Path) -> None:
    data = project / "book/data"
    for how in READERS:
        (data / f"{how}.csv").write_text("1\n", encoding="utf-8")
    execute(project, "\n".join(code.format(f"../data/{how}.csv") for how, code in READERS.items()))

    (data / "unread.csv").write_text("2\n", encoding="utf-8")
    (data / "new.csv").write_text("2\n", encoding="utf-8")
    assert reason(project) is None
    for how in READERS:
        (data / f"{how}.csv").write_text("2\n", encoding="utf-8")
        assert reason(project) == f"book/data/{how}.csv changed"
        (data / f"{how}.csv").write_text("1\n", encoding="utf-8")
        assert reason(project) is None


ASKED = {
    "exists": ("kind", 'os.path.exists("{}")'),
    "pathlib": ("kind", 'Path("{}").exists()'),
    "is_file": ("kind", 'Path("{}").is_file()'),
    "isdir": ("kind", 'os.path.isdir("{}")'),
    "lexists": ("kind", 'os.path.lexists("{}")'),
    "access": ("kind", 'os.access("{}", os.R_OK)'),
    "getsize": ("size", 'os.path.getsize("{}")'),
    "stat": ("size", 'Path("{}").stat()'),
    "keyword": ("size", 'os.stat(path="{}")'),
    "imported": ("size", 'stat("{}")'),
    "descriptor": ("size", 'os.stat(os.path.basename("{}"), dir_fd=os.open("../data", os.O_RDONLY))'),
    "another": (
        "kind",
        "subprocess.run([sys.executable, '-c', 'import os; os.path.exists(\"{}\")'], check=True)",
    ),
    "process": ("kind", 'multiprocessing.Process(target=os.path.exists, args=("{}",)).start()'),
}
"""Ways to ask whether something is there without opening it; what of it they learn, and the code."""
IMPORTS = """\
import contextlib, multiprocessing, os, subprocess, sys
from os import stat
from pathlib import Path
"""


def test_what_code_asks_about_without_opening_it_is_an_input(project: Path) -> None:
    data = project / "book/data"
    code = IMPORTS
    for how, (_, asking) in ASKED.items():
        (data / f"{how}-there").write_text("22\n", encoding="utf-8")
        for name in (f"{how}-there", f"{how}-absent"):
            code += f"with contextlib.suppress(OSError):\n    {asking.format(f'../data/{name}')}\n"
    execute(project, f"{code}for child in multiprocessing.active_children():\n    child.join()")

    (data / "unread.csv").write_text("22\n", encoding="utf-8")
    assert reason(project) is None
    for how, (learned, _) in ASKED.items():
        there, absent = data / f"{how}-there", data / f"{how}-absent"
        there.write_text("333\n", encoding="utf-8")
        assert reason(project) == (f"book/data/{there.name} changed" if learned == "size" else None)
        there.unlink()
        assert reason(project) == f"book/data/{there.name} removed"
        there.write_text("22\n", encoding="utf-8")
        absent.touch()
        assert reason(project) == f"book/data/{absent.name} added"
        absent.unlink()
        absent.mkdir()
        (absent / "file").touch()
        assert reason(project) == f"book/data/{absent.name} added"
        (absent / "file").unlink()
    assert reason(project) is None


NAMES = "files added to or removed from book/data/"
EVERYTHING = "files added to, removed from or changed in book/data/"
LISTINGS = {
    "names": (NAMES, 'import os\nos.listdir("../data")'),
    "kinds": (NAMES, 'import glob, os\nlist(os.walk("../data"))\nglob.glob("../data/*")'),
    "sizes": (EVERYTHING, 'import os\n[entry.stat().st_size for entry in os.scandir("../data")]'),
    "a shell": (EVERYTHING, "!test -e ../data/maybe.csv; echo $?"),
    "a pipe": (EVERYTHING, 'import os\nos.popen("ls -l ../data").read()'),
    "a system's call": (EVERYTHING, 'import os\nos.system("cat ../data/read.csv")'),
    "an isolated Python": (
        EVERYTHING,
        "import subprocess, sys\nsubprocess.run([sys.executable, '-Ic', 'import os; os.stat(\"../data/read.csv\")'])",
    ),
}
"""Code that learns of several files at once; how what has changed is told, and the code."""


def test_what_code_learns_from_a_listing_or_a_program_is_an_input(project: Path) -> None:
    chapter, data = project / "book/chapter_a", project / "book/data"
    for number, (_, code) in enumerate(LISTINGS.values()):
        (chapter / f"p{number}.md").write_text(PAGE.format(code=code), encoding="utf-8")
    (chapter / "index.md").write_text("# A chapter\n\n```{toctree}\n:glob:\np*\n```\n", encoding="utf-8")
    run = run_toolchain("execute", project=project)
    assert run.code == 0, run.stdout + run.stderr

    def reasons() -> dict[str, str]:
        plan = run_toolchain("plan", "--json", project=project).json
        names = (f"chapter_a/p{number}" for number in range(len(LISTINGS)))
        by_name = {planned["name"]: planned["reason"] for planned in plan if planned["run"]}
        return {how: by_name[name] for how, name in zip(LISTINGS, names, strict=True) if name in by_name}

    everything = {how: EVERYTHING for how, (words, _) in LISTINGS.items() if words == EVERYTHING}
    (data / "unread.csv").write_text("2\n", encoding="utf-8")
    assert reasons() == {}
    (data / "unread.csv").write_text("22\n", encoding="utf-8")
    assert reasons() == everything
    (data / "unread.csv").write_text("1\n", encoding="utf-8")
    (data / "maybe.csv").touch()
    assert reasons() == dict.fromkeys(LISTINGS, NAMES) | everything
    (data / "maybe.csv").unlink()
    (data / "read.csv").write_text("3\n", encoding="utf-8")
    assert reasons() == {"a system's call": "book/data/read.csv changed"}
    (data / "read.csv").unlink()
    (data / "read.csv").mkdir()
    (data / "read.csv/file").touch()
    assert NAMES in reasons()["kinds"]
    assert "names" not in reasons()


def test_a_file_that_is_made_after_it_was_looked_for_is_an_input(project: Path) -> None:
    execute(
        project,
        'import os\nif not os.path.exists("cache"):\n    open("cache", "w").write("x")\n'
        'open("cache").read()\nopen("made", "w").write("x")\nos.path.exists("made") and open("made").read()',
    )

    (project / "book/chapter_a/made").touch()
    assert reason(project) is None
    (project / "book/chapter_a/cache").touch()
    assert reason(project) == "book/chapter_a/cache added"


def test_a_listed_folder_is_an_input(project: Path) -> None:
    execute(project, 'import glob\nglob.glob("../data/*.csv")')

    (project / "book/data/read.csv").write_text("2\n", encoding="utf-8")
    assert reason(project) is None
    (project / "book/data/new.csv").write_text("2\n", encoding="utf-8")
    assert reason(project) == "files added to or removed from book/data/"


def test_a_file_that_was_not_there_is_an_input(project: Path) -> None:
    execute(project, 'try:\n    open("../data/maybe.csv")\nexcept FileNotFoundError:\n    pass')

    (project / "book/data/other.csv").write_text("2\n", encoding="utf-8")
    assert reason(project) is None
    (project / "book/data/maybe.csv").write_text("2\n", encoding="utf-8")
    assert reason(project) == "book/data/maybe.csv added"


def test_an_imported_module_is_an_input_and_a_file_beside_it_is_not(project: Path) -> None:
    (project / "book/chapter_a/helper.py").write_text("x = 1\n", encoding="utf-8")
    execute(project, "import helper\nhelper.x")

    (project / "book/chapter_a/notes.txt").write_text("not code\n", encoding="utf-8")
    assert reason(project) is None
    (project / "book/chapter_a/helper.py").write_text("x = 2\n", encoding="utf-8")
    assert reason(project) == "book/chapter_a/helper.py changed"


def test_a_module_that_would_shadow_another_is_noticed(project: Path) -> None:
    execute(project, "import json")

    (project / "book/chapter_a/json.py").write_text("", encoding="utf-8")
    assert reason(project) == "files added to or removed from book/chapter_a/*.py"


def test_what_the_notebook_itself_made_is_no_input(project: Path) -> None:
    execute(project, 'open("made.txt", "w").write("x")\nopen("made.txt").read()')

    explained = run_toolchain("plan", "--explain", "chapter_a/index", "--json", project=project).json
    assert [record["path"] for record in explained["inputs"] if "made" in record["path"]] == []


def test_loaded_code_is_part_of_the_key(project: Path) -> None:
    (project / "book/chapter_a/loaded.py").write_text("x = 1\n", encoding="utf-8")
    execute(project, ":load: loaded.py")

    (project / "book/chapter_a/loaded.py").write_text("x = 2\n", encoding="utf-8")
    assert reason(project) == "cell 1 changed"


def test_declared_data_outside_the_usual_places_is_there_and_counts(project: Path) -> None:
    (project / "shared").mkdir()
    (project / "shared/table.csv").write_text("1\n", encoding="utf-8")
    text = PAGE.format(code='open("../../shared/table.csv").read()')
    page = project / "book/chapter_a/index.md"
    page.write_text(
        text.replace("kernelspec:", "execution:\n  data: [shared]\nkernelspec:"), encoding="utf-8"
    )
    assert run_toolchain("execute", project=project).code == 0

    (project / "shared/table.csv").write_text("2\n", encoding="utf-8")
    assert reason(project) == "shared/table.csv changed"


@pytest.mark.parametrize(
    ("code", "done"),
    [
        ('open("../data/read.csv", "w").write("gone")', "wrote to"),
        ('import os\nos.remove("../data/read.csv")', "removed"),
    ],
)
def test_writing_into_a_source_fails_and_names_it(code: str, done: str, project: Path) -> None:
    (project / "book/chapter_a/index.md").write_text(PAGE.format(code=code), encoding="utf-8")

    run = run_toolchain("execute", project=project)

    assert run.code == 4
    assert f"changed source: {done} book/data/read.csv, which is a source of the book" in run.stdout
    assert (project / "book/data/read.csv").read_text(encoding="utf-8") == "1\n"


def test_what_another_notebook_writes_is_not_there_and_both_are_named(project: Path) -> None:
    chapter = project / "book/chapter_a"
    (chapter / "trains.md").write_text(
        PAGE.format(code='import os\nos.mkdir("models")\nopen("models/linear.bin", "w").write("x")'),
        encoding="utf-8",
    )
    (chapter / "index.md").write_text(PAGE.format(code='open("models/linear.bin")'), encoding="utf-8")

    for _ in range(2):  # the second time the writer's result is reused
        run = run_toolchain("execute", project=project)

        assert run.code == 4
        assert "book/chapter_a/index.md:10: cell 1: cell error: FileNotFoundError" in run.stdout
        assert "book/chapter_a/models/linear.bin is written by book/chapter_a/trains.md" in run.stdout


def test_a_file_that_c_plus_plus_reads_is_an_input(project: Path) -> None:
    config = project / "_config/book.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace(
            'folder = "../../../kernel"', f'folder = "{REPOSITORY / "_config/kernel"}"'
        ),
        encoding="utf-8",
    )
    (project / "book/data/array.params").write_bytes(b"")
    code = """\
from mxnet import nd
import os, shutil, tempfile
made = os.path.join(tempfile.mkdtemp(), "array.params")
nd.save(made, nd.arange(3))
print(os.path.getsize(made))
shutil.rmtree(os.path.dirname(made))
try:
    print(nd.load("../data/array.params"))
except Exception as error:
    print(type(error).__name__)"""
    execute(project, code)

    (project / "book/data/unread.csv").write_text("2\n", encoding="utf-8")
    assert reason(project) is None
    (project / "book/data/array.params").write_bytes(b"other")
    assert reason(project) == "book/data/array.params changed"


@pytest.mark.parametrize(
    "blind",
    ["a kernel that is no Python", "a system without inotify", "an overflow", "a limit of watches"],
)
def test_where_nothing_can_look_every_file_counts(
    blind: str, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project_settings = settings.load(project)
    (document,) = reading.read(project_settings).notebooks
    temporary = tmp_path / "temporary"
    root = scratch_root(str(temporary))
    files = NotebookFiles(document, project_settings.project).lay_out(root)
    folder = root / "book/chapter_a"
    if blind == "a system without inotify":
        monkeypatch.setattr(trace, "INotify", None)
    if blind == "an overflow":
        monkeypatch.setattr(trace, "INotify", Overflowing)
    if blind == "a limit of watches":
        monkeypatch.setattr(trace, "INotify", Limited)

    async def watch() -> list[str]:
        python = not blind.startswith("a kernel")
        with trace.Trace(temporary, root, files, python=python) as watched:
            assert bool(watched.environment) == python
            (root / "book/made").touch()  # in a folder that may be watched when another is not
        return [record.path for record in watched.inputs(folder)]

    assert asyncio.run(watch()) == [
        *("//sizes", "book//sizes", "book/chapter_a//sizes", "book/data//sizes"),
        *("book/data/read.csv", "book/data/unread.csv"),
    ]


class Limited(INotify):  # type: ignore[misc] # as below
    """Watches some folders, and then no more."""

    def add_watch(self, path: Path, mask: int) -> int:
        if path.name == "data":
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(super().add_watch(path, mask))


class Overflowing(INotify):  # type: ignore[misc] # inotify_simple has no types
    """Has lost events, as the system says when there were too many."""

    def read(self, **_: object) -> list[Event]:
        return [Event(-1, flags.Q_OVERFLOW, 0, "")]


SPOILED = {
    "gone": "os.remove(log)",
    "cut off": "open(log, 'ab').write(b'f/cut/off')",
    "another's": "open(log, 'ab').write(b'f/etc/passwd\\0')",
    "no kind": "open(log, 'ab').write(b'\\0\\0')",
    "a pipe": "os.remove(log)\nos.mkfifo(log)",
    "endless": "os.truncate(log, 10 << 30)",
}


@pytest.mark.parametrize("how", SPOILED)
def test_if_cells_spoil_the_notes_every_file_is_an_input(how: str, project: Path) -> None:
    execute(project, f'import os\nlog = os.environ["TOOLCHAIN_TRACE"]\n{SPOILED[how]}')

    (project / "book/data/unread.csv").write_text("2\n", encoding="utf-8")
    assert reason(project) == "book/data/unread.csv changed"


def test_a_name_that_no_file_can_have_is_no_input(project: Path) -> None:
    execute(
        project,
        "for name in ('x' * 300, b'\\xe9'):\n    try:\n        open(name)\n    except OSError:\n        pass",
    )
