"""`toolchain import`: a project of our layout out of a foreign folder."""

import shlex
from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.commands.options import Context

NAMES = ("jupyter-book", "d2l", "notebooks", "mystmd", "sphinx")


@click.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option("--from", "kind", type=click.Choice(NAMES), help="What DIR is; recognised if nothing is said.")
@click.pass_obj
def import_command(context: Context, folder: Path, target: Path | None, *, kind: str | None) -> ExitCode:
    """Make a project, in TARGET, out of a book of another program in DIR; a ledger has every change.

    TARGET has to be empty or not there; without a name for it, it is DIR-book in the current folder.
    """
    from toolchain.importing import kinds, ledger, project  # noqa: PLC0415 - slow to import

    place = target or Path(f"{folder.resolve().name}-book")
    project.require_free(folder, place)
    draft, found = kinds.take(folder, kind or "")
    project.write(draft, place, folder.resolve().name, found.title)
    click.echo(f"{folder} is {found.title} ({found.name})")
    click.echo(draft.ledger.summary())
    if not context.quiet:
        for loss in sorted(draft.ledger.losses, key=lambda loss: loss.place):
            click.echo(f"not carried  {loss.place}: {loss.what}")
    click.echo(f"{place / ledger.FILE} has all of it. Next:")
    if any(name == project.KERNEL for name in draft.made):
        click.echo(f"  toolchain kernel --lock --project {shlex.quote(str(place))}")
    click.echo(f"  toolchain build --project {shlex.quote(str(place))}")
    return ExitCode.GOOD
