"""`toolchain build` and `toolchain execute`: what changed is run, and the forms are made."""

import gc
from pathlib import Path

import click

from toolchain.base.errors import ExitCode
from toolchain.build import unchanged
from toolchain.commands.options import (
    Context,
    allow_missing_option,
    certificates_option,
    jobs_option,
    json_option,
    offline_option,
    print_json,
    project_option,
    push_option,
    retry_option,
    scheduler_option,
    settings_of,
    sign_option,
)
from toolchain.commands.sending import Sending
from toolchain.forms import FORMS, chosen
from toolchain.messages import report
from toolchain.messages.lines import Lines
from toolchain.model.reports import BuildReport
from toolchain.project.settings import Options, Settings

# What is slow to import stands where it is needed: an unchanged book is answered without Sphinx, and without much else.

OBJECTS = 20_000
"""That are made before garbage is looked for. Little of what a build makes goes round in circles, and Python's 700 take a tenth of its time."""
LISTED = ", ".join(f"{form.name} ({form.title})" for form in FORMS.values())


@click.command("build", help=f"Run what changed and make FORMS: {LISTED}; all of them if none is named.")
@click.argument("forms", nargs=-1, type=click.Choice(list(FORMS)))
@click.option(
    "--install",
    is_flag=True,
    help="First install what is missing here, as `toolchain doctor --install` does.",
)
@jobs_option
@click.option("--force", is_flag=True, help="Run every notebook again and replace its result.")
@click.option(
    "--no-execute",
    is_flag=True,
    help="Run nothing: pages show the results that fit, what an .ipynb has saved, or their code alone.",
)
@click.option(
    "--keep-going", is_flag=True, help="Make the forms although a notebook failed; its page says so."
)
@click.option(
    "--edition",
    "editions",
    multiple=True,
    metavar="NAME",
    help="Of the PDF: this edition only, and any more named.",
)
@retry_option
@allow_missing_option
@offline_option
@push_option
@sign_option
@scheduler_option
@certificates_option
@json_option
@project_option
@click.pass_obj
def build_command(
    context: Context,
    forms: tuple[str, ...],
    *,
    install: bool,
    jobs: int | None,
    force: bool,
    no_execute: bool,
    keep_going: bool,
    editions: tuple[str, ...],
    retry: bool,
    allow_missing: bool,
    offline: bool,
    push: bool,
    sign: Path | None,
    scheduler: str,
    certificates: str,
    as_json: bool,
    project: Path | None,
) -> ExitCode:
    """Run what changed and make FORMS, or all of them."""
    if force and no_execute:
        raise click.UsageError("--force runs every notebook, and --no-execute none: give one of them")
    options = Options(
        forms=forms,
        jobs=jobs or 0,
        force=force,
        no_execute=no_execute,
        keep_going=keep_going,
        retry=retry,
        allow_missing=allow_missing,
        editions=editions,
        offline=offline,
        scheduler=scheduler,
        certificates=certificates,
    )
    settings = settings_of(context, project, options)
    sending = Sending.chosen(settings, sign, push=push)
    snapshot = unchanged.Snapshot(settings, chosen(settings))
    build_report = unchanged.last_report(settings, snapshot)
    if build_report is None:
        if install:
            from toolchain.commands.machine import install_missing  # noqa: PLC0415 - slow to import

            install_missing(settings)
        build_report = _build(settings, snapshot, context)
    elif not context.quiet and not as_json:
        click.echo("nothing changed since the last build", err=True)
    _show(build_report, settings, as_json=as_json)
    return sending.send(build_report, quiet=context.quiet) if sending else build_report.exit_code


@click.command("execute")
@click.argument("notebooks", nargs=-1)
@jobs_option
@click.option("--force", is_flag=True, help="Run them again and replace their results.")
@retry_option
@allow_missing_option
@offline_option
@push_option
@sign_option
@scheduler_option
@certificates_option
@json_option
@project_option
@click.pass_obj
def execute_command(
    context: Context,
    notebooks: tuple[str, ...],
    *,
    jobs: int | None,
    force: bool,
    retry: bool,
    allow_missing: bool,
    offline: bool,
    push: bool,
    sign: Path | None,
    scheduler: str,
    certificates: str,
    as_json: bool,
    project: Path | None,
) -> ExitCode:
    """Run what changed of NOTEBOOKS, or of all, and keep the results."""
    from toolchain.build import pipeline  # noqa: PLC0415 - slow to import
    from toolchain.messages import progress  # noqa: PLC0415 - as above

    options = Options(
        jobs=jobs or 0,
        force=force,
        retry=retry,
        allow_missing=allow_missing,
        offline=offline,
        scheduler=scheduler,
        certificates=certificates,
    )
    settings = settings_of(context, project, options)
    sending = Sending.chosen(settings, sign, push=push)
    with progress.reporter(quiet=context.quiet) as reporter:
        build_report = pipeline.execute(settings, notebooks, reporter)
    _show(build_report, settings, as_json=as_json)
    return sending.send(build_report, quiet=context.quiet) if sending else build_report.exit_code


def _build(settings: Settings, snapshot: unchanged.Snapshot, context: Context) -> BuildReport:
    """Build; Sphinx, which is as slow to import as all of ours, is imported beside that."""
    from toolchain.base import regexes  # noqa: PLC0415 - an unchanged book does without
    from toolchain.base.later import imports_later  # noqa: PLC0415 - as above
    from toolchain.forms import sphinx_process  # noqa: PLC0415 - slow to import

    gc.set_threshold(OBJECTS)
    remember = regexes.remember_in(settings.build / regexes.FILE)
    with sphinx_process.SphinxProcess() as sphinx:
        sphinx.begin(sphinx_process.start(settings, snapshot.epoch, snapshot.tools))
        with imports_later():
            from toolchain.build import pipeline  # noqa: PLC0415 - as above
            from toolchain.messages import progress  # noqa: PLC0415 - as above

        with progress.reporter(quiet=context.quiet) as reporter:
            built = pipeline.build(settings, snapshot, reporter, pipeline.Manner(sphinx=sphinx))
    remember()
    return built


def _show(build_report: BuildReport, settings: Settings, *, as_json: bool) -> None:
    if as_json:
        print_json(build_report)
    else:
        entrances = {name: form.entrance for name, form in FORMS.items()}
        report.show_summary(build_report, settings.project, entrances=entrances, console=Lines())
