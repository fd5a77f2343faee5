"""Spaces between words: XeTeX leaves room where a space is, and a reader of tags has nothing to go by but characters.

A font of one empty character of no width says that there is one; where it stands nothing on the page moves.
"""

import re
import struct
import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec
import pikepdf
from msgspec import Struct
from pikepdf import Array, Dictionary, Name

from toolchain.forms.pdf.tagging.content import STRING

NAME = "/TagSpace"
FONT_NAME = "/AAAAAA+ToolchainSpace"
SPACE = b"<0001>Tj"
GAP = 0.15
"""Ems between letters that are of two words."""
LINE = 0.6
"""Ems that the next line is lower at least; exponents are less high."""
SHOWN = re.compile(
    rb"/(?P<font>\S+)\s+(?P<size>[-.\d]+)\s+Tf\b"
    rb"|(?P<x>[-.\d]+)\s+(?P<y>[-.\d]+)\s+Td\b"
    rb"|(?P<matrix>(?:[-.\d]+\s+){6})Tm\b"
    rb"|\[(?P<several>(?:[^\]()]|" + STRING + rb")*)\]\s*TJ\b"
    rb"|(?P<one><[^>]*>|" + STRING + rb")\s*Tj\b",
    re.DOTALL,
)
PART = re.compile(rb"(?P<hex><[^>]*>)|(?P<string>" + STRING + rb")|(?P<kern>[-+.\d]+)", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
HYPHENS = (0x2D, 0xAD, 0x2010)
SINGLE = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
"""Where a font says what single characters stand for."""
SEVERAL = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
"""Where it says so of characters that follow one another."""
CODE = rb"\s*<([0-9A-Fa-f]+)>"
PAIR, RANGE = re.compile(2 * CODE), re.compile(3 * CODE)
LIGATURE = re.compile(r"[\ufb00-\ufb06]")
MEANT = re.compile(rb"(<[0-9A-Fa-f]+>\s*)<((?:[0-9A-Fa-f]{4})+)>")


class _Font(Struct):
    """How wide the characters of a font are, and which of them are hyphens."""

    length: int
    """Bytes of a character's code."""
    widths: dict[int, float]
    other: float
    hyphens: frozenset[int]
    known: dict[bytes, tuple[float, bool]] = msgspec.field(default_factory=dict)
    """Strings that were measured: most words come often."""

    def measure(self, string: bytes) -> tuple[float, bool]:
        """Return how wide a string is, in thousandths of its size, and whether it ends with a hyphen."""
        if (found := self.known.get(string)) is None:
            codes = list(_codes(string, self.length))
            width = sum(self.widths.get(code, self.other) for code in codes)
            found = self.known[string] = width, bool(codes) and codes[-1] in self.hyphens
        return found


class _End(Struct):
    """Where a text ended."""

    page: int
    x: float
    y: float
    size: float
    hyphen: bool


class Spaces:
    """Puts spaces into the texts of a PDF."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        """Have the font ready."""
        self._font = _space_font(pdf)
        self._fonts: dict[tuple[int, int], _Font] = {}
        self._of_page: dict[bytes, _Font] = {}
        self._page = -1
        self._ends: dict[object, _End] = {}

    def turn_to(self, page: Any) -> None:
        """Begin with the next page."""
        self._page += 1
        resources = page.obj.get("/Resources", Dictionary())
        fonts = resources.get("/Font", Dictionary())
        self._of_page = {name[1:].encode(): self._read(font) for name, font in fonts.items()}
        if fonts is not None and self._of_page:
            fonts[NAME] = self._font

    def put(self, text: bytes, whose: object) -> bytes:
        """Return a text, from BT to ET, with spaces between its words, and between it and what came before it of the same."""
        written: list[bytes] = []
        font, chosen, size = None, b"", 0.0
        line_x = line_y = x = 0.0
        end = 0
        for found in SHOWN.finditer(text):
            written.append(text[end : found.start()])
            end = found.end()
            if found["font"]:
                chosen, size = b"/%s %s Tf" % (found["font"], found["size"]), float(found["size"])
                font = self._of_page.get(found["font"])
            elif found["x"]:
                line_x, line_y = line_x + float(found["x"]), line_y + float(found["y"])
                x = line_x
            elif found["matrix"]:
                line_x, line_y = map(float, found["matrix"].split()[4:])
                x = line_x
            elif font is not None:
                before = self._ends.get(whose)
                shown, width, hyphen = _with_spaces(found["several"] or found["one"], font, chosen, size)
                if before is not None and self._is_parted(before, x, line_y, size):
                    written.append(_space(chosen))
                written.append(shown)
                x += width
                self._ends[whose] = _End(self._page, x, line_y, size, hyphen)
                continue
            written.append(found[0])
        written.append(text[end:])
        return b"".join(written)

    def _is_parted(self, before: _End, x: float, y: float, size: float) -> bool:
        """Say whether another word begins here; a word that goes on after a hyphen is the same."""
        if before.page != self._page or abs(y - before.y) > LINE * max(size, before.size):
            return not before.hyphen
        return x - before.x > GAP * size or x < before.x - size

    def _read(self, font: Any) -> _Font:
        key = font.objgen
        if key not in self._fonts or key == (0, 0):
            self._fonts[key] = _read(font)
        return self._fonts[key]


def _space(chosen: bytes) -> bytes:
    """Return what shows a space as large as the letters around it, for which a font was chosen."""
    return b" %s %s Tf%s %s " % (NAME.encode(), chosen.split()[1], SPACE, chosen)


def _with_spaces(shown: bytes, font: _Font, chosen: bytes, size: float) -> tuple[bytes, float, bool]:
    """Return what shows some letters with spaces, how wide it is, and whether it ends with a hyphen."""
    width, hyphen, begun = 0.0, False, 0
    written: list[bytes] = [b"["]
    for part in PART.finditer(shown):
        if part.lastgroup == "kern":
            kern = float(part[0])
            width -= kern
            if kern < -1000 * GAP and part.start():
                written += (shown[begun : part.start()], b"]TJ", _space(chosen), b"[")
                begun = part.start()
        else:
            wide, hyphen = font.measure(part[0])
            width += wide
    written += (shown[begun:], b"]TJ")
    return b"".join(written), width * size / 1000, hyphen


def _codes(string: bytes, length: int) -> Iterator[int]:
    if string.startswith(b"<"):
        digits = b"".join(string[1:-1].split())
        content = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    else:
        content = ESCAPED.sub(_unescaped, string[1:-1])
    for at in range(0, len(content), length):
        yield int.from_bytes(content[at : at + length], "big")


def _unescaped(match: re.Match[bytes]) -> bytes:
    mark = match[1]
    if mark[:1].isdigit():
        return bytes([int(mark, 8) % 256])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b""}.get(mark, mark)


def _read(font: Any) -> _Font:
    unicode = font.get("/ToUnicode")
    found: frozenset[int] = frozenset()
    if isinstance(unicode, pikepdf.Stream):
        said = unicode.read_bytes()
        found = frozenset(_hyphens(said))
        spelt = SINGLE.sub(lambda block: MEANT.sub(_spelt, block[0]), said)
        if spelt != said:
            unicode.write(spelt)
    if "/DescendantFonts" in font:
        descendant = font.DescendantFonts[0]
        return _Font(2, _wide(descendant.get("/W", ())), float(descendant.get("/DW", 1000)), found)
    first = int(font.get("/FirstChar", 0))
    widths = {first + at: float(width) for at, width in enumerate(font.get("/Widths", ()))}
    return _Font(1, widths, 0.0, found)


def _hyphens(said: bytes) -> Iterator[int]:
    """Yield the codes of the characters that are hyphens."""
    for block in SINGLE.findall(said):
        for code, meant in PAIR.findall(block):
            if int(meant, 16) in HYPHENS:
                yield int(code, 16)
    for block in SEVERAL.findall(said):
        for first, last, meant in ((int(part, 16) for part in found) for found in RANGE.findall(block)):
            yield from (first + at - meant for at in HYPHENS if meant <= at <= meant + last - first)


def _spelt(match: re.Match[bytes]) -> bytes:
    """Let what a font has as one letter be the letters that it is."""
    letters = bytes.fromhex(match[2].decode()).decode("utf-16-be", "surrogatepass")
    spelt = LIGATURE.sub(lambda one: unicodedata.normalize("NFKC", one[0]), letters)
    digits = (
        spelt.encode("utf-16-be", "surrogatepass").hex().upper().encode() if spelt != letters else match[2]
    )
    return match[1] + b"<" + digits + b">"


def _wide(entries: Any) -> dict[int, float]:
    """Read the widths of a font whose characters have numbers: a number and a list from there on, or two and one width."""
    widths: dict[int, float] = {}
    waiting: list[int] = []
    for entry in entries:
        if isinstance(entry, Array):
            widths |= {waiting[0] + at: float(width) for at, width in enumerate(entry)}
            waiting = []
        elif len(waiting) == 2:  # noqa: PLR2004 - the first and the last character that are so wide
            widths |= dict.fromkeys(range(waiting[0], waiting[1] + 1), float(entry))
            waiting = []
        else:
            waiting.append(int(entry))
    return widths


def _space_font(pdf: pikepdf.Pdf) -> Any:
    """Make a font that has one character, which shows nothing and takes no room."""
    program = pdf.make_stream(_program())
    program.Length1 = len(program.read_bytes())
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name(FONT_NAME),
        Flags=4,
        FontBBox=Array([0, -200, 500, 700]),
        ItalicAngle=0,
        Ascent=700,
        Descent=-200,
        CapHeight=700,
        StemV=0,
        FontFile2=program,
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name(FONT_NAME),
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=0,
        CIDToGIDMap=Name.Identity,
    )
    to_unicode = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /ToolchainSpace def /CMapType 2 def "
        b"1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfchar <0001> <0020> endbfchar "
        b"endcmap CMapName currentdict /CMap defineresource pop end end"
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name(FONT_NAME),
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(to_unicode),
        )
    )


def _program() -> bytes:
    """Return a TrueType font of two characters: the one for what is missing, a point without extent, and the space."""
    missing = struct.pack(">hhhhhHHB", 1, 0, 0, 0, 0, 0, 0, 0x31) + b"\0"
    tables = {
        b"glyf": missing,
        b"head": struct.pack(
            ">IIIIHH16x4hHHhhh", 1 << 16, 1 << 16, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 0, 0, 0, 8, 2, 0, 0
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 1 << 16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2),
        b"hmtx": struct.pack(">HhHh", 0, 0, 0, 0),
        b"loca": struct.pack(">HHH", 0, len(missing) // 2, len(missing) // 2),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 1 << 16, 2, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    }
    offset = 12 + 16 * len(tables)
    directory, content = struct.pack(">IHHHH", 1 << 16, len(tables), 64, 2, 32), b""
    for name, table in tables.items():
        padded = table + b"\0" * (-len(table) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", name, total, offset + len(content), len(table))
        content += padded
    return directory + content
