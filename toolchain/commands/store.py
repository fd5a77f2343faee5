"""`toolchain store`: what there is to do about the results themselves."""

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from toolchain.base.errors import ExitCode
from toolchain.base.units import count, human_size
from toolchain.commands.options import Context, json_option, print_json, project_option, settings_of
from toolchain.commands.sharing import SHARING_COMMANDS
from toolchain.messages import progress
from toolchain.messages.console import results_console
from toolchain.project.settings import Settings

# What is slow to import stands in the commands that need it.


@click.group("store")
def store_command() -> None:
    """Look after the stored results."""


@store_command.command()
@click.argument("url", default="")
@json_option
@project_option
@click.pass_obj
def verify(context: Context, url: str, *, as_json: bool, project: Path | None) -> ExitCode:
    """Read every stored object and set aside what is damaged; or read a store at a URL. Exit 1 if anything is wrong."""
    from toolchain.build import store_upkeep  # noqa: PLC0415 - slow to import

    settings = settings_of(context, project)
    if url:
        return _verify_elsewhere(context, settings, url, as_json=as_json)
    with progress.reporter(quiet=context.quiet) as reporter:
        verified = store_upkeep.verify(settings, reporter)
    if as_json:
        print_json(verified)
    else:
        for damage in verified.damaged:
            click.echo(damage.sentence)
        click.echo(
            f"{count(verified.notebooks, 'notebook')} and {count(verified.records, 'record')} "
            f"in the store, {len(verified.damaged) or 'none'} damaged"
        )
        if verified.damaged:
            click.echo("what was damaged lies in _build/store/damaged; `toolchain build` computes it again")
    return ExitCode.FINDINGS if verified.damaged else ExitCode.GOOD


def _verify_elsewhere(context: Context, settings: Settings, url: str, *, as_json: bool) -> ExitCode:
    from toolchain.sharing import exchange  # noqa: PLC0415 - slow to import

    with progress.reporter(quiet=context.quiet) as reporter:
        inspected = exchange.verify(settings, url, reporter)
    if as_json:
        print_json(inspected)
    else:
        for refused in inspected.refused:
            click.echo(refused.sentence(inspected.remote))
        for name in inspected.unlisted:
            click.echo(f"not in the index: {inspected.remote}/{name}; `toolchain store push` enters it")
        signed = (
            f"{inspected.signed or 'none'} signed by whom book.toml trusts, "
            if settings.toml.store.trusted
            else ""
        )
        click.echo(
            f"{count(inspected.results, 'result')} ({human_size(inspected.bytes)}) in {inspected.remote}, {signed}"
            f"{len(inspected.refused) or 'none'} refused, {len(inspected.unlisted) or 'none'} not in the index"
        )
    return ExitCode.FINDINGS if inspected.refused or inspected.unlisted else ExitCode.GOOD


@store_command.command()
@click.argument("commits", metavar="[COMMIT]...", nargs=-1)
@click.option("--delete", is_flag=True, help="Remove them; without it they are only shown.")
@json_option
@project_option
@click.pass_obj
def gc(
    context: Context, commits: tuple[str, ...], *, delete: bool, as_json: bool, project: Path | None
) -> ExitCode:
    """Find the results that neither the book as it is nor the book of a COMMIT uses; HEAD if none is named."""
    from toolchain.build import store_upkeep  # noqa: PLC0415 - slow to import

    settings = settings_of(context, project)
    with progress.reporter(quiet=context.quiet) as reporter:
        collected = store_upkeep.collect(settings, commits, delete=delete, reporter=reporter)
    if as_json:
        print_json(collected)
        return ExitCode.GOOD
    console = results_console()
    console.print(Text(f"kept: {count(collected.kept, 'result')} of {', '.join(collected.plans)}"))
    verb = "removed" if delete else "to remove"
    size = f"{count(collected.files, 'file')}, {human_size(collected.bytes)}"
    console.print(Text(f"{verb}: {count(collected.results, 'result')} ({size})"))
    table = Table(box=None, show_header=False, pad_edge=False)
    for share in collected.shares:
        name = share.notebook or "of a page that is not known"
        table.add_row(
            "",
            name,
            count(share.results, "result"),
            Text(human_size(share.bytes), justify="right"),
        )
    if collected.shares:
        console.print(table)
    if collected.files and not delete:
        console.print("nothing was removed; the same command with --delete does")
    return ExitCode.GOOD


for sharing_command in SHARING_COMMANDS:
    store_command.add_command(sharing_command)
