"""`toolchain proof`: a contact sheet of each edition of the PDF, to look at before it is published."""

from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.commands.options import Context, project_option, settings_of
from toolchain.project.settings import Options


@click.command("proof")
@click.option(
    "--edition", "editions", multiple=True, metavar="NAME", help="This edition only, and any more named."
)
@click.option("--all", "every", is_flag=True, help="Show every page, not only the telling ones.")
@click.option("--index", "of_index", is_flag=True, help="Report which sections have no entry in the index.")
@click.option(
    "--worst",
    is_flag=False,
    flag_value=18,
    type=click.IntRange(min=1),
    metavar="[N]",
    help="Report how the pages end, and show the N worst, 18 if no N is given.",
)
@project_option
@click.pass_obj
def proof_command(
    context: Context,
    *,
    editions: tuple[str, ...],
    every: bool,
    of_index: bool,
    worst: int | None,
    project: Path | None,
) -> ExitCode:
    """Put the telling pages of what was built on a few large sheets, to look at."""
    from toolchain.check import contact_sheet, index_report  # noqa: PLC0415 - slow to import

    settings = settings_of(context, project, Options(editions=editions))
    if of_index:
        for line in index_report.lines(settings):
            click.echo(line)
        return ExitCode.GOOD
    if worst:
        for line in contact_sheet.make_of_worst(settings, worst):
            click.echo(line)
        return ExitCode.GOOD
    for path in contact_sheet.make(settings, every=every):
        click.echo(path.relative_to(settings.project).as_posix())
    return ExitCode.GOOD
