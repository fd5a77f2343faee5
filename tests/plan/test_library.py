"""The book's library: what is collected, what is refused, and which edit makes which notebooks run again."""

import ast
import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import html
from support.places import TESTS
from support.running import report_of, run_toolchain

from toolchain.base.errors import BuilderError, SourceError
from toolchain.messages import progress
from toolchain.model import Document, Library
from toolchain.plan import planning
from toolchain.plan.library import package, saved, use
from toolchain.plan.library.book import gather
from toolchain.processes import programs
from toolchain.project import settings
from toolchain.sources import reading

FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
Cells = list[str]


def project(folder: Path, pages: dict[str, Cells], *, library: str = "gluonbook") -> Path:
    """Write a book: the cells of each page, in the order of reading; a cell that begins with `save` is saved."""
    (folder / "_config").mkdir(parents=True, exist_ok=True)
    (folder / "book").mkdir(exist_ok=True)
    section = f'[library]\nname = "{library}"\n' if library else ""
    (folder / "_config/book.toml").write_text(
        f'[book]\ntitle = "A tiny book"\nslug = "tiny"\nauthors = ["Its author"]\nsite = "https://example.org"\n{section}'
        f"[kernel]\nfolder = {json.dumps(str(TESTS / 'kernel'))}\n",
        encoding="utf-8",
    )
    chapters = dict.fromkeys(name.partition("/")[0] for name in pages)
    listed = "\n".join(f"{chapter}/index" for chapter in chapters)
    (folder / "book/index.md").write_text(f"# Tiny\n\n```{{toctree}}\n:numbered: 2\n{listed}\n```\n")
    for chapter in chapters:
        (folder / "book" / chapter).mkdir(exist_ok=True)
        below = "\n".join(name.partition("/")[2] for name in pages if name.startswith(f"{chapter}/"))
        (folder / f"book/{chapter}/index.md").write_text(f"# The {chapter}\n\n```{{toctree}}\n{below}\n```\n")
    for name, cells in pages.items():
        write(folder, name, cells)
    return folder


def write(folder: Path, name: str, cells: Cells) -> None:
    body = "\n".join(f"```{{code-cell}} ipython3\n{_tagged(cell)}\n```\n" for cell in cells)
    (folder / f"book/{name}.md").write_text(f"{FRONT}\n# {name}\n\n{body}", encoding="utf-8")


def _tagged(cell: str) -> str:
    head, _, body = cell.partition("\n")
    return f":tags: [{head}]\n{body}" if head in ("save", "save, replace") else cell


def library_of(folder: Path) -> Library:
    book_settings = settings.load(folder)
    library = saved.collect(reading.read(book_settings), book_settings.toml.library)
    assert library is not None
    return library


def rendered(folder: Path) -> dict[str, str]:
    book_settings = settings.load(folder)
    return package.render(library_of(folder), reading.read(book_settings), book_settings)


def test_definitions_are_collected_with_what_they_need_and_where_they_are_defined(tmp_path: Path) -> None:
    book = project(
        tmp_path,
        {
            "first/tools": [
                "import os\nimport math, re\nfrom collections import Counter",
                'save\n# The ratio of a circle.\nTAU = 6.28\n\n\ndef turn(angle):\n    """Turn around.\n\n    Twice.\n    """\n    return math.sin(angle * TAU)',
                "print(turn(1))",
            ],
            "second/more": [
                "import gluonbook as gb",
                "save\nclass Counted:\n    def __init__(self):\n        self.turn = gb.turn(1)",
            ],
        },
    )

    files = rendered(book)

    assert sorted(files) == [
        f"gluonbook/{name}" for name in ("__init__.py", "first.py", "py.typed", "second.py")
    ]
    assert files["gluonbook/first.py"] == (
        '"""The first."""\n\nimport math\n\n# The ratio of a circle.\nTAU = 6.28\n\n\ndef turn(angle):\n'
        '    """Turn around.\n\n    Twice.\n\n    Defined in Section 1.1 (https://example.org/first/tools.html).\n    """\n'
        "    return math.sin(angle * TAU)\n"
    )
    assert files["gluonbook/second.py"] == (
        '"""The second."""\n\nimport gluonbook as gb\n\n\nclass Counted:\n'
        '    """Defined in Section 2.1 (https://example.org/second/more.html)."""\n\n'
        "    def __init__(self):\n        self.turn = gb.turn(1)\n"
    )
    assert '__version__ = "0.1.0"\n__all__ = ["TAU", "Counted", "turn"]' in files["gluonbook/__init__.py"]


