"""Figures as PDF: pages that draw, without actions, attachments, or anything else that a PDF may do."""

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from toolchain.outputs.refusal import NotAdmittedError, words_of

if TYPE_CHECKING:
    import pikepdf

DOING = {
    "/AA", "/AF", "/AcroForm", "/Collection", "/EF", "/EmbeddedFiles", "/FDecodeParms", "/FFilter", "/GoToE", "/GoToR",
    "/ImportData", "/JS", "/JavaScript", "/Launch", "/Movie", "/OPI", "/OpenAction", "/Ref", "/Rendition", "/RichMedia",
    "/Sound", "/SubmitForm", "/URI", "/XFA",
}  # fmt: skip
"""Keys and kinds of actions: where one of them is, a PDF does more than draw."""
MOST_UNPACKED = 100_000_000
"""Bytes of all streams of a figure."""
PACKED_IN_EACH_OTHER = 3
STREAM = re.compile(rb"stream\r?\n")
MOST_STREAMS = 20_000
CHUNK = 1 << 16
NAME = re.compile(rb"/((?:\w|#[0-9A-Fa-f]{2})+)", re.ASCII)
RARE = (b"LZW", b"RunLength")
"""In the names of ways to pack that we do not measure."""
HEXADECIMAL = re.compile(rb"#([0-9A-Fa-f]{2})")
MOST_OBJECTS = 200_000
LONGEST_SIDE = 14_400
"""Points, as PDF itself has it; TeX can set little more."""


def admitted(content: bytes) -> None:
    """Raise NotAdmittedError if a figure does more than draw, with the figure that draws only, or if it is broken."""
    import pikepdf  # noqa: PLC0415 - few pages have figures as PDF, and it is slow to import

    _require_small(content)
    try:
        with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as pdf:
            _require_bounded(pdf)
            doing = sorted(set(_doing(pdf)))
            if not doing:
                return
            drawing = _drawing_only(pdf)
        with pikepdf.open(io.BytesIO(drawing)) as pdf:
            left = sorted(set(_doing(pdf)))
    except NotAdmittedError:
        raise
    # Whatever qpdf and pikepdf raise for what somebody else has made.
    except Exception as error:  # noqa: BLE001
        raise NotAdmittedError(f"it cannot be read: {words_of(error)}") from None
    what = ", ".join(name.removeprefix("/") for name in doing)
    if left:
        raise NotAdmittedError(f"it does more than draw: {what}")
    raise NotAdmittedError(f"shown without {what}", instead=drawing)


def _require_bounded(pdf: "pikepdf.Pdf") -> None:
    if pdf.is_encrypted:
        raise NotAdmittedError("it is encrypted")
    if not len(pdf.pages):
        raise NotAdmittedError("it has no page")
    if len(pdf.objects) > MOST_OBJECTS:
        raise NotAdmittedError(f"it has more than {MOST_OBJECTS:,} objects")
    left, bottom, right, top = (float(number) for number in pdf.pages[0].mediabox)
    if not (0 < abs(right - left) <= LONGEST_SIDE and 0 < abs(top - bottom) <= LONGEST_SIDE):
        raise NotAdmittedError(f"its page is {abs(right - left):g} by {abs(top - bottom):g} points large")


def _require_small(content: bytes) -> None:
    """Raise NotAdmittedError if a PDF is large once it is unpacked: whoever reads it unpacks some of it to find the rest."""
    names = {HEXADECIMAL.sub(_character, name) for name in set(NAME.findall(content))}
    if any(rare in name for name in names for rare in RARE):
        raise NotAdmittedError("it is packed in a way that nobody uses any more")
    starts = [stream.end() for stream in STREAM.finditer(content)]
    if len(starts) > MOST_STREAMS:
        raise NotAdmittedError(f"it has more than {MOST_STREAMS:,} streams")
    room = MOST_UNPACKED
    for start in starts:
        room -= _size(content, start, room)


def _character(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def _size(content: bytes, start: int, room: int) -> int:
    """Return how many bytes a stream has, if it is packed. Raises NotAdmittedError if there are more than there is room for."""
    size = 0
    for _ in range(PACKED_IN_EACH_OTHER):
        content, start = _unpacked(content, start, room - size), 0
        size += len(content)
        if not content:
            return size
    raise NotAdmittedError("its streams are packed again and again")


def _unpacked(content: bytes, start: int, room: int) -> bytes:
    """Return what a stream has, if it is packed; what is cut off counts as far as it goes."""
    unpacking, unpacked = zlib.decompressobj(), bytearray()
    with suppress(zlib.error):
        for at in range(start, len(content), CHUNK):
            packed = content[at : at + CHUNK]
            while packed and not unpacking.eof:
                unpacked += unpacking.decompress(packed, 1 << 20)
                packed = unpacking.unconsumed_tail
                if len(unpacked) > room:
                    raise NotAdmittedError(f"unpacked, it has more than {MOST_UNPACKED:,} bytes")
            if unpacking.eof:
                break
    return bytes(unpacked)


def _doing(pdf: "pikepdf.Pdf") -> Iterator[str]:
    """Yield what a PDF does besides drawing."""
    for item in (pdf.trailer, *pdf.objects):
        yield from _of_item(item)


def _of_item(item: Any) -> Iterator[str]:
    """Yield what an object does, with what lies in it; what it only refers to is an object of its own."""
    import pikepdf  # noqa: PLC0415 - as above

    level = [item]
    while level:
        current = level.pop()
        if isinstance(current, pikepdf.Dictionary | pikepdf.Stream):
            for key, value in current.items():
                outside = key == "/F" and isinstance(current, pikepdf.Stream)
                annotated = key == "/Annots" and len(value) > 0
                if key in DOING or outside or annotated:
                    yield key
                elif key == "/S" and isinstance(value, pikepdf.Name) and str(value) in DOING:
                    yield str(value)
                elif not getattr(value, "is_indirect", False):
                    level.append(value)
        elif isinstance(current, pikepdf.Array):
            level += [value for value in current if not getattr(value, "is_indirect", False)]


def _drawing_only(pdf: "pikepdf.Pdf") -> bytes:
    """Return a PDF of the first page, with nothing around it."""
    import pikepdf  # noqa: PLC0415 - as above

    figure = pikepdf.new()
    figure.pages.append(pdf.pages[0])
    for key in list(figure.pages[0].obj.keys()):
        if key not in (
            "/Type",
            "/Parent",
            "/MediaBox",
            "/CropBox",
            "/Rotate",
            "/Resources",
            "/Contents",
            "/Group",
        ):
            del figure.pages[0].obj[key]
    written = io.BytesIO()
    figure.remove_unreferenced_resources()
    figure.save(written, deterministic_id=True)
    return written.getvalue()
