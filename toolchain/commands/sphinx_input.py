"""`toolchain sphinx-input`: what Sphinx is given that a person has started, as `toolchain.sphinxext.by_itself` asks for it."""

from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.build import by_itself
from toolchain.commands.options import Context, project_option, settings_of
from toolchain.messages import progress
from toolchain.project.settings import Options


@click.command("sphinx-input")
@click.argument("folder", type=click.Path(path_type=Path))
@project_option
@click.pass_obj
def sphinx_input_command(context: Context, *, folder: Path, project: Path | None) -> ExitCode:
    """Write what is known of results into FOLDER, and print what a person has to know."""
    settings = settings_of(context, project, Options(waits=True, offline=True, apart=folder))
    for line in by_itself.prepare(settings, progress.Plain(lambda line: click.echo(line.strip()))):
        click.echo(line)
    return ExitCode.GOOD
