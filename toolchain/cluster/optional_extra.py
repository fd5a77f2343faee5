"""Whether the packages are installed that builds across machines need."""

from importlib.util import find_spec

from toolchain.base.errors import MissingProgramError

PACKAGES = ("cryptography", "distributed")


def require() -> None:
    """Raise MissingProgramError if the extra `cluster` is not installed."""
    lacking = [package for package in PACKAGES if find_spec(package) is None]
    if lacking:
        raise MissingProgramError(
            f"builds across machines need {' and '.join(lacking)}",
            remedy="In the toolchain's checkout: pip install '.[cluster]'",
        )
