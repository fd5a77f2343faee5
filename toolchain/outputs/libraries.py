"""The scripts that draw charts on the site: they come with Python packages, which not everybody needs."""

from functools import cache
from importlib.util import find_spec

PACKAGES = {"vega": "vl_convert", "plotly": "plotly"}
"""The package that carries a library's scripts. All are in the extra `charts`."""


@cache
def chart_libraries() -> tuple[str, ...]:
    """Return the libraries that are here."""
    return tuple(name for name, package in PACKAGES.items() if find_spec(package))
