"""What `toolchain plan --explain` says to a person: what a key is made of, and what has become of the inputs."""

import re
import shutil
from pathlib import Path

import pytest
from support.projects import write_notebooks
from support.running import run_toolchain

FRONT = "execution:\n  env: {SHORT: x, LONG: '" + "y" * 61 + "'}\n  data: [shared]\n"
LONG_LINE = "texts = [" + ", ".join(f"'{number}'" for number in range(30)) + "]"
CODE = f""":tags: [raises-exception, hide-input]
from pathlib import Path
for file in ("changes", "goes", "stays", "comes", "never"):
    path = Path("data") / f"{{file}}.csv"
    path.read_text() if path.exists() else None
    try:
        open(path)
    except FileNotFoundError:
        pass
```

```{{code-cell}} ipython3
{LONG_LINE}"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = write_notebooks(
        tmp_path / "book", "", {"one": (FRONT, CODE), "gpu": ("execution: {gpus: 1}\n", "1")}
    )
    for folder in ("shared", "book/data"):
        (project / folder).mkdir()
    for name in ("changes", "goes", "stays"):
        (project / f"book/data/{name}.csv").write_text("1\n", encoding="utf-8")
    return project


def explained(project: Path, name: str) -> list[str]:
    """Return the lines of an explanation, with every digest as `#`."""
    run = run_toolchain("plan", "--explain", name, project=project)
    assert run.code == 0, run.stderr
    return [re.sub(r"\b[0-9a-f]{12}$", "#", line.rstrip()) for line in run.stdout.splitlines()]


def test_a_key_and_its_inputs_are_laid_out(project: Path) -> None:
    before = explained(project, "one")
    assert run_toolchain("execute", "one", project=project).code == 0
    (project / "book/data/changes.csv").write_text("2\n", encoding="utf-8")
    (project / "book/data/goes.csv").unlink()
    (project / "book/data/comes.csv").touch()
    after = explained(project, "one")

    assert before[0] == "one: run, new"
    assert before[-1] == "no result of this key, so no inputs are known yet"
    column = before[1].index("#")
    rows = [(line[:column].rstrip(), line[column:]) for line in before[1:-1]]
    packages = next(value for title, value in rows if title == "packages")
    assert re.fullmatch(r"\d+ packages +#", packages)
    assert [(title, re.sub(r" +#$", " #", value)) for title, value in rows] == [
        ("key", "#"),
        ("schema", "1"),
        ("cells", "2 code cells"),
        ("  1", "from pathlib import Path [raises-exception] #"),
        ("  2", f"{LONG_LINE[:59]}… #"),
        ("allow_errors", "False"),
        ("folder", "none"),
        ("kernel", "python3"),
        ("python", "3.11"),
        ("packages", re.sub(r" +#$", " #", packages)),
        ("gpus", "0"),
        ("variables", "LONG #"),
        ("", "SHORT=x"),
        ("data", "shared"),
        ("library", "none"),
        ("injected", "LANG=C.UTF-8"),
        ("", "LC_ALL=C.UTF-8"),
        ("", "PYTHONDONTWRITEBYTECODE=1"),
        ("", "PYTHONHASHSEED=0"),
        ("", "SOURCE_DATE_EPOCH=946684800"),
        ("", "TZ=UTC"),
        ("", "start/ipython_kernel_config.py #"),
        ("", "start/matplotlibrc #"),
        ("", "start/sitecustomize.py #"),
    ]

    assert after[0] == (
        "one: run, book/data/changes.csv changed, book/data/comes.csv added, book/data/goes.csv removed"
    )
    assert after[1 : len(before) - 1] == before[1:-1]
    assert after[len(before) - 1] == "inputs of its result"
    assert {tuple(re.split(r"  +", line.strip())) for line in after[len(before) :]} == {
        ("book/*.py", "same", "#"),
        ("book/data/changes.csv", "changed", "#"),
        ("book/data/comes.csv", "added", "absent"),
        ("book/data/goes.csv", "removed", "#"),
        ("book/data/never.csv", "still absent", "absent"),
        ("book/data/stays.csv", "same", "#"),
    }


def test_what_cannot_run_here_has_no_inputs_that_are_known(project: Path) -> None:
    lines = explained(project, "gpu")

    assert lines[0] == "gpu: do not run, no result for 1 GPU, and no GPU here"
    assert lines[-1] == "no result of this key, so no inputs are known yet"


def test_what_is_used_of_the_library_is_named(project: Path) -> None:
    shutil.rmtree(project / "book/data")
    config = project / "_config/book.toml"
    config.write_text(config.read_text(encoding="utf-8") + '[library]\nname = "ours"\n', encoding="utf-8")
    for name, code in (
        ("one", ":tags: [save]\ndef g():\n    return 1\n\ndef f():\n    return g()"),
        ("two", "import ours\nours.f()"),
    ):
        page = f"---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n# {name}\n\n```{{code-cell}} ipython3\n{code}\n```\n"
        (project / f"book/{name}.md").write_text(page, encoding="utf-8")
    index = project / "book/index.md"
    index.write_text(index.read_text(encoding="utf-8").replace("gpu", "two"), encoding="utf-8")

    lines = explained(project, "two")

    begin = next(number for number, line in enumerate(lines) if line.startswith("library"))
    names = [line.split()[-2:] for line in lines[begin : begin + 2]]
    assert names == [["ours.f", "#"], ["ours.g", "#"]]
