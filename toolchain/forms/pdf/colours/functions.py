"""Functions of a PDF: numbers in, numbers out, as tables, powers, functions joined together, or small programs."""

import itertools
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import pikepdf

from toolchain.forms.pdf.colours.problems import UnconvertibleError

Numbers = list[float]
Function = Callable[[Sequence[float]], Numbers]
TOKENS = re.compile(rb"%[^\r\n]*|[{}]|[^\s{}%]+")
OPEN, CLOSE = "{", "}"
CONDITIONS = ("if", "ifelse")
MOST = 64
"""Operands of a program; one with more has gone wrong."""


def function_of(definition: Any) -> Function:
    """Return the function that a PDF describes; of a list of them each gives a number.

    Raises UnconvertibleError for one of an unknown kind.
    """
    if isinstance(definition, pikepdf.Array):
        parts = [function_of(part) for part in definition]
        return lambda inputs: [number for part in parts for number in part(inputs)]
    kind = int(definition.FunctionType)
    if kind not in KINDS:
        raise UnconvertibleError(f"it has a function of the unknown type {kind}")
    inner = KINDS[kind](definition)
    domain, range_ = pairs(definition.Domain), pairs(definition.get("/Range", []))

    def function(inputs: Sequence[float]) -> Numbers:
        outputs = inner([_clipped(x, *bounds) for x, bounds in zip(inputs, domain, strict=True)])
        return (
            [_clipped(y, *bounds) for y, bounds in zip(outputs, range_, strict=False)] if range_ else outputs
        )

    return function


def pairs(numbers: Any) -> list[tuple[float, float]]:
    """Return numbers two by two."""
    flat = list(map(float, numbers))
    return list(zip(flat[::2], flat[1::2], strict=True))


