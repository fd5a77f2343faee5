"""`toolchain plan`: which notebooks would run, and why."""

import gc
from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.base.secrets import shown_address
from toolchain.commands.options import Context, json_option, print_json, project_option, settings_of
from toolchain.messages import progress, report
from toolchain.messages.lines import Lines
from toolchain.model import Plan, Planned
from toolchain.plan import planning


@click.command("plan")
@click.option(
    "--explain", metavar="NOTEBOOK", help="Show what the notebook's key is made of, and its inputs."
)
@json_option
@project_option
@click.pass_obj
def plan_command(context: Context, *, explain: str | None, as_json: bool, project: Path | None) -> ExitCode:
    """Say which notebooks would run and why; run nothing."""
    # Nothing that a plan is made of goes round in circles: looking for these takes longer than all reading.
    gc.disable()
    settings = settings_of(context, project)
    reporter = progress.Plain(lambda line: click.echo(line.strip(), err=as_json))
    if explain:
        explained = planning.explain(settings, explain, reporter)
        if as_json:
            print_json(explained)
        else:
            from toolchain.commands import explanation  # noqa: PLC0415 - slow to import
            from toolchain.messages.console import results_console  # noqa: PLC0415 - as above

            explanation.show(explained, console=results_console())
        return ExitCode.GOOD
    plan_of_book = planning.plan(settings, reporter)
    if as_json:
        print_json([_planned(notebook) for notebook in plan_of_book.notebooks])
    else:
        _show(plan_of_book)
        if settings.remote and any(notebook.record is None for notebook in plan_of_book.notebooks):
            click.echo(f"a build first asks {shown_address(settings.remote)} for what is not here")
    return ExitCode.GOOD


def _show(plan: Plan) -> None:
    lines = Lines()
    if not lines.is_terminal:
        report.list_plan(plan, console=lines)
        return
    from toolchain.messages.console import results_console  # noqa: PLC0415 - slow to import

    report.show_plan(plan, console=results_console())


def _planned(planned: Planned) -> dict[str, object]:
    return {
        "name": planned.document.name,
        "path": planned.document.path,
        "run": planned.runs,
        "reason": planned.because,
        "note": planned.note,
        "key": planned.key,
        "expected_seconds": planned.expected_seconds,
    }
