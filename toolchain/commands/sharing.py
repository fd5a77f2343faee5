"""`toolchain store push`, `pull` and `key`."""

from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.base.units import count, human_size
from toolchain.commands.options import (
    Context,
    json_option,
    print_json,
    project_option,
    settings_of,
    sign_option,
)
from toolchain.commands.sending import show_pushed
from toolchain.messages import progress

# What is slow to import stands in the commands that need it.


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
        return show_pushed(pushed, err=False)
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


SHARING_COMMANDS = (push, pull, key_command)