def _clipped(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


def _between(x: float, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return where a number of the first interval is in the second."""
    return (
        end[0] + (x - start[0]) * (end[1] - end[0]) / (start[1] - start[0])
        if start[1] != start[0]
        else end[0]
    )


def _table(definition: Any) -> Function:
    """Return a function that is a table of samples, with straight lines between them."""
    sizes, bits = list(map(int, definition.Size)), int(definition.BitsPerSample)
    domain, range_ = pairs(definition.Domain), pairs(definition.Range)
    encode = pairs(definition.get("/Encode", [n for size in sizes for n in (0, size - 1)]))
    decode = pairs(definition.get("/Decode", definition.Range))
    count, most = len(range_), float(2**bits - 1)
    data = definition.read_bytes()

    def sample(at: Sequence[int]) -> Numbers:
        index = 0
        for place, size in zip(reversed(at), reversed(sizes), strict=True):
            index = index * size + place
        first, last = index * count * bits, (index + 1) * count * bits
        part = int.from_bytes(data[first // 8 : -(-last // 8)], "big") >> -last % 8
        return [float((part >> bits * (count - 1 - number)) & (2**bits - 1)) for number in range(count)]

    def function(inputs: Sequence[float]) -> Numbers:
        places = [
            _clipped(_between(x, bounds, code), 0, size - 1)
            for x, bounds, code, size in zip(inputs, domain, encode, sizes, strict=True)
        ]
        lower = [min(int(place), max(size - 2, 0)) for place, size in zip(places, sizes, strict=True)]
        sums = [0.0] * count
        for corner in itertools.product((0, 1), repeat=len(sizes)):
            weight = math.prod(
                place - low if up else 1 - (place - low)
                for place, low, up in zip(places, lower, corner, strict=True)
            )
            if weight:
                at = [min(low + up, size - 1) for low, up, size in zip(lower, corner, sizes, strict=True)]
                sums = [total + weight * value for total, value in zip(sums, sample(at), strict=True)]
        return [_between(total, (0, most), bounds) for total, bounds in zip(sums, decode, strict=True)]

    return function


def _power(definition: Any) -> Function:
    """Return a function that goes from one colour to another."""
    first = list(map(float, definition.get("/C0", [0])))
    last = list(map(float, definition.get("/C1", [1])))
    exponent = float(definition.N)
    return lambda inputs: [a + inputs[0] ** exponent * (b - a) for a, b in zip(first, last, strict=True)]


def _joined(definition: Any) -> Function:
    """Return a function that is others, one after the other."""
    parts = [function_of(part) for part in definition.Functions]
    bounds, encode = list(map(float, definition.Bounds)), pairs(definition.Encode)
    (domain,) = pairs(definition.Domain)
    edges = [domain[0], *bounds, domain[1]]

    def function(inputs: Sequence[float]) -> Numbers:
        x = inputs[0]
        at = sum(x >= bound for bound in bounds)
        return parts[at]([_between(x, (edges[at], edges[at + 1]), encode[at])])

    return function


def _program(definition: Any) -> Function:
    """Return a function that is a program of PostScript's."""
    found = (token.decode("latin-1") for token in TOKENS.findall(definition.read_bytes()))
    tokens = (token for token in found if not token.startswith("%"))
    if next(tokens, "") != OPEN:
        raise UnconvertibleError("it has a function that is no program")
    body = _block(tokens)

    def function(inputs: Sequence[float]) -> Numbers:
        stack: list[Any] = list(inputs)
        _run(body, stack)
        return list(map(float, stack))

    return function


def _block(tokens: Any) -> list[Any]:
    """Return the tokens up to the brace that closes, with blocks as lists."""
    block: list[Any] = []
    for token in tokens:
        if token == OPEN:
            block.append(_block(tokens))
        elif token == CLOSE:
            return block
        else:
            block.append(_operand(token))
    raise UnconvertibleError("it has a function without an end")


def _operand(token: str) -> Any:
    try:
        return float(token)
    except ValueError:
        return token


def _run(block: list[Any], stack: list[Any]) -> None:
    for at, token in enumerate(block):
        if isinstance(token, list):
            continue
        if isinstance(token, float):
            stack.append(token)
        elif token in CONDITIONS:
            condition = stack.pop()
            if token == CONDITIONS[1]:
                _run(block[at - 2 if condition else at - 1], stack)
            elif condition:
                _run(block[at - 1], stack)
        elif token in STACK:
            STACK[token](stack)
        elif token in OPERATORS:
            count, compute = OPERATORS[token]
            operands = stack[-count:]
            del stack[-count:]
            stack.append(compute(*operands))
        else:
            raise UnconvertibleError(f"it has a function with the unknown operator {token}")
        if len(stack) > MOST:
            raise UnconvertibleError("it has a function that does not end well")


def _copy(stack: list[Any]) -> None:
    count = int(stack.pop())
    stack += stack[-count:] if count else []


def _index(stack: list[Any]) -> None:
    stack.append(stack[-1 - int(stack.pop())])


def _roll(stack: list[Any]) -> None:
    turns, count = int(stack.pop()), int(stack.pop())
    if count:
        part, turns = stack[-count:], turns % count
        stack[-count:] = part[-turns:] + part[:-turns] if turns else part


def _exchange(stack: list[Any]) -> None:
    stack[-2:] = stack[:-3:-1]


def _logic(of_bits: Callable[[int, int], int]) -> Callable[[Any, Any], Any]:
    def compute(a: Any, b: Any) -> Any:
        return bool(of_bits(a, b)) if isinstance(a, bool) else float(of_bits(int(a), int(b)))

    return compute


def _inverted(a: Any) -> Any:
    return not a if isinstance(a, bool) else float(~int(a))


STACK: dict[str, Callable[[list[Any]], Any]] = {
    "pop": lambda stack: stack.pop(),
    "dup": lambda stack: stack.append(stack[-1]),
    "exch": _exchange,
    "copy": _copy,
    "index": _index,
    "roll": _roll,
    "true": lambda stack: stack.append(True),
    "false": lambda stack: stack.append(False),
}
OPERATORS: dict[str, tuple[int, Callable[..., Any]]] = {
    "add": (2, lambda a, b: a + b),
    "sub": (2, lambda a, b: a - b),
    "mul": (2, lambda a, b: a * b),
    "div": (2, lambda a, b: a / b),
    "idiv": (2, lambda a, b: float(int(a / b))),
    "mod": (2, math.fmod),
    "neg": (1, lambda a: -a),
    "abs": (1, abs),
    "ceiling": (1, lambda a: float(math.ceil(a))),
    "floor": (1, lambda a: float(math.floor(a))),
    "round": (1, lambda a: float(math.floor(a + 0.5))),
    "truncate": (1, lambda a: float(int(a))),
    "cvi": (1, lambda a: float(int(a))),
    "cvr": (1, float),
    "sqrt": (1, math.sqrt),
    "sin": (1, lambda a: math.sin(math.radians(a))),
    "cos": (1, lambda a: math.cos(math.radians(a))),
    "atan": (2, lambda a, b: math.degrees(math.atan2(a, b)) % 360),
    "exp": (2, lambda a, b: a**b),
    "ln": (1, math.log),
    "log": (1, math.log10),
    "eq": (2, lambda a, b: a == b),
    "ne": (2, lambda a, b: a != b),
    "gt": (2, lambda a, b: a > b),
    "ge": (2, lambda a, b: a >= b),
    "lt": (2, lambda a, b: a < b),
    "le": (2, lambda a, b: a <= b),
    "and": (2, _logic(lambda a, b: a & b)),
    "or": (2, _logic(lambda a, b: a | b)),
    "xor": (2, _logic(lambda a, b: a ^ b)),
    "not": (1, _inverted),
    "bitshift": (2, lambda a, b: float(int(a) << int(b) if b >= 0 else int(a) >> -int(b))),
}
KINDS: dict[int, Callable[[Any], Function]] = {0: _table, 2: _power, 3: _joined, 4: _program}
