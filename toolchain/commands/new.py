"""`toolchain new`: a book to begin with."""

import shlex
import sys
from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.base.units import count
from toolchain.commands.options import Context


@click.command("new")
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--title", default="", help="The book's title; asked for on a terminal.")
@click.option("--author", "authors", multiple=True, metavar="NAME", help="Who writes it; may be repeated.")
@click.option(
    "--interpreter",
    default="",
    metavar="PYTHON",
    help="Run the notebooks in a Python that is here and has ipykernel and matplotlib; pin no versions.",
)
@click.pass_obj
def new_command(
    context: Context, place: Path, *, title: str, authors: tuple[str, ...], interpreter: str
) -> ExitCode:
    """Begin a book in DIR: a chapter with a notebook, a formula, a plot, a drawing and a citation, which builds green."""
    from toolchain import starting  # noqa: PLC0415 - slow to import

    starting.require_free(place)
    if not title:
        likely = place.resolve().name.replace("-", " ").replace("_", " ").strip().capitalize() or "A book"
        title = click.prompt("Title", default=likely) if sys.stdin.isatty() else likely
    if not authors and sys.stdin.isatty():
        authors = tuple(filter(None, [click.prompt("Author", default="", show_default=False).strip()]))
    if not context.quiet and not interpreter:
        click.echo("Looking for versions of packages that fit together ...", err=True)
    written = starting.begin(place, title, authors, interpreter)
    click.echo(f"made {place}: {count(len(written), 'file')}")
    if not context.quiet:
        for name in written:
            click.echo(f"  {name}")
    where = "" if place.resolve() == Path.cwd() else f" --project {shlex.quote(str(place))}"
    click.echo("Next:")
    click.echo(f"  toolchain serve{where}   the site in a browser, each page new as you save it")
    click.echo(f"  toolchain build{where}   the site, the PDF and the notebooks")
    return ExitCode.GOOD
