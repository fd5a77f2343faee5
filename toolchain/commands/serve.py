"""`toolchain serve`: the site as it is written, in a browser beside the editor."""

import asyncio
from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.commands.options import Context, project_option, settings_of
from toolchain.messages.console import results_console

HIGHEST_PORT = 65535


@click.command("serve")
@click.option(
    "--port",
    type=click.IntRange(min=1, max=HIGHEST_PORT),
    help="By default 8000, or the next one that is free.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the site in the browser, too.")
@project_option
@click.pass_obj
def serve_command(
    context: Context, *, port: int | None, open_browser: bool, project: Path | None
) -> ExitCode:
    """Serve the site on this machine; after each save its pages are made anew, and browsers show them."""
    from toolchain.preview.preview import Preview  # noqa: PLC0415 - what it needs, no other command does
    from toolchain.preview.terminal import Terminal  # noqa: PLC0415 - as above

    settings = settings_of(context, project)
    terminal = Terminal(results_console(), quiet=context.quiet)

    async def serve() -> None:
        preview = Preview(settings, terminal, port)
        terminal.begin(preview.address, asks=settings.toml.serve.execute == "ask")
        await preview.run(open_browser=open_browser)

    asyncio.run(serve())
    return ExitCode.GOOD
