"""Functions of libraries that another takes the place of, in this process."""

from collections.abc import Callable
from typing import Any

MARK = "toolchain_takes_the_place_of"
_DONE: set[tuple[Any, str, Callable[[Any], Any]]] = set()


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put in the place of a function what is made of it; once, however often Sphinx is set up in this process."""
    if (owner, name, make) in _DONE:
        return
    _DONE.add((owner, name, make))
    current = getattr(owner, name)
    replacement = make(current)
    setattr(replacement, MARK, current)
    setattr(owner, name, replacement)


def original(function: Any) -> Any:
    """Return the library's own function, which another has taken the place of."""
    while hasattr(function, MARK):
        function = getattr(function, MARK)
    return function
