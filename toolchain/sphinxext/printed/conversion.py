"""Pictures of kinds that LaTeX does not know are converted, each by itself: one that cannot be becomes words, and is told.

What draws an SVG runs in a closed room, and for a while only, in a part of the memory: the picture may be anybody's.
"""

import os
from pathlib import Path
from typing import Any

from docutils import nodes
from PIL import Image, ImageOps
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms.images import ImageConverter
from sphinx.util import logging

from toolchain.base import aside, terminal
from toolchain.base.refusals import BUILD
from toolchain.environment import typesetting
from toolchain.processes.closed_room import sweep
from toolchain.processes.programs import Programs, how_it_ended
from toolchain.sphinxext.images import replace_by_words
from toolchain.sphinxext.of_env import application
from toolchain.sphinxext.printed import drawings

RSVG = "rsvg-convert"
COMMAND = (RSVG, "--format=pdf")
SECONDS, MEMORY = 60.0, 4 << 30
"""What a drawing may take of each; one that takes longer would take for ever."""
PIXELS = 1 << 26
"""Of a picture's first frame at most: more than any page shows, and 256 MB of memory."""
PIXELLED = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".avif")
ORIENTATION = 0x0112
"""The tag of EXIF that says which side is up."""
END, TAIL = b"\xff\xd9", 1 << 12
"""What ends a JPEG, and how much may come after it."""
LEAST_DPI, INCHES = 72, 200
"""What TeX takes for the resolution where a picture has none, and the largest size that it can reckon with, nearly."""
ERROR_LINE = 200
"""Characters of what a program says."""

logger = logging.getLogger(__name__)


class RefusedError(Exception):
    """A picture cannot be converted; the message says why."""


class _Converter(ImageConverter):
    """Converts pictures, and puts words in the place of those that it cannot."""

    def is_available(self) -> bool:
        """Without its program no PDF is made at all."""
        return True

    kind = ""

    @property
    def imagedir(self) -> Any:  # a type of Sphinx's own
        """Keep `a.gif` and `a.webp` apart: each becomes an `a.png`."""
        return super().imagedir / self.kind

    def handle(self, node: nodes.image) -> None:
        """Convert a picture, or warn."""
        self.kind = Path(node["uri"]).suffix.lower().removeprefix(".")
        of_cell = BUILD in Path(node["uri"]).parts
        what = "a picture of this cell" if of_cell else f"the picture {node['uri']}"
        try:
            super().handle(node)
        except RefusedError as error:
            logger.warning(
                "%s cannot be printed: %s",
                what,
                error,
                type="toolchain",
                subtype="picture",
                location=_with_line(node),
            )
            replace_by_words(node, f"{what} cannot be printed")


class Drawing(_Converter):
    """Makes of an SVG a PDF, which keeps its lines."""

    conversion_rules = [("image/svg+xml", "application/pdf")]  # noqa: RUF012 - as Sphinx declares it

    def convert(self, _from: str | os.PathLike[str], _to: str | os.PathLike[str]) -> bool:
        """Let librsvg draw what is not drawn already. Raises RefusedError if it does not."""
        source, target = Path(_from), Path(_to)
        kept = drawings.of_book(application(self.env))
        key = kept.key(source, [*COMMAND]) if kept else ""
        drawing = kept.find(key) if kept else None
        if drawing is None:
            drawing = _drawn(source)
            if kept:
                kept.keep(key, drawing)
        target.write_bytes(drawing)
        return True


def _drawn(source: Path) -> bytes:
    """Return what librsvg makes of a drawing. Raises RefusedError if that is nothing."""
    with aside.folder_for_now() as work, aside.folder_for_now() as temporary:
        folder, log = temporary.resolve(), work / "log"
        drawn = folder / "drawn.pdf"
        # A drawing may show pictures that lie beside it; librsvg itself reads no others.
        room = typesetting.room(source.parent, writable=(folder,), tried_with=RSVG)
        command = [*COMMAND, f"--output={drawn}", str(source)]
        variables = typesetting.variables(
            TMPDIR=str(folder), SOURCE_DATE_EPOCH=os.environ.get("SOURCE_DATE_EPOCH", "0")
        )
        try:
            code = Programs().run(
                room.command(command, folder, memory=MEMORY),
                folder,
                variables,
                log,
                lambda _: None,
                limit=SECONDS,
            )
        except TimeoutError:
            raise RefusedError(f"it was not drawn after {SECONDS:g} seconds") from None
        sweep(folder)
        if code or not drawn.is_file():
            raise RefusedError(_said(log, code).replace(str(source), source.name)[:ERROR_LINE])
        return drawn.read_bytes()


