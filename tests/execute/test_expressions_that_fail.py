"""An expression that has no value is a notebook that failed, with the line where it stands."""

from pathlib import Path

from lxml import html
from support.projects import write_notebooks
from support.running import report_of, run_toolchain

CODE = """\
x = 0.25
```

Good {eval}`x`.

```{code-cell} ipython3
print(2 * x)
```

Then
bad {eval}`{expression}`, after {eval}`x`.

```{code-cell} ipython3
y = 1
"""
LINE = 20
PAGES = {
    "named": ("nothing", "", "NameError: name 'nothing' is not defined"),
    "asking": ("input()", "", "EOFError: EOF when reading a line"),
    "large": ("'a' * 300_000", "", "output limit: its value is larger than a cell's outputs may be"),
    "slow": ("__import__('time').sleep(60)", "", "cell timeout: did not end within 4 s"),
    "dead": (
        "__import__('os')._exit(3)",
        "",
        "dead kernel: the kernel died: it exited with code 3 (tried 2 times)",
    ),
    "allowed": (
        "1 / 0",
        "mystnb: {execution_allow_errors: true}\n",
        "ZeroDivisionError: division by zero",
    ),
    "gpu": ("x", "execution: {gpus: 1}\n", ""),
}
LIMITS = '[execution]\ncell_timeout = 4\noutput_limit = "200 kB"\n'


def article(project: Path, page: str) -> html.HtmlElement:
    (found,) = html.parse(project / f"_build/html/{page}.html").xpath("//article")
    return found


def test_it_is_told_with_its_line_and_the_page_shows_its_code(tmp_path: Path) -> None:
    project = write_notebooks(
        tmp_path / "book",
        LIMITS,
        {
            name: (front, CODE.replace("{expression}", expression))
            for name, (expression, front, _) in PAGES.items()
        },
    )

    build = run_toolchain(
        "build", "html", "notebooks", "--keep-going", "--allow-missing", "--jobs", "3", project=project
    )

    assert build.code == 4
    lines = build.stdout.splitlines()
    for name, (expression, front, message) in PAGES.items():
        line = LINE + front.count("\n")
        said = f"book/{name}.md:{line}: {{eval}}`{expression}`: {message}"
        assert not message or said in lines, build.stdout
    # Nothing else is wrong with the pages: what is not there is shown as code, what is there as its value.
    assert report_of(project)["findings"] == []
    named, gpu = article(project, "named"), article(project, "gpu")
    assert "did not run to its end: {eval}`nothing`: NameError" in named.text_content()
    assert "Good 0.25." in named.text_content()
    assert [code.text_content() for code in named.xpath(".//p/code")] == ["{eval}`nothing`", "nothing", "x"]
    assert "shown without its outputs" in gpu.text_content()
    assert [code.text_content() for code in gpu.xpath(".//p/code")] == ["x", "x", "x"]
