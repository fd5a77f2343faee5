"""Where the tests and the repository are."""

from pathlib import Path

TESTS = Path(__file__).parents[1]
REPOSITORY = TESTS.parent
GENERATED = ("genindex", "search", "404", "notices")
"""Pages at the top of a site that nobody wrote: they are made in each build."""
