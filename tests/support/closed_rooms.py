"""The kinds of rooms that programs are closed in, each forced upon a test that asks for it, where this machine has it."""

from collections.abc import Callable

import pytest

from toolchain.environment import typesetting
from toolchain.processes import closed_room
from toolchain.processes.closed_room import Kind

OPEN = closed_room.KINDS[-1]
CLOSED = closed_room.KINDS[:-1]


def use(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all programs of this test run in this kind of room; skip the test where it does not hold."""
    strongest: Callable[..., Kind] = closed_room.strongest
    if kind is not OPEN and not closed_room.holds(kind, typesetting.machine(), "true"):
        pytest.skip(
            f"{kind.name} does not hold on this machine: {strongest(typesetting.machine(), 'true').name} does"
        )
    monkeypatch.setattr(closed_room, "strongest", lambda _machine, _program: kind)