@pytest.mark.parametrize(
    "code",
    [
        "def f(x): return x",
        "def f(x):\n    return x",
        "def f(x):\n    'One line.'\n    return x",
        'def f(x):\n    r"""With \\backslashes."""\n    return x',
        "def f(x):\n    '''With \"\"\" in it.'''\n    return x",
        "class C:\n    x = 1",
        "class C:\n    @property\n    def x(self):\n        return 1",
        '@staticmethod\ndef f(x):\n    """Decorated."""',
        "async def f():\n    pass",
        "LIMIT: int = 3",
    ],
)
def test_a_docstring_is_extended_and_nothing_else(code: str, tmp_path: Path) -> None:
    book = project(tmp_path, {"first/tools": [f"save\n{code}"]})

    text = rendered(book)["gluonbook/first.py"]

    (node,) = ast.parse(text).body[1:]
    (original,) = ast.parse(code).body
    before, after = _docstring(original), _docstring(node)
    assert after.startswith(before)
    assert ("Defined in Section 1.1" in after) == (not isinstance(node, ast.AnnAssign))
    assert ast.dump(_without_docstring(node)) == ast.dump(_without_docstring(original))


def _docstring(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return ast.get_docstring(node) or ""
    return ""


def _without_docstring(node: ast.stmt) -> ast.stmt:
    if (
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and ast.get_docstring(node) is not None
    ):
        node.body = node.body[1:]
    return node


BAD = {
    "it does not parse": (
        ["save\ndef f(:\n    pass"],
        "first/tools.md:11: cell 1: a saved cell has to be plain Python",
    ),
    "a magic": (["save\n%matplotlib inline"], "tools.md:11: cell 1: a saved cell has to be plain Python"),
    "a plot": (["import math", "save\nx = 1\nmath.sin(x)"], "tools.md:16: cell 2: a saved cell only defines"),
    "a loop": (["save\nfor i in range(3):\n    pass"], "tools.md:11: cell 1: a saved cell only defines"),
    "a call": (["import math", "save\nX = math.sin(1)"], "math.sin() is called when it is imported"),
    "a default": (
        ["import math", "save\ndef f(x=math.sin(1)):\n    pass"],
        "the default math.sin() of f is computed at import",
    ),
    "an unsaved variable": (
        ["rate = 3", "save\ndef f():\n    return rate"],
        "tools.md:15: cell 2: uses rate, a variable of cell 1, which is not saved",
    ),
    "an unknown name": (
        ["import math", "save\ndef f():\n    return maths.pi"],
        "uses maths, which no saved cell and no import",
    ),
    "a builtin": (["save\ndef sum(x):\n    pass"], "sum hides Python's own"),
    "an import": (["import math", "save\ndef math():\n    pass"], "math hides what `import math` binds"),
    "the package": (
        ["from mxnet import nd", "save\ndef mxnet():\n    return nd"],
        "mxnet hides the package of that name",
    ),
    "twice": (
        ["save\nx = 1", "save\nx = 2"],
        "x is saved already, in book/first/tools.md:11: cell 1; tag this cell `replace`",
    ),
    "a default of a lambda": (
        ["import math", "save\nF = lambda x=math.sin(1): x"],
        "a saved cell only defines: math.sin() is called when it is imported",
    ),
    "an attribute": (
        ["import gluonbook as gb", "save\ndef f():\n    return gb.g()"],
        "gluonbook has no g before this page",
    ),
}


def test_a_saved_cell_may_import_and_say_what_will_be_computed_later(tmp_path: Path) -> None:
    fields = (
        "@dataclass\nclass Sizes:\n    widths: list[float] = field(default_factory=lambda: [math.sin(1)])"
    )
    cell = f'save\n"""What is measured."""\nimport math\nfrom dataclasses import dataclass, field\n\n{fields}'

    (definition,) = library_of(project(tmp_path, {"first/tools": [cell]})).saved

    assert (definition.code, definition.imports) == (
        f"{fields}\n",
        ("from dataclasses import dataclass", "from dataclasses import field", "import math"),
    )


def test_every_chapter_has_a_module_whatever_its_name_and_title(tmp_path: Path) -> None:
    names = ("1st", "class", "turn")
    pages = {f"{name}/tools": [f"save\ndef turn_{name}():\n    pass"] for name in names}
    pages["turn/tools"].append("save\nturn = 1")
    book = project(tmp_path, pages)
    for name, title in zip(names, ("In C:\\users", 'Three """ quotes', 'Of "words"'), strict=True):
        index = book / f"book/{name}/index.md"
        index.write_text(index.read_text().replace(f"# The {name}", f"# {title}"))
    toml = book / "_config/book.toml"
    toml.write_text(toml.read_text().replace('"A tiny book"', r'"A \\tiny\n \"book\""'))
    book_settings = settings.load(book)

    wheel = package.build(library_of(book), reading.read(book_settings), book_settings)

    assert wheel is not None
    with zipfile.ZipFile(wheel) as archive:
        text_by_name = {name: archive.read(name).decode() for name in archive.namelist()}
    assert (
        '\nSummary: The code of the book A \\tiny "book"\n'
        in text_by_name["gluonbook-0.1.0.dist-info/METADATA"]
    )
    modules = {
        name.removeprefix("gluonbook/"): ast.get_docstring(ast.parse(text))
        for name, text in text_by_name.items()
        if name.endswith(".py")
    }
    assert str(modules.pop("__init__.py")).startswith('A \\tiny "book": the code of the book')
    assert modules == {
        "chapter_1st.py": "In C:\\users.",
        "class_.py": 'Three """ quotes.',
        "turn_.py": 'Of "words".',
    }


def test_a_library_that_is_there_and_whole_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = project(tmp_path, {"first/tools": ["save\nx = 1"]})
    run, started = programs.run, []

    def counted(command: list[str], **options: Any) -> Any:
        started.append(Path(command[0]).name)
        return run(command, **options)

    def starts() -> int:
        """Build the library; return how many programs that took."""
        book_settings = settings.load(book)
        started.clear()
        wheel = package.build(library_of(book), reading.read(book_settings), book_settings)
        assert wheel is not None
        assert {"gluonbook/first.py", "gluonbook/py.typed"} <= {*zipfile.ZipFile(wheel).namelist()}
        return len(started)

    monkeypatch.setattr(programs, "run", counted)
    made = starts()
    assert made
    assert starts() == 0
    (wheel,) = book.glob("_build/dist/*.whl")
    for damage in (
        lambda: write(book, "first/tools", ["save\nx = 2"]),
        lambda: wheel.write_bytes(wheel.read_bytes()[:-1]),
        wheel.unlink,
        (book / "_build/lib/gluonbook/py.typed").unlink,
        lambda: (book / "_build/lib/gluonbook/first.py").write_text("x = 3\n"),
        (book / "_build/lib/gluonbook/other.py").touch,
        lambda: (book / "_build/library.json").write_text("{"),
        lambda: (book / "_config/book.toml").write_text(
            (book / "_config/book.toml").read_text().replace("A tiny", "Another")
        ),
    ):
        damage()
        assert starts() == made
        assert starts() == 0
        assert sorted(path.name for path in book.glob("_build/lib/*/*")) == [
            "__init__.py",
            "first.py",
            "py.typed",
        ]


def test_a_wheel_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    book = project(tmp_path, {"first/tools": ["save\nx = 1"]})
    book_settings = settings.load(book)
    library = msgspec.structs.replace(library_of(book), version="none")

    with pytest.raises(BuilderError, match=r"^the wheel of gluonbook cannot be made: [^$]*version"):
        package.build(library, reading.read(book_settings), book_settings)


@pytest.mark.parametrize("name", BAD)
def test_a_cell_that_cannot_be_saved_is_named_with_its_place(name: str, tmp_path: Path) -> None:
    cells, message = BAD[name]

    run = run_toolchain("plan", project=project(tmp_path, {"first/tools": cells}))

    assert run.code == 3
    assert message in run.stderr
    assert "Traceback" not in run.stderr


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    book = project(tmp_path, {"first/a": ["save\nprint(1)"], "second/b": ["save\nx = y"]})

    with pytest.raises(SourceError) as error:
        library_of(book)

    assert [line.partition(": ")[0] for line in error.value.message.splitlines()] == [
        "book/first/a.md:11",
        "book/second/b.md:11",
    ]


def test_a_library_without_a_name_is_refused(tmp_path: Path) -> None:
    run = run_toolchain("plan", project=project(tmp_path, {"first/a": ["save\nx = 1"]}, library=""))

    assert run.code == 3
    assert "[library] name = ... in _config/book.toml" in run.stderr


def test_what_is_defined_later_or_nowhere_cannot_be_used(tmp_path: Path) -> None:
    book = project(
        tmp_path,
        {
            "first/early": ["import gluonbook as gb", "gb.late()"],
            "first/tools": ["save\ndef late():\n    pass"],
            "second/typo": ["from gluonbook import lite"],
        },
    )

    run = run_toolchain("plan", project=book)

    assert run.code == 3
    assert (
        "book/first/early.md:14: cell 2 uses gluonbook.late, which is defined later, in book/first/tools.md:11: cell 1"
        in run.stderr
    )
    assert (
        "book/second/typo.md:10: cell 1 uses gluonbook.lite, which no cell before it saves; did you mean late?"
        in run.stderr
    )


def test_what_another_page_saves_is_imported(tmp_path: Path) -> None:
    book = project(
        tmp_path,
        {
            "first/early": ["import gluonbook"],
            "first/tools": ["save\ndef late():\n    pass"],
            "second/more": ["save\ndef more():\n    return late()"],
        },
    )

    run = run_toolchain("plan", project=book)

    assert run.code == 3
    assert (
        "book/second/more.md:11: cell 1: uses late of book/first/tools.md: write `import gluonbook as ...` in this page "
        "and take it from there" in run.stderr
    )
    write(book, "second/more", ["1"])
    run = run_toolchain("plan", project=book)
    assert run.code == 3
    assert "book/first/early.md: imports gluonbook, in which nothing is saved before this page" in run.stderr


def test_what_the_expressions_of_a_text_use_is_used(tmp_path: Path) -> None:
    book = project(
        tmp_path,
        {
            "first/tools": ["save\ndef early():\n    return 1", "save\ndef other():\n    return 2"],
            "first/user": ["import gluonbook as gb"],
        },
    )
    page = book / "book/first/user.md"
    text = page.read_text(encoding="utf-8")

    def used(addition: str) -> use.Use:
        page.write_text(text + addition, encoding="utf-8")
        return use.find(reading.read(settings.load(book)).documents[-1], library_of(book))

    assert used("\nOne {eval}`gb.early()`.\n").names == {"early"}
    assert used("\nOne $ {eval}`gb.early()` $.\n").names == frozenset()
    assert used("\nOne {eval}`len(dir(gb))`.\n").whole == "cell 1 hands gb itself to something else"
    found = used("\nOne {eval}`gb.late()`.\n")
    document = reading.read(settings.load(book)).documents[-1]
    (problem,) = use.problems(document, found, library_of(book))
    line = page.read_text(encoding="utf-8").splitlines().index("One {eval}`gb.late()`.") + 1
    assert problem.startswith(f"book/first/user.md:{line}: cell 1 uses gluonbook.late, which no cell")


def test_cells_that_are_no_python_do_no_harm(tmp_path: Path) -> None:
    book = project(
        tmp_path,
        {
            "first/tools": ["def f(:", "save\ndef late():\n    pass"],
            "first/user": ["import gluonbook as gb", "x = (", "gb.late("],
        },
    )

    document = reading.read(settings.load(book)).documents[-1]

    assert use.find(document, library_of(book)).whole == ""
    write(book, "first/user", ["import gluonbook as gb", "x = (", "gluonbook.late("])
    document = reading.read(settings.load(book)).documents[-1]
    assert use.find(document, library_of(book)).whole == "cell 3 is no Python"


def test_a_later_cell_may_say_that_it_replaces_an_earlier_one(tmp_path: Path) -> None:
    pages = {
        "first/a": ["save\ndef f():\n    return 1"],
        "first/b": ["import gluonbook as gb\nprint(gb.f())"],
        "second/c": ["save, replace\ndef f():\n    return 2"],
        "second/d": ["import gluonbook as gb\nprint(gb.f())"],
    }
    book = project(tmp_path, pages)

    run = run_toolchain("execute", "--json", project=book)

    assert run.code == 0, run.stdout + run.stderr
    outputs = {notebook["name"]: _printed(book, notebook["blob"]) for notebook in run.json["notebooks"]}
    assert (outputs["first/b"], outputs["second/d"]) == ("1\n", "2\n")


def _printed(book: Path, blob: str) -> str:
    notebook = json.loads((book / "_build/store/blobs" / blob[:2] / blob).read_text(encoding="utf-8"))
    return "".join(
        "".join(o["text"]) for cell in notebook["cells"] for o in cell.get("outputs", []) if "text" in o
    )


def test_a_notebook_sees_what_is_saved_before_it_ahead_of_what_is_installed(tmp_path: Path) -> None:
    # `six` is installed in the notebooks' environment.
    pages = {
        "first/a": ["save\nx = 1"],
        "first/b": ["import six\nprint(sorted(six.__all__))"],
        "first/c": ["save\ny = 2"],
    }
    book = project(tmp_path, pages, library="six")

    run = run_toolchain("execute", "--json", project=book)

    assert run.code == 0, run.stdout + run.stderr
    outputs = {notebook["name"]: _printed(book, notebook["blob"]) for notebook in run.json["notebooks"]}
    assert outputs["first/b"] == "['x']\n"


# Ten saved symbols and twelve notebooks, and who depends on what.
SYMBOLS: dict[str, Cells] = {
    "one/base": [
        "import math",
        "save\nSCALE = 2",
        "save\ndef scaled(x):\n    return SCALE * x",
        "save\ndef wave(x):\n    return math.sin(scaled(x))",
        "save\ndef alone():\n    return 0",
    ],
    "two/more": [
        "import gluonbook as gb\nfrom gluonbook import wave",
        "save\nclass Shape:\n    def at(self, x):\n        return gb.scaled(x)",
        "save\nclass Round(Shape):\n    size = 1",
        "save\ndef area(shape):\n    return shape.at(1)",
        "save\ndef both(x):\n    return wave(x) + 1",
        "save\nNAMES = ('a', 'b')",
        "save\ndef named(i):\n    return NAMES[i]",
    ],
}
USERS: dict[str, Cells] = {
    "three/plain": ["1 + 1"],
    "three/scaled": ["import gluonbook as gb", "gb.scaled(1)"],
    "three/wave": ["from gluonbook import wave as w\nw(1)"],
    "three/alone": ["import gluonbook\ngluonbook.alone()"],
    "three/round": ["import gluonbook as gb\ngb.Round().at(2)"],
    "three/area": ["import gluonbook as gb\n%time gb.area(None)"],
    "three/both": ["import gluonbook as gb\nf = gb.both\nf(1)"],
    "three/named": ["import gluonbook as gb\nlist(map(gb.named, [0, 1]))"],
    "three/star": ["from gluonbook import *"],
    "three/dynamic": ["import gluonbook as gb", "getattr(gb, 'sca' + 'led')"],
}
WHOLE = {"three/star", "three/dynamic"}
EDITS = {
    "SCALE": ("one/base", "SCALE = 2", "SCALE = 3", {"scaled", "wave", "round", "both"}),
    "scaled": ("one/base", "return SCALE * x", "return x * SCALE", {"scaled", "wave", "round", "both"}),
    "wave": ("one/base", "math.sin(", "math.cos(", {"wave", "both"}),
    "alone": ("one/base", "return 0", "return 1", {"alone"}),
    "Shape": ("two/more", "return gb.scaled(x)", "return gb.scaled(x) + 1", {"round"}),
    "Round": ("two/more", "size = 1", "size = 2", {"round"}),
    "area": ("two/more", "shape.at(1)", "shape.at(2)", {"area"}),
    "both": ("two/more", "wave(x) + 1", "wave(x) + 2", {"both"}),
    "NAMES": ("two/more", "('a', 'b')", "('a', 'c')", {"named"}),
    "named": ("two/more", "NAMES[i]", "NAMES[-i]", {"named"}),
}


def keys(folder: Path) -> dict[str, str]:
    book_settings = settings.load(folder)
    planned = planning.plan(book_settings, progress.Plain(print, quiet=True)).notebooks
    return {notebook.document.name: notebook.key for notebook in planned}


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    return project(tmp_path, SYMBOLS | USERS)


@pytest.mark.parametrize("symbol", EDITS)
def test_editing_one_definition_runs_its_users_and_no_others(symbol: str, graph: Path) -> None:
    page, old, new, expected = EDITS[symbol]
    before = keys(graph)
    assert len(before) == 12
    assert len(library_of(graph).names) == len(EDITS) == 10

    text = (graph / f"book/{page}.md").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (graph / f"book/{page}.md").write_text(text.replace(old, new), encoding="utf-8")

    after = keys(graph)
    changed = {name for name in before if before[name] != after[name]}
    users = {f"three/{name}" for name in expected}
    # The page that defines it, and another that defines what builds on it, run too: their own code uses it.
    defines = {page} | ({"two/more"} if symbol in ("SCALE", "scaled", "wave") else set())
    assert changed == users | WHOLE | defines


@pytest.mark.parametrize(
    ("old", "new"),
    [("return 0", "return  0  # a comment"), ("# one/base", "# Another title")],
)
def test_what_does_not_change_a_definition_runs_no_user(old: str, new: str, graph: Path) -> None:
    before = keys(graph)
    path = graph / "book/one/base.md"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    after = keys(graph)

    assert {name for name in before if before[name] != after[name]} <= {"one/base"}


def test_plan_says_which_definition_changed_and_who_depends_on_all(graph: Path) -> None:
    for name in ("area", "round"):  # they would fail: nobody has written what they need
        (graph / f"book/three/{name}.md").unlink()
    (graph / "book/three/index.md").write_text("# Three\n\n```{toctree}\n:glob:\n*\n```\n")
    assert run_toolchain("execute", project=graph).code == 0
    path = graph / "book/one/base.md"
    path.write_text(path.read_text(encoding="utf-8").replace("return 0", "return 1"), encoding="utf-8")

    plan = {notebook["name"]: notebook for notebook in run_toolchain("plan", "--json", project=graph).json}

    assert plan["three/alone"]["reason"] == "gluonbook.alone changed"
    assert plan["three/wave"]["run"] is False
    assert plan["three/star"]["note"] == "it may use all of gluonbook: cell 1 imports *"
    assert (
        plan["three/dynamic"]["note"]
        == "it may use all of gluonbook: cell 2 hands gb itself to something else"
    )
    assert "gluonbook.alone changed (it may use all of" in run_toolchain(
        "plan", project=graph
    ).stdout.replace("\n", " ")


@pytest.mark.parametrize(
    ("code", "whole"),
    [
        ("import gluonbook as gb\ngb.scaled", False),
        ("import gluonbook as gb\nhelp(gb)", True),
        ("import gluonbook.one", True),
        ("from gluonbook.one import scaled", True),
        ("import importlib\nimportlib.import_module('gluonbook')", True),
        ("exec('import gluonbook')", True),
        ("print('the gluonbook, and what is in it')", False),
        ("!python -c 'import gluonbook'", True),
        ("import gluonbook as gb\nvars(gb)", True),
        ("import gluonbook as gb\ngb.__dict__", True),
        ("import gluonbook as gb\ngb.scaled.__dict__", False),
        ("import gluonbook as gb\nname = 'x'\neval(f'gb.{name}')", True),
        ("%%time\nimport gluonbook as gb\ngb.scaled(1)", False),
        ("import gluonbook as gb\n%timeit gb.scaled(1)", False),
    ],
)
def test_what_cannot_be_followed_counts_as_everything(code: str, tmp_path: Path, *, whole: bool) -> None:
    book = project(tmp_path, {"one/base": SYMBOLS["one/base"], "two/user": [code]})
    document = reading.read(settings.load(book)).documents[-1]

    assert bool(use.find(document, library_of(book)).whole) == whole


def test_a_module_beside_a_notebook_that_imports_the_library_counts_as_everything(tmp_path: Path) -> None:
    book = project(tmp_path, {"one/base": SYMBOLS["one/base"], "two/user": ["import helper"]})
    (book / "book/two/helper.py").write_text("import gluonbook as gb\n", encoding="utf-8")
    before = keys(book)

    path = book / "book/one/base.md"
    path.write_text(path.read_text(encoding="utf-8").replace("return 0", "return 1"), encoding="utf-8")

    assert keys(book)["two/user"] != before["two/user"]


def test_a_book_without_saved_cells_has_no_library_and_no_trace_of_one(minimal: Path) -> None:
    assert not (minimal / "_build/lib").exists()
    assert not (minimal / "_build/dist").exists()
    report = json.loads((minimal / "_build/report.json").read_text(encoding="utf-8"))
    assert {artefact["form"] for artefact in report["artefacts"]} == {"html", "pdf", "notebooks"}


def test_the_library_and_its_index_go_when_its_last_cell_goes(tmp_path: Path) -> None:
    code = (
        "class Wave:\n"
        '    """`Wave` moves.\n\n        crest\n        trough\n\n    Always.\n    """\n\n'
        "    def add(*waves):\n        pass\n"
    )
    book = project(tmp_path, {"first/a": [f"save\n{code}"]})
    (book / "book/first/index.md").write_text(
        "# The first\n\n```{toctree}\na\n```\n\n```{library-index}\n```\n"
    )
    # What Sphinx finds in another file is not looked into before it runs.
    (book / "book/list.txt").write_text("```{toctree}\n:numbered: 2\nfirst/index\n```\n")
    (book / "book/index.md").write_text("# Tiny\n\n```{include} list.txt\n```\n")

    assert run_toolchain("build", "html", project=book).code == 1
    assert (book / "_build/dist").is_dir()
    assert [(finding["path"], finding["message"]) for finding in report_of(book)["findings"]] == [
        (
            "book/first/a.md",
            "this section has no number in the library's docstrings, and the number 1.1 in the book",
        )
    ]
    page = html.parse(book / "_build/html/first/index.html").getroot()
    assert [text.text_content() for text in page.xpath("//dt|//dd/p|//dd//pre")] == [
        "\nclass gluonbook.Wave#",
        "Wave moves.",
        "    crest\n    trough\n",
        "Always.",
        "Defined in “first/a”.",
        "\nWave.add(*waves)#",
    ]

    write(book, "first/a", ["x = 1"])

    assert run_toolchain("build", "html", project=book).code == 1
    assert not (book / "_build/dist").exists()
    assert not (book / "_build/lib").exists()
    assert [
        (finding["path"], finding["line"], finding["message"]) for finding in report_of(book)["findings"]
    ] == [
        (
            "book/first/index.md",
            7,
            "library-index: no cell of the book is tagged `save`, so there is no library",
        )
    ]


def test_only_a_notebook_whose_code_changed_is_looked_through_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses_f = ["from gluonbook import f\nf()"]
    folder = project(
        tmp_path, {"first/tools": ["save\ndef f():\n    return 1"], "first/one": uses_f, "second/two": uses_f}
    )
    find, looked_through = use.find, list[str]()

    def counted(document: Document, *arguments: Any) -> use.Use:
        looked_through.append(document.name)
        return find(document, *arguments)

    def gathered() -> tuple[list[str], dict[str, use.Use]]:
        looked_through.clear()
        book_settings = settings.load(folder)
        uses = dict(gather(reading.read(book_settings), book_settings).uses)
        assert uses == {
            page.name: find(page, library_of(folder), helpers if page.name == "second/two" else ())
            for page in reading.read(book_settings).notebooks
        }
        return sorted(looked_through), uses

    helpers: tuple[str, ...] = ()
    monkeypatch.setattr(use, "find", counted)
    everything = ["first/one", "first/tools", "second/two"]
    assert gathered()[0] == everything
    assert gathered()[0] == []
    page = folder / "book/first/one.md"
    page.write_text(f"{page.read_text()}\nMore words.\n")
    assert gathered()[0] == []
    write(folder, "first/one", ["1 + 1"])
    assert gathered()[0] == ["first/one"]
    helpers = ("import gluonbook",)
    (folder / "book/second/helper.py").write_text(*helpers)
    looked, uses = gathered()
    assert looked == ["second/two"]
    assert uses["second/two"].whole == "a module beside it names the library"
    (folder / "_build/uses.json").write_text("{")
    assert gathered()[0] == everything
