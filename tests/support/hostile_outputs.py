"""Outputs that somebody has made to do harm, and good ones of the same kinds."""

import io
import struct
import zlib
from base64 import b64encode
from functools import cache

import pikepdf
from PIL import Image

SVG_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


@cache
def picture(kind: str, frames: int = 1, dpi: tuple[float, float] = (100, 100)) -> bytes:
    """Return a small picture of a kind such as `PNG`; a GIF may move, and a PNG says how many pixels an inch has."""
    written = io.BytesIO()
    images = [Image.linear_gradient("L").resize((32, 16 + frame)).convert("RGB") for frame in range(frames)]
    moving = {"save_all": True, "append_images": images[1:]} if frames > 1 else {}
    images[0].save(written, kind, dpi=dpi, **moving)
    return written.getvalue()


def base64(content: bytes) -> str:
    """Return bytes as outputs have them."""
    return b64encode(content).decode()


def png_of_size(width: int, height: int) -> bytes:
    """Return the head of a PNG that promises so many pixels, and nothing of them."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b""))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def gif_of_size(width: int, height: int) -> bytes:
    """Return a GIF of some twenty bytes that promises so many pixels."""
    return (
        b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0"
        + struct.pack("<HH", width, height) + b"\0\x02\x02L\x01\0;"
    )  # fmt: skip


def svg(inside: str, attributes: str = "", before: str = "") -> str:
    """Return a picture with something in it, and a circle."""
    return f'{before}<svg {SVG_NAMESPACE} width="20" height="20" {attributes}>{inside}<circle r="5"/></svg>'


def figure(change: str = "") -> bytes:
    """Return a PDF of one page that draws a line, changed as the name of the change says."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 100))
    page = pdf.pages[0]
    page.MediaBox = [0, 0, 14_500 if change == "size" else 200, 100]
    content = b"0 0 m 100 50 l S\n" + b" " * (101_000_000 if change == "bomb" else 0)
    page.Contents = pdf.make_stream(zlib.compress(content, 1), Filter=pikepdf.Name.FlateDecode)
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    if change == "script":
        pdf.Root.OpenAction = script
    elif change == "link":
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org/?secret")
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=action
        )
        page.Annots = pdf.make_indirect([pdf.make_indirect(link)])
    elif change == "launch":
        page.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="/bin/sh"))
    elif change == "attachment":
        pdf.attachments["secret.txt"] = b"secret"
    elif change == "external":
        page.Contents = pdf.make_stream(b"", F="/etc/passwd")
    elif change == "annotations":
        page.Annots = []  # as Matplotlib writes it
    elif change == "no page":
        del pdf.pages[0]
    written = io.BytesIO()
    encryption = pikepdf.Encryption(owner="a", user="b") if change == "encrypted" else None
    pdf.save(written, deterministic_id=encryption is None, encryption=encryption or False)
    content = written.getvalue()
    if change == "LZW":
        content = content.replace(b"/FlateDecode", b"/LZWDecode")
    return content[: len(content) // 2] if change == "cut off" else content
