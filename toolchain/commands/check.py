"""`toolchain check`: what is wrong with what was built."""

from pathlib import Path

import click

from toolchain import check as checks
from toolchain.base.errors import ExitCode
from toolchain.build import checking
from toolchain.build.exit_code import exit_code_of
from toolchain.commands.options import Context, json_option, print_json, project_option, settings_of
from toolchain.messages import progress, report
from toolchain.messages.console import results_console
from toolchain.project.settings import in_words_of


@click.command("check")
@click.argument("ids", nargs=-1)
@click.option("--explain", metavar="ID", help="Say what a check looks for and what to do about it.")
@click.option("--list", "listed", is_flag=True, help="List the checks.")
@click.option("--external", is_flag=True, help="Follow the links that lead out of the book, too.")
@json_option
@project_option
@click.pass_obj
def check_command(
    context: Context,
    ids: tuple[str, ...],
    *,
    explain: str | None,
    listed: bool,
    external: bool,
    as_json: bool,
    project: Path | None,
) -> ExitCode:
    """Check what was built: every check, or those of IDS. Exit 1 if something is wrong."""
    if explain:
        click.echo(in_words_of(project or context.project, checks.explain(explain)))
        return ExitCode.GOOD
    if listed:
        report.show_checks(checks.CHECKS.values(), console=results_console())
        return ExitCode.GOOD
    settings = settings_of(context, project)
    with progress.reporter(quiet=context.quiet or as_json) as reporter:
        findings = checking.recheck(settings, ids, reporter, external=external)
    if as_json:
        print_json(findings)
    else:
        report.show_findings(findings, console=results_console())
        for name, reason in settings.toml.check.off.items() if not ids else ():
            click.echo(f"off: {name}: {reason}")
        click.echo(report.counts(findings))
    return exit_code_of((), findings)
