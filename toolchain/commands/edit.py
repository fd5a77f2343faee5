"""`toolchain edit`: a page in JupyterLab."""

from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.commands.options import Context, project_option, settings_of

HIGHEST_PORT = 65535


@click.command("edit")
@click.argument("page")
@click.option(
    "--port",
    type=click.IntRange(min=1, max=HIGHEST_PORT),
    help="By default 8888, or the next one that is free.",
)
@click.option("--no-browser", is_flag=True, help="Open no browser: JupyterLab prints its address.")
@project_option
@click.pass_obj
def edit_command(
    context: Context, *, page: str, port: int | None, no_browser: bool, project: Path | None
) -> ExitCode:
    """Open PAGE in JupyterLab, with the book's kernel; of a page in Markdown only what is changed there is written."""
    from toolchain.editing import lab  # noqa: PLC0415 - slow to import

    settings = settings_of(context, project)
    found = lab.find_page(page, settings)
    lab.require()
    lab.start(found, settings, port=port, open_browser=not no_browser)
