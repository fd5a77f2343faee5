"""A picture that is to be printed is drawn, or refused with words: in time, in memory, and from its own folder only."""

import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image
from support import closed_rooms

from toolchain.sphinxext.printed import conversion, drawings
from toolchain.sphinxext.printed.conversion import AsShown, Drawing, FirstFrame, RefusedError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xi="http://www.w3.org/2001/XInclude" width="90" height="9">'
PLANTED = "PLANTED"
RSVG = """\
#!/bin/sh
[ "$1" = --version ] && exit 0
for argument; do case "$argument" in --output=*) target="${argument#--output=}";; esac; done
"""
NO_PROGRAMS = {
    "hangs": ("sleep 100", "it was not drawn after 0.5 seconds"),
    "says why": ("printf 'no \\033[31mway\\n' >&2; exit 1", r"no \u001b[31mway"),
    "says nothing": ("exit 3", "it exited with code 3"),
    "draws nothing": ("exit 0", "it exited with code 0"),
    "leads away": ('ln -s "$HOME/planted" "$target"', "it exited with code 0"),
    "never ends": ('mkfifo "$target"', "it exited with code 0"),
}


class Converter:
    """Stands for a converter, which itself needs nothing of Sphinx but to know one book from another."""

    def __init__(self) -> None:
        self.env = self
        self._app = self


def convert(
    source: Path, converter: type[Drawing | FirstFrame | AsShown] = Drawing, of: Converter | None = None
) -> Path:
    """Convert a picture as Sphinx does."""
    target = source.parent / "converted"
    assert converter.convert(cast("Any", of or Converter()), source, target)
    return target


def written(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("what", NO_PROGRAMS)
def test_a_program_that_does_not_draw_is_told(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_rooms.use(closed_rooms.OPEN, monkeypatch)
    lines, said = NO_PROGRAMS[what]
    written(tmp_path, "rsvg-convert", f"{RSVG}{lines}\n").chmod(0o755)
    written(tmp_path, "planted", PLANTED)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(conversion, "SECONDS", 0.5 if what == "hangs" else 60.0)

    with pytest.raises(RefusedError, match=re.escape(said)):
        convert(written(tmp_path, "a.svg", f"{SVG}</svg>"))
    assert not (tmp_path / "converted").exists()


def test_a_drawing_is_made_once_and_again_if_it_may_be_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_rooms.use(closed_rooms.OPEN, monkeypatch)
    programs, kept, runs = tmp_path / "programs", tmp_path / "work/drawn", tmp_path / "runs"
    programs.mkdir()
    program = written(programs, "rsvg-convert", f'{RSVG}echo run >> "{runs}"\ncat "$3" > "$target"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(
        drawings, "current", lambda: SimpleNamespace(output=str(tmp_path / "work/latex.json"))
    )
    runs.touch()

    def drawn(content: str, name: str = "a.svg") -> int:
        """Draw in a run of Sphinx of its own; return how often a program ran."""
        book, before = Converter(), runs.read_text().count("run")
        drawings.machine.cache_clear()
        picture = written(tmp_path, name, content)
        assert convert(picture, of=book).read_text(encoding="utf-8") == content
        own = drawings.of_book(cast("Any", book))
        assert own is not None
        own.forget_others()
        return runs.read_text().count("run") - before

    plain, other = f"{SVG}</svg>", f'{SVG}<path d="M0 0"/><use href="#a"/></svg>'
    assert [drawn(plain), drawn(plain), drawn(plain, "b.svg")] == [1, 0, 0]
    assert [drawn(other), drawn(other)] == [1, 0]
    assert drawn(plain) == 1  # it had left the book
    (path,) = kept.iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert [drawn(plain), drawn(plain)] == [1, 0]
    program.write_text(f"{program.read_text()}\n", encoding="utf-8")
    assert [drawn(plain), drawn(plain)] == [1, 0]
    for beside in (
        '<image href="b.png"/>',
        "<image xlink:href = 'b.png'/>",
        "<style>@import 'b.css';</style>",
        '<path fill="url(b.svg#red)"/>',
        '<text><xi:include href="b.txt" parse="text"/></text>',
    ):
        assert [drawn(f"{SVG}{beside}</svg>"), drawn(f"{SVG}{beside}</svg>")] == [1, 1], beside


def test_a_drawing_shows_nothing_that_is_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    folder.mkdir()

    def drawn_with(picture: Path, address: str) -> tuple[bytes, bytes]:
        """Return what is drawn while the picture is there, and without it."""
        included = f'<text y="9"><xi:include href="{address}" parse="text"/></text>'
        shown = f'<image href="{address}" width="9" height="9"/>'
        drawing = written(folder, "a.svg", f"{SVG}{included}{shown}</svg>")
        written(picture.parent, picture.name, f'{SVG}<path d="M0 0H90V9" fill="red"/></svg>')
        with_it = convert(drawing).read_bytes()
        picture.unlink()
        return with_it, convert(drawing).read_bytes()

    for address in ((tmp_path / "planted.svg").as_uri(), "../planted.svg", "file:../planted.svg"):
        with_it, without = drawn_with(tmp_path / "planted.svg", address)
        assert with_it == without, address
    with_it, without = drawn_with(folder / "beside.svg", "beside.svg")
    assert with_it != without


def test_a_drawing_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 50}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE svg [<!ENTITY e0 "x">{entities}]>{SVG}<text y="9">&e11;</text></svg>'

    with pytest.raises(RefusedError, match="XML"):
        convert(written(tmp_path, "bomb.svg", bomb))


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"GIF89a\xff\x3f\xff\x3f\x80\x00\x00", b"GIF89a\xff\xff\xff\xff\x80\x00\x00", bytes(99)],
)
def test_a_film_without_a_frame_is_refused(content: bytes, tmp_path: Path) -> None:
    film = tmp_path / "film.gif"
    film.write_bytes(content)

    with pytest.raises(RefusedError):
        convert(film, FirstFrame)


