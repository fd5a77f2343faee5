"""Whether the package is installed that builds across machines need."""

from importlib.util import find_spec

from toolchain.base.errors import MissingProgramError


def require() -> None:
    """Raise MissingProgramError if the extra `cluster` is not installed."""
    if find_spec("distributed") is None:
        raise MissingProgramError(
            "builds across machines need distributed",
            remedy="In the toolchain's checkout: pip install '.[cluster]'",
        )
