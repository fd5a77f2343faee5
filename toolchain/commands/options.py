"""What every command of the program shares: options, the settings that they lead to, JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from toolchain.project import settings
from toolchain.project.settings import Options, Settings

Command = TypeVar("Command", bound=Callable[..., Any])

project_option = click.option(
    "--project",
    type=click.Path(path_type=Path),
    help="The project's folder, the current one by default.",
)
allow_missing_option = click.option(
    "--allow-missing",
    is_flag=True,
    help="Accept notebooks without a result that need a GPU and cannot run here.",
)
retry_option = click.option(
    "--retry", is_flag=True, help="Run notebooks again that failed, although nothing has changed since."
)
offline_option = click.option(
    "--offline", is_flag=True, help="Ask nobody for results: book.toml's [store] remote is left alone."
)
push_option = click.option("--push", is_flag=True, help="Send the results to where book.toml's [store] says.")
sign_option = click.option(
    "--sign",
    type=click.Path(path_type=Path),
    envvar="TOOLCHAIN_SIGNING_KEY",
    metavar="FILE",
    help="Private key that what is pushed is signed with; or name it in TOOLCHAIN_SIGNING_KEY.",
)
scheduler_option = click.option(
    "--scheduler",
    default="",
    metavar="ADDRESS",
    help="Run notebooks on the workers of a Dask scheduler, tls://HOST:8786; or `local`: on this machine.",
)
certificates_option = click.option(
    "--certificates", default="", metavar="FOLDER", help="Where the certificates for it are."
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Notebooks at a time, and cores for pages; by default one a core, or on other machines all that fit.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


class Context(msgspec.Struct):
    """What the group's own options say, and the command's of the same names."""

    project: Path
    quiet: bool
    verbose: bool


def settings_of(context: Context, project: Path | None, options: Options | None = None) -> Settings:
    """Return the settings of the project that a command works on."""
    context.project = project or context.project
    return settings.load(context.project, options)


def print_json(data: object) -> None:
    """Print data for machines."""
    click.echo(msgspec.json.format(msgspec.json.encode(data, enc_hook=str), indent=2).decode())