def picture(path: Path, **saved: Any) -> Path:
    """Write a picture that is wider than high, with its first column black."""
    image = Image.new("RGB", (40, 20), "white")
    image.paste("black", (0, 0, 8, 20))
    image.save(path, **saved)
    return path


@pytest.mark.parametrize(
    ("name", "saved", "differs"),
    [
        ("a.png", {}, False),
        ("a.png", {"dpi": (300, 300)}, False),
        ("a.jpg", {"dpi": (72, 72)}, False),
        ("a.jpg", {"dpi": (0, 0)}, False),
        ("a.png", {"dpi": (0.1, 0.1)}, True),
        ("a.tif", {}, True),
        ("a.bmp", {}, True),
    ],
)
def test_a_picture_is_written_anew_where_print_would_differ(
    name: str, saved: dict[str, Any], *, differs: bool, tmp_path: Path
) -> None:
    assert conversion.differs(picture(tmp_path / name, **saved)) is differs


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_picture_is_printed_with_the_side_up_that_browsers_have(name: str, tmp_path: Path) -> None:
    orientation = Image.Exif()
    orientation[conversion.ORIENTATION] = 6
    source = picture(tmp_path / name, exif=orientation)

    assert conversion.differs(source)
    with Image.open(convert(source, AsShown)) as upright:
        assert upright.size == (20, 40)
        grey = upright.convert("L").tobytes()
        assert grey[2 * 20 + 10] < 30
        assert grey[30 * 20 + 10] > 220
        assert upright.getexif().get(conversion.ORIENTATION, 1) == 1


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_a_picture_that_is_cut_off_is_refused(name: str, tmp_path: Path) -> None:
    source = picture(tmp_path / name)
    source.write_bytes(source.read_bytes()[:-60])

    assert conversion.differs(source)
    with pytest.raises(RefusedError):
        convert(source, AsShown)
