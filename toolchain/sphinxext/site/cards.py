"""The picture that is shown beside a link to a page: a card with the book's title and that of the chapter, one for each chapter.

Pillow draws it, which is there in every installation, with the site's own font. A card that lies there already is kept as it is if it was
made of the same; it says so itself. Where a title has characters that the font lacks, the book's own card stands for the chapter's,
and for a book whose title has such, there is none.
"""

import io
import re
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment

from toolchain import __version__
from toolchain.base.files import sha256_lines, write_atomically
from toolchain.sphinxext.entry_marks import plain
from toolchain.sphinxext.numbering import chapters
from toolchain.sphinxext.site import publication

WIDTH, HEIGHT = 1200, 630
"""What those who show cards ask for."""
FOLDER = "_cards"
FONTS = Path(__file__).parent / "book_theme/static/fonts"
FILES = ("text.woff2", "text-more.woff2")
"""Of the site's font: what most pages need, and the rest."""
FACE = re.compile(r'url\("(?P<file>[^"]+)"\)[^}]*?unicode-range: (?P<ranges>[^;]+);', re.DOTALL)
MADE_OF = "Source"
"""Key of the PNG's text that says of what it was made."""
MARGIN, BAND = 90, 18
INK, MUTED, PAPER, COLOUR = "#1a1f2b", "#5a6272", "#fdfcf9", "#12498a"
LARGEST, SMALLEST, STEP, LEADING = 92, 44, 8, 1.18
SMALL = 34
MOST_LINES = 4
SHADES = 32
"""Colours that a card has: edges of letters need some."""


class Card(NamedTuple):
    """The card of a chapter, or of the book."""

    path: str
    """In the site."""
    above: str
    """What the chapter is part of."""
    title: str
    below: str

    @property
    def alternative(self) -> str:
        """The words of the card."""
        return ", ".join(filter(None, (self.title, self.above)))


def of_chapter(app: Sphinx, chapter: str) -> Card | None:
    """Return the card of the pages of a chapter; of no chapter: the book's. None where there is none."""
    if not publication.address(app.config):
        return None
    book = _of_book(app)
    card = _of_chapter(app.env, chapter, book) if chapter else book
    return card if is_drawable(card) else book if is_drawable(book) else None


def _of_book(app: Sphinx) -> Card:
    book = publication.of(app.config).book
    return Card(
        f"{FOLDER}/{app.config.root_doc}.png", book.subtitle, book.title, ", ".join(book.author_names)
    )


def _of_chapter(env: BuildEnvironment, chapter: str, book: Card) -> Card:
    number = ".".join(map(str, env.toc_secnumbers.get(chapter, {}).get("", ())))
    words = plain(env.titles[chapter].astext()) if chapter in env.titles else chapter
    return Card(f"{FOLDER}/{chapter}.png", book.title, " ".join(filter(None, (number, words))), book.below)


def is_drawable(card: Card) -> bool:
    """Say whether the font has all characters of a card."""
    return all(_file_with(character) for part in card[1:] for character in part if not character.isspace())


@cache
def _file_with(character: str) -> str:
    return next(
        (name for name in FILES if any(ord(character) in characters for characters in _characters()[name])),
        "",
    )


@cache
def _characters() -> dict[str, list[range]]:
    """Return which characters each file of the font has, as the site's style sheet says."""
    faces = FACE.finditer((FONTS / "fonts.css").read_text(encoding="utf-8"))
    return {face["file"]: [_range(part) for part in face["ranges"].split(", ")] for face in faces}


def _range(text: str) -> range:
    first, _, last = text.removeprefix("U+").partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)


def _all(app: Sphinx) -> Iterator[Card]:
    of_chapters = (of_chapter(app, chapter) for chapter in ("", *(name for name, _ in chapters(app.env))))
    yield from {card.path: card for card in of_chapters if card}.values()


