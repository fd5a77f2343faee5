"""`toolchain store push`, `pull` and `key`, and what `--push` does after a build."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolchain.base.errors import ExitCode, severest
from toolchain.base.units import count, human_size
from toolchain.commands.options import (
    Context,
    json_option,
    print_json,
    project_option,
    settings_of,
    sign_option,
)
from toolchain.messages import progress
from toolchain.model import BuildReport
from toolchain.project.settings import Settings

if TYPE_CHECKING:
    from toolchain.sharing.push import Pushed

# What is slow to import stands in the commands that need it.


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
        from toolchain.sharing import exchange  # noqa: PLC0415 - slow to import

        with progress.reporter(quiet=quiet) as reporter:
            pushed = exchange.push_made(self._settings, build_report.notebooks, self._target, reporter)
        return severest([build_report.exit_code, _show_pushed(pushed, err=True)])


@click.command()
@click.argument("url", default="")
@sign_option
@click.option("--replace", is_flag=True, help="Replace results that are there and are others.")
@json_option
@project_option
@click.pass_obj
def push(
    context: Context, url: str, *, sign: Path | None, replace: bool, as_json: bool, project: Path | None
) -> ExitCode:
    """Send the results that URL lacks; by default to where book.toml's [store] says."""
    from toolchain.sharing import exchange  # noqa: PLC0415 - slow to import

    settings = settings_of(context, project)
    target = exchange.target(settings, url=url, sign=sign, replace=replace)
    with progress.reporter(quiet=context.quiet) as reporter:
        pushed = exchange.push_all(settings, target, reporter)
    if not as_json:
        return _show_pushed(pushed, err=False)
    print_json(pushed)
    return ExitCode.FINDINGS if pushed.refused else ExitCode.GOOD


@click.command()
@click.argument("url", default="")
@json_option
@project_option
@click.pass_obj
def pull(context: Context, url: str, *, as_json: bool, project: Path | None) -> ExitCode:
    """Fetch the results of URL that are not here; by default from book.toml's [store] remote. Exit 1 if any is refused."""
    from toolchain.sharing import exchange  # noqa: PLC0415 - slow to import

    settings = settings_of(context, project)
    with progress.reporter(quiet=context.quiet) as reporter:
        pulled = exchange.pull_all(settings, url, reporter)
    if as_json:
        print_json(pulled)
    else:
        for refused in pulled.refused:
            click.echo(refused.sentence(pulled.remote))
        if pulled.refused:
            click.echo(exchange.REFUSED)
        click.echo(
            f"pulled from {pulled.remote}: {count(pulled.results, 'result')} ({human_size(pulled.bytes)}); "
            f"here already: {pulled.there}; refused: {len(pulled.refused) or 'none'}"
        )
    return ExitCode.FINDINGS if pulled.refused else ExitCode.GOOD


@click.command("key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--show", is_flag=True, help="Show the public key of a FILE that exists.")
@project_option
def key_command(file: Path, *, show: bool, project: Path | None) -> ExitCode:  # noqa: ARG001 - on every command
    """Make a private key in FILE that results are signed with, and print the public one."""
    from toolchain.sharing import trust  # noqa: PLC0415 - slow to import

    public = trust.Signer(file).public if show else trust.make_key(file)
    click.echo("# _config/book.toml; its name in messages is " + trust.fingerprint(public))
    click.echo(f'[store]\ntrusted = ["{public}"]')
    return ExitCode.GOOD


def _show_pushed(pushed: "Pushed", *, err: bool) -> ExitCode:
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


SHARING_COMMANDS = (push, pull, key_command)
