"""What a page or a drawing draws: each operator that chooses a colour is replaced, and every other byte stays."""

import re
from typing import Any, NamedTuple, Protocol

import pikepdf

from toolchain.forms.pdf.colours.problems import UnconvertibleError
from toolchain.forms.pdf.colours.spaces import GREY, Device, Pattern, Space, space_of
from toolchain.forms.pdf.colours.targets import Target

NAMES = rb"(?:g|G|rg|RG|k|K|cs|CS|sc|SC|scn|SCN|sh)"
BEFORE, AFTER = rb"(?<![^\s\]>)}])", rb"(?=[\s/\[(<%]|\Z)"
COLOURED = re.compile(BEFORE + rb"(?:rg|RG|k|K|cs|CS|BI|sh)" + AFTER)
"""What a stream has that chooses anything but a grey; or it has these letters in its words."""
TOKENS = re.compile(
    rb"\((?:[^()\\]|\\.)*\)|(?P<open>\()|<[0-9A-Fa-f\s]*>|%[^\r\n]*"
    rb"|" + BEFORE + rb"(?P<operator>" + NAMES + rb"|q|Q)" + AFTER,
    re.DOTALL,
)
NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)"
OPERANDS = re.compile(
    rb"(?:" + BEFORE + rb"(?P<numbers>(?:" + NUMBER + rb"\s+)+))?(?P<name>/[^\s/\[\]<>(){}%]+[\s]*)?\Z"
)
INLINE = re.compile(BEFORE + rb"BI" + AFTER)
KINDS = {"g": "grey", "rg": "rgb", "k": "cmyk"}


class Owner(Protocol):
    """Whoever has what is drawn."""

    def pattern_space(self) -> str:
        """Return the name of a space for patterns that take a colour of the target."""

    def inline(self, image: Any) -> bytes:
        """Return the operators that draw a picture which stood among them."""


class Chosen(NamedTuple):
    """The spaces that colours are chosen from, to fill and to draw lines."""

    fill: Space | None
    """None where it is that of whoever draws this."""
    stroke: Space | None


