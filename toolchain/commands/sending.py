"""What `--push` does after a build, and what is said of results that were sent."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolchain.base.errors import ExitCode, severest
from toolchain.base.units import count, human_size
from toolchain.model.reports import BuildReport
from toolchain.project.settings import Settings

if TYPE_CHECKING:
    from toolchain.sharing.push import Pushed

# What is slow to import stands where it is needed: most builds send nothing.


class Sending:
    """Sends what a build has made, when it is over."""

    @classmethod
    def chosen(cls, settings: Settings, sign: Path | None, *, push: bool) -> "Sending | None":
        """Return what the options of a build ask for. Raises UsageError if they contradict each other."""
        if push and settings.options.offline:
            raise click.UsageError("--offline asks nobody and --push sends: leave one of them out.")
        if not push:
            # The variable may be there for another time.
            source = click.get_current_context().get_parameter_source("sign")
            if source == click.core.ParameterSource.COMMANDLINE:
                raise click.UsageError("--sign signs what is sent: add --push.")
            return None
        return cls(settings, sign)

    def __init__(self, settings: Settings, sign: Path | None) -> None:
        """Raise ConfigError or RemoteError before the build if it could never be sent."""
        from toolchain.sharing import exchange  # noqa: PLC0415 - slow to import

        self._settings = settings
        self._target = exchange.target(settings, sign=sign, replace=settings.options.force)

    def send(self, build_report: BuildReport, *, quiet: bool) -> ExitCode:
        """Send the results, also those beside a notebook that failed, and return what to exit with."""
        from toolchain.messages import progress  # noqa: PLC0415 - slow to import
        from toolchain.sharing import exchange  # noqa: PLC0415 - slow to import

        with progress.reporter(quiet=quiet) as reporter:
            pushed = exchange.push_made(self._settings, build_report.notebooks, self._target, reporter)
        return severest([build_report.exit_code, show_pushed(pushed, err=True)])


def show_pushed(pushed: "Pushed", *, err: bool) -> ExitCode:
    """Say what was sent, and return what to exit with."""
    for refused in pushed.refused:
        click.echo(refused.sentence("store"), err=err)
    for name in pushed.kept:
        click.echo(
            f"kept {pushed.remote}/{name}: another result came first; --replace puts this one there", err=err
        )
    if pushed.unsigned:
        click.echo(
            f"{count(pushed.unsigned, 'result')} not signed by whom book.toml trusts: nobody who trusts the same will "
            "take them; sign with --sign FILE",
            err=err,
        )
    signed = f" and {count(pushed.signatures, 'signature')}" if pushed.signatures else ""
    if pushed.skipped:
        click.echo(
            f"not sent: {count(pushed.skipped, 'result')} of another version of the toolchain, which nobody else could "
            "verify; `toolchain execute --force NOTEBOOK` makes one of this version",
            err=err,
        )
    click.echo(
        f"pushed to {pushed.remote}: {count(pushed.results, 'result')}{signed} ({human_size(pushed.bytes)}); "
        f"there already: {pushed.there + len(pushed.kept)}",
        err=err,
    )
    return ExitCode.FINDINGS if pushed.refused else ExitCode.GOOD
