"""The rooms of the toolchain as its import contract says, and the picture of them in CONTRIBUTING.md.

`python tests/support/rooms.py` draws the picture anew.
"""

import ast
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path
from textwrap import wrap

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "toolchain"
PICTURE = REPOSITORY / "img/readme/rooms.svg"
WIDTH, MARGIN, GAP = 760, 16, 8
TITLE, LINE = 22, 15
LETTERS_PER_PIXEL = 0.146
"""Of the smaller text."""
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" \
font-family="sans-serif">
<title>The rooms of the toolchain: imports go from floor to floor downwards</title>
<rect width="{width}" height="{height}" fill="#ffffff"/>
"""
BOX = '<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" fill="{fill}" stroke="#5b6b7b"/>\n'
TEXT = '<text x="{x:g}" y="{y:g}" font-size="{size}" fill="#1c2733"{weight}>{text}</text>\n'
FILLS = ("#eaf1f8", "#f6f3ea")
"""Of the floors, in turn."""


def floors() -> list[list[str]]:
    """Return the rooms of each floor, the highest first, as the import contract in pyproject.toml has them."""
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = pyproject["tool"]["importlinter"]["contracts"]
    return [[room.strip() for room in layer.split("|")] for layer in contract["layers"]]


def purpose(room: str) -> str:
    """Return what a room is for: the first sentence of its package."""
    source = (PACKAGE / room / "__init__.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""


def imported_by(module: str) -> set[str]:
    """Return the names of all modules of ours that a module imports, and of those that these import, and so on."""
    found: set[str] = set()
    look = [module]
    while look:
        name = look.pop()
        path = _file(name)
        if name in found or path is None:
            continue
        found.add(name)
        look += [name.rpartition(".")[0], *_imports(path)]
    return found


def _file(module: str) -> Path | None:
    path = REPOSITORY.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if module and candidate.is_file()), None)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def draw() -> str:
    """Return the picture: a row for each floor, a box for each room with what it is for."""
    shapes, y = [], MARGIN
    for number, rooms in enumerate(floors()):
        width = (WIDTH - 2 * MARGIN - GAP * (len(rooms) - 1)) / len(rooms)
        texts = [wrap(purpose(room), int((width - 2 * GAP) * LETTERS_PER_PIXEL)) for room in rooms]
        height = TITLE + LINE * max(map(len, texts)) + GAP
        for place, (room, lines) in enumerate(zip(rooms, texts, strict=True)):
            x = MARGIN + place * (width + GAP)
            fill = FILLS[number % len(FILLS)]
            shapes.append(BOX.format(x=x, y=y, width=width, height=height, fill=fill))
            name = f"{room}/"
            weight = ' font-weight="bold"'
            shapes.append(TEXT.format(x=x + GAP, y=y + 17, size=14, weight=weight, text=name))
            shapes += [
                TEXT.format(
                    x=x + GAP, y=y + TITLE + LINE * (1 + at) - 3, size=12, weight="", text=escape(line)
                )
                for at, line in enumerate(lines)
            ]
        y += height + GAP
    return HEAD.format(width=WIDTH, height=y - GAP + MARGIN) + "".join(shapes) + "</svg>\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
