"""The house: every room says what it is for, forms are named in their own room only, and CONTRIBUTING.md is true of it all."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.places import REPOSITORY
from support.rooms import PACKAGE, PICTURE, draw, floors, purpose

from toolchain.forms import FORMS

ROOMS = [room for floor in floors() for room in floor]
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
KNOW_FORMS = ("forms", "check")
OTHER_MEANINGS = {
    ("commands/build.py", "notebooks"): "the argument of `toolchain execute`",
    ("commands/importing.py", "notebooks"): "a kind of folder that is imported",
    ("importing/kinds.py", "notebooks"): "as above",
    ("importing/mystmd/config.py", "pdf"): "a format that mystmd exports",
    ("importing/project.py", "pdf"): "a table of book.toml",
    ("importing/sphinx/options.py", "html"): "a table of book.toml",
    ("importing/sphinx/options.py", "pdf"): "a table of book.toml",
    ("project/sections.py", "notebooks"): "the default name of a branch of the repository",
    ("project/layout.py", "html"): "the folder in which another program leaves its site",
    (
        "sphinxext/notebook_text/builder.py",
        "notebooks",
    ): "the name of Sphinx's builder, which is defined there",
    ("sphinxext/notebook_text/blocks.py", "html"): "what docutils calls the format of raw text",
    ("sphinxext/repository.py", "html"): "what Sphinx calls options whose change has pages written again",
    ("sphinxext/notebook_images.py", "html"): "what docutils calls the format of raw text",
    ("sphinxext/notebook_text/inline.py", "html"): "what docutils calls the format of raw text",
    ("sphinxext/typed_html.py", "html"): "what docutils calls the format of raw text",
    ("sphinxext/printed/markup.py", "html"): "what lxml calls a way to write elements",
    ("sphinxext/site/fragments.py", "html"): "as above",
    ("sphinxext/front/graph.py", "html"): "what docutils calls the format of raw text",
    ("sphinxext/formula_references.py", "html"): "what Sphinx calls the format of a builder",
    ("sphinxext/formulas.py", "html"): "as above",
    ("sphinxext/site/mathml/in_outputs.py", "html"): "as above",
    ("sphinxext/site/roles.py", "html"): "as above",
    ("sphinxext/site/previews.py", "html"): "what Sphinx calls options whose change has pages written again",
    ("outputs/balance.py", "html"): "an element",
}


def test_every_folder_is_a_room_of_the_contract() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}

    assert set(ROOMS) == folders
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_in_one_sentence_what_it_is_for(room: str) -> None:
    assert re.fullmatch(r"[A-Z][^.\n]+\.", purpose(room))


def test_the_picture_is_of_the_contract() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "draw it anew: python tests/support/rooms.py"
    assert "](img/readme/rooms.svg)" in CONTRIBUTING


def test_no_form_is_named_outside_the_rooms_that_know_forms() -> None:
    named = {
        (path.relative_to(PACKAGE).as_posix(), text)
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in KNOW_FORMS
        for text in texts(path)
        if text in FORMS
    }

    assert named == set(OTHER_MEANINGS)


def texts(path: Path) -> Iterator[str]:
    """Yield the texts in a module's code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def changes() -> list[tuple[str, list[str]]]:
    """Return the rows of the table of typical changes: what changes, and the places that it is made in."""
    rows = re.findall(r"^\| (?P<change>[^|]+?) \| (?P<places>[^|]*`[^|]+?) \|$", CONTRIBUTING, re.MULTILINE)
    return [(change, re.findall(r"`([^`]+)`", places)) for change, places in rows]


def test_twenty_typical_changes_have_a_place_that_is_there() -> None:
    assert len(changes()) >= 20
    for change, places in changes():
        for place in places:
            roots = (PACKAGE, REPOSITORY)
            assert any((root / place).exists() for root in roots), (change, place)


def test_every_room_has_a_typical_change() -> None:
    rooms = {place.partition("/")[0] for _, places in changes() for place in places}

    assert set(ROOMS) <= rooms