class FirstFrame(_Converter):
    """Makes of a picture that moves, or of a kind that LaTeX does not know, its first frame."""

    conversion_rules = [  # noqa: RUF012 - as above
        ("image/gif", "image/png"),
        ("image/webp", "image/png"),
        ("image/avif", "image/png"),
    ]

    def convert(self, _from: str | os.PathLike[str], _to: str | os.PathLike[str]) -> bool:
        """Write the first frame. Raises RefusedError if there is none that could be read."""
        try:
            with Image.open(_from) as picture:
                _refuse_huge(picture)
                upright = ImageOps.exif_transpose(picture)
                upright.convert("RGBA" if picture.has_transparency_data else "RGB").save(_to, "PNG")
                return True
        except RefusedError:
            raise
        except Exception as error:  # Pillow raises whatever a damaged file brings it to
            raise RefusedError(str(error) or type(error).__name__) from error


class AsShown(_Converter):
    """Makes a picture of pixels what browsers show of it: upright, in a kind that LaTeX knows, of a size that TeX can reckon with."""

    default_priority = 210  # after those above

    def match(self, node: nodes.image) -> bool:
        """Look at pictures of pixels that are not printed as they are."""
        path = self.env.srcdir / node["uri"]
        return "?" not in node["candidates"] and path.suffix.lower() in PIXELLED and differs(path)

    def get_conversion_rule(self, node: nodes.image) -> tuple[str, str]:
        """Keep photographs photographs."""
        return "", "image/jpeg" if node["uri"].lower().endswith((".jpg", ".jpeg")) else "image/png"

    def convert(self, _from: str | os.PathLike[str], _to: str | os.PathLike[str]) -> bool:
        """Write the picture anew, without a resolution. Raises RefusedError if it cannot be read."""
        try:
            with Image.open(_from) as picture:
                _refuse_huge(picture)
                upright = ImageOps.exif_transpose(picture)
                kept = {key: value for key, value in picture.info.items() if key == "icc_profile"}
                quality = {"quality": 95} if str(_to).endswith((".jpg", ".jpeg")) else {}
                upright.save(_to, "JPEG" if quality else "PNG", exif=b"", **kept, **quality)
        except RefusedError:
            raise
        except Exception as error:  # as above
            raise RefusedError(
                str(error).replace(str(_from), Path(_from).name) or type(error).__name__
            ) from error
        return True


# In quotes: what a module asks for as it is imported is imported with it.
def _refuse_huge(picture: "Image.Image") -> None:
    if picture.width * picture.height > PIXELS:
        raise RefusedError(f"it has {picture.width} by {picture.height} pixels")


def differs(path: Path) -> bool:
    """Say whether a picture would be printed otherwise than browsers show it, or not at all."""
    if not path.is_file():
        return False  # of which Sphinx has told
    try:
        with Image.open(path) as picture:
            turned = picture.getexif().get(ORIENTATION, 1) != 1
            across, down = picture.info.get("dpi", (0, 0))
            least = min(across or LEAST_DPI, down or LEAST_DPI)
            if picture.format == "JPEG" and END not in path.read_bytes()[-TAIL:]:
                return True
            return (
                picture.format not in ("PNG", "JPEG")
                or turned
                or max(picture.size) / max(least, 0.01) > INCHES
            )
    except Exception:  # noqa: BLE001 - as above; the conversion says what it is
        return True


def _said(log: Path, code: int) -> str:
    """Return in a line why a program did not draw."""
    said = " ".join(terminal.plain(log.read_text(encoding="utf-8", errors="replace")).split())
    return said or how_it_ended(code)


def _with_line(node: nodes.Element) -> nodes.Element:
    """Return a node, or what it is in, whichever has a line: an output has that of its cell."""
    around: nodes.Element | None = node
    while around is not None and not around.line:
        around = around.parent
    return node if around is None else around


def setup(app: Sphinx) -> None:
    """Convert while the book is written."""
    app.add_post_transform(Drawing)
    app.add_post_transform(FirstFrame)
    app.add_post_transform(AsShown)
    drawings.setup(app)