class Rewriter:
    """Replaces the colours of one stream."""

    def __init__(self, resources: Any, target: Target, owner: Owner, chosen: Chosen) -> None:
        """`chosen` is what holds before the first operator."""
        self._resources, self._target, self._owner = resources, target, owner
        self._chosen = chosen
        self._kept: list[Chosen] = []

    def rewritten(self, content: bytes) -> bytes:
        """Return operators with the target's colours in place of theirs."""
        if not INLINE.search(content):
            return self._part(content)
        parts: list[bytes] = []
        others: list[Any] = []
        nowhere = pikepdf.new()  # what a stream is of has to be there as long as the stream
        for instruction in pikepdf.parse_content_stream(nowhere.make_stream(content)):
            if str(instruction.operator) == "INLINE IMAGE":
                parts += [
                    self._part(pikepdf.unparse_content_stream(others)),
                    self._owner.inline(instruction.iimage),
                ]
                others = []
            else:
                others.append(instruction)
        return b"\n".join((*parts, self._part(pikepdf.unparse_content_stream(others))))

    def _part(self, content: bytes) -> bytes:
        """Replace the colours of operators without pictures among them."""
        parts: list[bytes] = []
        copied = at = 0
        while found := TOKENS.search(content, at):
            before, at = at, found.end()
            if found["open"]:
                at = _end_of_string(content, found.start())
            elif found["operator"]:
                operands = OPERANDS.search(content, before, found.start())
                new = self._replaced(found["operator"].decode(), operands)
                if new is not None and operands is not None:
                    parts += [content[copied : operands.start()], new]
                    copied = at
        return b"".join((*parts, content[copied:]))

    def _replaced(self, name: str, operands: re.Match[bytes] | None) -> bytes | None:
        """Return what an operator becomes with its operands; None if it stays."""
        if name == "q":
            self._kept.append(self._chosen)
        elif name == "Q":
            self._chosen = self._kept.pop() if self._kept else self._chosen
        elif operands is None:
            raise UnconvertibleError(f"the operator {name} has no operands")
        elif name.lower() in KINDS:
            return self._device(name, operands)
        elif name in {"cs", "CS"}:
            return self._space(name, operands)
        elif name != "sh":
            return self._colour(name, operands)
        return None

    def _device(self, name: str, operands: re.Match[bytes]) -> bytes | None:
        """Choose a colour with the space that its operator is for."""
        kind = KINDS[name.lower()]
        space = space_of(
            pikepdf.Name(f"/Device{'Gray' if kind == 'grey' else kind.upper()}"), self._resources
        )
        self._choose(space, name)
        if space.neutral or (kind == "cmyk" and self._target.device == "/DeviceCMYK"):
            return None
        return self._written(space, operands["numbers"] or b"", name)

    def _space(self, name: str, operands: re.Match[bytes]) -> bytes | None:
        """Choose a space, and the first of its colours."""
        if not operands["name"]:
            raise UnconvertibleError(f"the operator {name} names no colour space")
        space = space_of(pikepdf.Name(operands["name"].strip().decode()), self._resources)
        self._choose(space, name)
        if isinstance(space, Pattern):
            chosen = self._owner.pattern_space() if space.base is not None else "/Pattern"
            return f"{chosen} {name}".encode()
        return self._operator(space.initial(self._target), name)

    def _colour(self, name: str, operands: re.Match[bytes]) -> bytes | None:
        """Choose a colour, or a pattern, of the space that was chosen."""
        space = self._chosen.stroke if name.isupper() else self._chosen.fill
        if space is None:
            raise UnconvertibleError("it has a colour of a space that is chosen elsewhere")
        if not isinstance(space, Pattern):
            return self._written(space, operands["numbers"] or b"", name)
        if space.base is None or not operands["numbers"]:
            return None
        numbers = list(map(float, operands["numbers"].split()))
        written = self._target.written(space.base.colour(numbers, self._target))
        return f"{_joined(written)} {(operands['name'] or b'').decode().strip()} {name}".encode()

    def _written(self, space: Space, operands: bytes, name: str) -> bytes:
        """Return what chooses a colour: of lights that are a grey the number stays as it is."""
        numbers = operands.split()
        if isinstance(space, Device) and (grey := _grey(space, numbers)) is not None:
            return grey + (b" G" if name.isupper() else b" g")
        return self._operator(space.colour(list(map(float, numbers)), self._target), name)

    def _operator(self, value: bytes, name: str) -> bytes:
        """Return what chooses a colour of the target; a grey needs one number, whatever the others have."""
        numbers = self._target.written(value)
        fill, stroke = self._target.operators
        if len(numbers) > 1 and not any(numbers[:-1]):
            numbers, fill, stroke = [round(1 - numbers[-1], 3)], "g", "G"
        return f"{_joined(numbers)} {stroke if name.isupper() else fill}".encode()

    def _choose(self, space: Space, name: str) -> None:
        self._chosen = self._chosen._replace(**{"stroke" if name.isupper() else "fill": space})


def chosen_on_a_page() -> Chosen:
    """Return what holds where a page begins."""
    return Chosen(GREY, GREY)


def is_coloured(content: bytes) -> bool:
    """Say whether a stream may choose a colour that is no grey."""
    return COLOURED.search(content) is not None


def _grey(space: Device, numbers: list[bytes]) -> bytes | None:
    """Return the number of the grey that three lights are, or black ink alone; None if it is none."""
    if space.kind == "grey" and len(numbers) == 1:
        return numbers[0]
    if space.kind == "rgb" and len(numbers) == space.components and len(set(map(float, numbers))) == 1:
        return numbers[0]
    if space.kind == "cmyk" and len(numbers) == space.components and not any(map(float, numbers[:3])):
        return f"{round(1 - float(numbers[3]), 6):g}".encode()
    return None


def _joined(numbers: list[float]) -> str:
    return " ".join(f"{number:g}" for number in numbers)


def _end_of_string(content: bytes, start: int) -> int:
    """Return where a string ends that has brackets in it."""
    depth, at = 0, start
    while at < len(content):
        character = content[at : at + 1]
        if character == b"\\":
            at += 1
        else:
            depth += (character == b"(") - (character == b")")
        at += 1
        if not depth:
            return at
    return at
