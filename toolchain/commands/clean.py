"""`toolchain clean`: remove what was built."""

import shutil
from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.commands.options import Context, project_option, settings_of
from toolchain.messages import progress
from toolchain.project import build_lock


@click.command("clean")
@click.option("--store", is_flag=True, help="Remove the results too: every notebook runs again.")
@project_option
@click.pass_obj
def clean_command(context: Context, *, store: bool, project: Path | None) -> ExitCode:
    """Remove what was built; the results of notebooks stay unless asked for."""
    settings = settings_of(context, project)
    with progress.reporter(quiet=context.quiet) as reporter, build_lock.hold(settings, reporter):
        for path in sorted(settings.build.iterdir()):
            if path.is_dir() and (store or path != settings.store):
                shutil.rmtree(path)
            elif path.is_file() and path.name != build_lock.LOCK:
                path.unlink()
    click.echo(
        "removed everything in _build" + ("" if store or not settings.store.is_dir() else "; the store stays")
    )
    return ExitCode.GOOD
