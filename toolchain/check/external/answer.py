"""The result of a request for an address of the web."""

from msgspec import Struct


class Answer(Struct, frozen=True, omit_defaults=True):
    """The result of a request for an address."""

    problem: str = ""
    """Empty if it answers."""
    moved: str = ""
    """Where it has gone for good; empty if it has not."""
    refused: bool = False
    """Whether the site will not speak with programs, or not so often."""
    asked: float = 0.0
    """When, in seconds since 1970."""
