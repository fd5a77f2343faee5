"""Lays out a graph in rows: what something builds on stands above it, and what belongs together in rows of its own.

After Sugiyama, Tagawa and Toda (1981): rows, fewest crossings by means, places by least squares; the same for the same graph.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise

from msgspec import Struct

THROUGH = 0.18
"""Width of the place where a line goes through a row, as part of a box's."""
SWEEPS = 12

Node = str | tuple[str, str, int]
"""A box by its name; or where a line from one to another goes through a row."""


class Line(Struct, frozen=True):
    """A line from a box to one that builds on it."""

    start: str
    end: str
    by: tuple[Node, ...]
    """What it goes through, from row to row."""


class Layout(Struct, frozen=True):
    """Where everything stands."""

    rows: tuple[tuple[Node, ...], ...]
    row: dict[Node, int]
    across: dict[Node, float]
    """Middles, in widths of a box."""
    width: float
    """In widths of a box."""
    lines: tuple[Line, ...]


def reduced(needs: Mapping[str, Iterable[str]], order: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return what each builds on, without what follows: who builds on 2, which builds on 1, builds on 1.

    What comes later in the order cannot be built on, and is left out.
    """
    at = {name: number for number, name in enumerate(order)}
    direct: dict[str, tuple[str, ...]] = {}
    above: dict[str, set[str]] = {}
    for name in order:
        wanted = sorted(
            (other for other in needs.get(name, ()) if at.get(other, at[name]) < at[name]), key=at.__getitem__
        )
        follows = {far for other in wanted for far in above[other]}
        direct[name] = tuple(other for other in wanted if other not in follows)
        above[name] = follows | set(wanted)
    return direct


def lay_out(groups: Sequence[Sequence[str]], needs: Mapping[str, Sequence[str]], widest: int) -> Layout:
    """Lay out groups of boxes; `needs` are as `reduced` returns them, and a row has at most so many boxes."""
    rows: list[list[Node]] = [list[Node](boxes) for group in groups for boxes in _rows(group, needs, widest)]
    row: dict[Node, int] = {node: number for number, nodes in enumerate(rows) for node in nodes}
    lines = []
    for end, wanted in needs.items():
        for start in wanted:
            by = [(start, end, number) for number in range(row[start] + 1, row[end])]
            lines.append(Line(start, end, (start, *by, end)))
            for node in by:
                rows[node[2]].append(node)
                row[node] = node[2]
    beside: dict[Node, list[Node]] = {node: [] for node in row}
    for line in lines:
        for one, other in pairwise(line.by):
            beside[one].append(other)
            beside[other].append(one)
    ordered = _ordered(rows, row, beside)
    across, width = _places(ordered, beside)
    return Layout(tuple(map(tuple, ordered)), row, across, width, tuple(lines))


def _rows(group: Sequence[str], needs: Mapping[str, Sequence[str]], widest: int) -> list[list[str]]:
    depth: dict[str, int] = {}
    for name in group:
        depth[name] = max((depth[other] + 1 for other in needs.get(name, ()) if other in depth), default=0)
    rows: list[list[str]] = []
    for level in range(max(depth.values(), default=-1) + 1):
        boxes = [name for name in group if depth[name] == level]
        rows += [boxes[at : at + widest] for at in range(0, len(boxes), widest)]
    return rows


def _ordered(
    rows: list[list[Node]], row: Mapping[Node, int], beside: Mapping[Node, list[Node]]
) -> list[list[Node]]:
    """Return the rows in the order with the fewest crossings that was found."""
    best, fewest = rows, _crossings(rows, row, beside)
    current = [list(nodes) for nodes in rows]
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for number in range(len(rows)) if down else reversed(range(len(rows))):
            places = {node: at for nodes in current for at, node in enumerate(nodes)}
            side = number - 1 if down else number + 1
            towards = {
                node: [places[other] for other in beside[node] if row[other] == side] or [places[node]]
                for node in current[number]
            }
            current[number].sort(key=lambda node, t=towards: sum(t[node]) / len(t[node]))  # type: ignore[misc]
        if (crossings := _crossings(current, row, beside)) < fewest:
            best, fewest = [list(nodes) for nodes in current], crossings
    return best


def _crossings(rows: list[list[Node]], row: Mapping[Node, int], beside: Mapping[Node, list[Node]]) -> int:
    count = 0
    for number, nodes in enumerate(rows[:-1]):
        places = {node: at for at, node in enumerate(rows[number + 1])}
        ends = [sorted(places[o] for o in beside[node] if row[o] == number + 1) for node in nodes]
        flat = [end for of_node in ends for end in of_node]
        count += sum(one > other for at, one in enumerate(flat) for other in flat[at + 1 :])
    return count


def _places(rows: list[list[Node]], beside: Mapping[Node, list[Node]]) -> tuple[dict[Node, float], float]:
    """Return the middle of each node, near to the mean of those it is joined to, and the width of the whole."""
    offsets = [_offsets(nodes) for nodes in rows]
    width = max(
        (of_row[-1] + _half(nodes[-1]) for of_row, nodes in zip(offsets, rows, strict=True)), default=0.0
    )
    across: dict[Node, float] = {}
    for nodes, of_row in zip(rows, offsets, strict=True):
        spare = (width - of_row[-1] - _half(nodes[-1])) / 2
        across |= {node: offset + spare for node, offset in zip(nodes, of_row, strict=True)}
    for sweep in range(SWEEPS):
        numbers = range(len(rows)) if sweep % 2 == 0 else reversed(range(len(rows)))
        for number in numbers:
            nodes, of_row = rows[number], offsets[number]
            wanted = [
                sum(across[other] for other in beside[node]) / len(beside[node])
                if beside[node]
                else across[node]
                for node in nodes
            ]
            shifts = _rising([place - offset for place, offset in zip(wanted, of_row, strict=True)])
            most = width - of_row[-1] - _half(nodes[-1])
            for node, offset, shift in zip(nodes, of_row, shifts, strict=True):
                across[node] = offset + min(max(shift, 0.0), most)
    return across, width


def _half(node: Node) -> float:
    return (1.0 if isinstance(node, str) else THROUGH) / 2


def _offsets(nodes: Sequence[Node]) -> list[float]:
    """Return the middles of the nodes of a row that is packed."""
    steps = [_half(nodes[0]), *(_half(one) + _half(other) for one, other in pairwise(nodes))]
    return list(accumulate(steps))


def _rising(wanted: Sequence[float]) -> list[float]:
    """Return the numbers that never fall and are nearest to those wanted, by least squares: neighbours that fall are pooled."""
    pools: list[tuple[float, int]] = []
    for value in wanted:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (high, many), (low, few) = pools[-2:]
            pools[-2:] = [((high * many + low * few) / (many + few), many + few)]
    return [value for value, count in pools for _ in range(count)]