def _write(app: Sphinx) -> tuple[()]:
    """Write the cards that are not there yet, and remove those of chapters that are gone."""
    if not isinstance(app.builder, StandaloneHTMLBuilder) or isinstance(app.builder, Epub3Builder):
        return ()
    folder = Path(app.outdir)
    cards = list(_all(app)) if publication.is_known(app.config) else []
    wanted = {folder / card.path for card in cards}
    for path in (folder / FOLDER).rglob("*.png"):
        if path not in wanted:
            path.unlink()
    for card in cards:
        path, recipe = folder / card.path, sha256_lines((__version__, _tools(), *card))
        if not _is_made_of(path, recipe):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, _drawn(card, recipe))
    return ()


def _tools() -> str:
    return f"{metadata.version('pillow')} {(FONTS / 'made-of.txt').read_text(encoding='utf-8')}"


def _is_made_of(path: Path, recipe: str) -> bool:
    try:
        with path.open("rb") as file:
            return recipe.encode() in file.read(1024)  # a text before the picture
    except OSError:
        return False


def _drawn(card: Card, recipe: str) -> bytes:
    """Return a card as PNG."""
    from PIL import Image, ImageDraw, PngImagePlugin  # noqa: PLC0415 - slow to import, and few runs draw anything

    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, BAND, HEIGHT), fill=COLOUR)
    size, lines = _set(card.title, WIDTH - 2 * MARGIN)
    _line(draw, card.above, MARGIN, SMALL, MUTED)
    top = (HEIGHT - len(lines) * size * LEADING) / 2
    for number, line in enumerate(lines):
        _line(draw, line, top + number * size * LEADING, size, INK)
    _line(draw, card.below, HEIGHT - MARGIN - SMALL, SMALL, COLOUR)
    said = PngImagePlugin.PngInfo()
    said.add_text(MADE_OF, recipe)
    file = io.BytesIO()
    image.quantize(SHADES, dither=Image.Dither.NONE).save(file, "PNG", pnginfo=said, optimize=True)
    return file.getvalue()


def _set(title: str, width: float) -> tuple[int, list[str]]:
    """Return the size that a title fits in, and its lines; one that is longer than all of them ends with an ellipsis."""
    size = LARGEST
    while (
        len(lines := list(_broken(title, size, width))) > MOST_LINES - (size > 2 * SMALL) and size > SMALLEST
    ):
        size -= STEP
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]}\N{HORIZONTAL ELLIPSIS}"]
    return size, lines


def _broken(title: str, size: int, width: float) -> Iterator[str]:
    line = ""
    for word in title.split():
        longer = f"{line} {word}".lstrip()
        if line and _length(longer, size) > width:
            yield line
            longer = word
        line = longer
    yield line


def _line(draw: Any, text: str, top: float, size: int, colour: str) -> None:
    """Draw a line, each character from the file that has it; what is too long ends with an ellipsis."""
    while _length(text, size) > WIDTH - MARGIN - BAND:
        text = f"{text[:-2]}\N{HORIZONTAL ELLIPSIS}"
    left = float(MARGIN)
    for file, run in _runs(text):
        font = _font(file, size)
        draw.text((left, top), run, font=font, fill=colour)
        left += font.getlength(run)


def _length(text: str, size: int) -> float:
    return sum(float(_font(file, size).getlength(run)) for file, run in _runs(text))


def _runs(text: str) -> Iterator[tuple[str, str]]:
    run, last = "", FILES[0]
    for character in text:
        file = _file_with(character) or FILES[0]  # where a space is
        if file != last and run:
            yield last, run
            run = ""
        run, last = run + character, file
    if run:
        yield last, run


@cache
def _font(file: str, size: int) -> Any:
    from PIL import ImageFont  # noqa: PLC0415 - as above

    # Without what else the machine may have to lay out text: the same card everywhere.
    font = ImageFont.truetype(FONTS / file, size, layout_engine=ImageFont.Layout.BASIC)
    if size > SMALL:
        font.set_variation_by_axes([700])
    return font


def setup(app: Sphinx) -> None:
    """Write them when all that is in them is known."""
    app.connect("html-collect-pages", _write)
