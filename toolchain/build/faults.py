"""What ends a build and is no fault of the book: a source saved meanwhile, a disk that takes nothing more."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from toolchain.base import refusals
from toolchain.base.errors import (
    BuilderError,
    SavedMeanwhileError,
    ToolchainError,
    UnwritableError,
)
from toolchain.build.unchanged import Snapshot
from toolchain.forms import sphinx_runs
from toolchain.project import extensions
from toolchain.project.settings import Settings

EXTENSION = re.compile(r"Could not import extension (?P<name>[\w.]+) ")
"""Sphinx's words."""


@contextmanager
def explained(settings: Settings, before: Snapshot) -> Iterator[None]:
    """Give whatever ends a build the reason that a person can do something about.

    `before` is how everything was when it began. Raises UnwritableError if the system refuses a file, and
    SavedMeanwhileError if sources are others by now: a stage has met what the ones before it have not seen.
    """
    try:
        yield
    except BuilderError as error:
        explain_crash(error.message, settings, before)
        raise
    except ToolchainError:
        raise
    except Exception as error:
        if refused := refusals.refusal(error):
            raise UnwritableError(refused, settings.build) from error
        if saved := _saved(settings, before):
            raise SavedMeanwhileError(saved) from error
        raise


def explain_crash(said: str, settings: Settings, before: Snapshot) -> None:
    """Raise what `explained` does if that is what a builder has crashed of; `said` is what it said itself.

    And ConfigError for an extension that conf.py names and nobody has installed.
    """
    if refused := refusals.refusal_in(settings.build, said):
        raise UnwritableError(refused, settings.build)
    if missing := EXTENSION.search(said):
        # One of book.toml was looked for before anything was run.
        extensions.require_named(missing["name"], settings.project, settings.layout.options)
    if saved := _saved(settings, before):
        raise SavedMeanwhileError(saved)


def _saved(settings: Settings, before: Snapshot) -> tuple[str, ...]:
    saved = before.again().saved_since(before)
    distrust(saved, settings)
    return saved


def distrust(saved: tuple[str, ...], settings: Settings) -> None:
    """Have the next build read everything anew if something was saved that Sphinx may have read before or after that.

    Of pages it is known which content was read; of pictures, data, settings and bibliographies it is not.
    """
    if not all(map(settings.layout.page, saved)):
        sphinx_runs.distrust(settings)
