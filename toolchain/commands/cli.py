"""Options become Settings, Settings go through the pipeline, what comes out becomes an exit code."""

import logging
import os
import shutil
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import NoReturn, TextIO

import click
from rich.text import Text

from toolchain import __version__
from toolchain.base import refusals, terminal
from toolchain.base.errors import ExitCode, ToolchainError
from toolchain.base.secrets import shown_address
from toolchain.build import unchanged
from toolchain.build.exit_code import exit_code_of
from toolchain.commands.cluster import certificates_command, scheduler_command, worker_command
from toolchain.commands.machine import doctor_command, install_missing, kernel_command
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
    scheduler_option,
    settings_of,
    sign_option,
)
from toolchain.commands.proof import proof_command
from toolchain.commands.serve import serve_command
from toolchain.commands.sharing import SHARING_COMMANDS, Sending
from toolchain.commands.store import store_group
from toolchain.forms import FORMS, chosen
from toolchain.messages import progress, report
from toolchain.messages.console import Console, results_console
from toolchain.model import BuildReport, Planned
from toolchain.processes import signals, streams
from toolchain.project import build_lock
from toolchain.project.settings import Options, Settings

# What is slow to import stands in the commands that need it: an unchanged book is answered without Sphinx.

LISTED = ", ".join(f"{form.name} ({form.title})" for form in FORMS.values())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="toolchain")
@project_option
@click.option("-q", "--quiet", is_flag=True, help="No progress; results and problems only.")
@click.option("-v", "--verbose", is_flag=True, help="Python's own log of what the libraries do.")
@click.pass_context
def cli(context: click.Context, project: Path | None, *, quiet: bool, verbose: bool) -> None:
    """Make a web site, a PDF and notebooks from one executable book."""
    if verbose:
        logging.basicConfig(level=logging.DEBUG, handlers=[_LogHandler()])
    elif not sys.warnoptions:
        warnings.simplefilter(
            "ignore"
        )  # what libraries have to say to programmers, of somebody's notebook for instance
    context.obj = Context(project=project or Path(), quiet=quiet, verbose=verbose)


@cli.command(help=f"Run what changed and make FORMS: {LISTED}; all of them if none is named.")
@click.argument("forms", nargs=-1, type=click.Choice(list(FORMS)))
@click.option(
    "--install",
    is_flag=True,
    help="First install what is missing here, as `toolchain doctor --install` does.",
)
@jobs_option
@click.option("--force", is_flag=True, help="Run every notebook again and replace its result.")
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
@allow_missing_option
@offline_option
@push_option
@sign_option
@scheduler_option
@certificates_option
@json_option
@project_option
@click.pass_obj
def build(
    context: Context,
    forms: tuple[str, ...],
    *,
    install: bool,
    jobs: int | None,
    force: bool,
    keep_going: bool,
    editions: tuple[str, ...],
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
    options = Options(
        forms=forms,
        jobs=jobs or 0,
        force=force,
        keep_going=keep_going,
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
        from toolchain.build import pipeline  # noqa: PLC0415 - slow to import

        if install:
            install_missing(settings)
        with progress.reporter(quiet=context.quiet) as reporter:
            build_report = pipeline.build(settings, snapshot, reporter)
    elif not context.quiet and not as_json:
        click.echo("nothing changed since the last build", err=True)
    _show(build_report, settings, as_json=as_json)
    return sending.send(build_report, quiet=context.quiet) if sending else build_report.exit_code


@cli.command()
@click.option(
    "--explain", metavar="NOTEBOOK", help="Show what the notebook's key is made of, and its inputs."
)
@json_option
@project_option
@click.pass_obj
def plan(context: Context, *, explain: str | None, as_json: bool, project: Path | None) -> ExitCode:
    """Say which notebooks would run and why; run nothing."""
    from toolchain.plan import planning  # noqa: PLC0415 - slow to import

    settings = settings_of(context, project)
    reporter = progress.Plain(lambda line: click.echo(line.strip(), err=as_json))
    if explain:
        explained = planning.explain(settings, explain, reporter)
        if as_json:
            print_json(explained)
        else:
            from toolchain.commands import explanation  # noqa: PLC0415 - as above

            explanation.show(explained, console=results_console())
        return ExitCode.GOOD
    plan_of_book = planning.plan(settings, reporter)
    if as_json:
        print_json([_planned(notebook) for notebook in plan_of_book.notebooks])
    else:
        report.show_plan(plan_of_book, console=results_console())
        if settings.remote and any(notebook.record is None for notebook in plan_of_book.notebooks):
            click.echo(f"a build first asks {shown_address(settings.remote)} for what is not here")
    return ExitCode.GOOD


@cli.command()
@click.argument("notebooks", nargs=-1)
@jobs_option
@click.option("--force", is_flag=True, help="Run them again and replace their results.")
@allow_missing_option
@offline_option
@push_option
@sign_option
@scheduler_option
@certificates_option
@json_option
@project_option
@click.pass_obj
def execute(
    context: Context,
    notebooks: tuple[str, ...],
    *,
    jobs: int | None,
    force: bool,
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

    options = Options(
        jobs=jobs or 0,
        force=force,
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


@cli.command()
@click.argument("ids", nargs=-1)
@click.option("--explain", metavar="ID", help="Say what a check looks for and what to do about it.")
@click.option("--list", "listed", is_flag=True, help="List the checks.")
@click.option("--external", is_flag=True, help="Follow the links that lead out of the book, too.")
@json_option
@project_option
@click.pass_obj
def check(
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
    from toolchain import check as checks  # noqa: PLC0415 - slow to import
    from toolchain.build import pipeline  # noqa: PLC0415

    if explain:
        click.echo(checks.explain(explain))
        return ExitCode.GOOD
    if listed:
        report.show_checks(checks.CHECKS.values(), console=results_console())
        return ExitCode.GOOD
    settings = settings_of(context, project)
    with progress.reporter(quiet=context.quiet or as_json) as reporter:
        findings = pipeline.recheck(settings, ids, reporter, external=external)
    if as_json:
        print_json(findings)
    else:
        report.show_findings(findings, console=results_console())
        for name, reason in settings.toml.check.off.items() if not ids else ():
            click.echo(f"off: {name}: {reason}")
        click.echo(report.counts(findings))
    return exit_code_of((), findings)


@cli.command()
@click.option("--store", is_flag=True, help="Remove the results too: every notebook runs again.")
@project_option
@click.pass_obj
def clean(context: Context, *, store: bool, project: Path | None) -> ExitCode:
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


class _LogHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the time: while progress is drawn, that writes above it."""

    @property
    def stream(self) -> TextIO:
        """Standard error."""
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        """Take no other."""


MACHINES = (worker_command, scheduler_command, certificates_command)
for command in SHARING_COMMANDS:
    store_group.add_command(command)
for command in (store_group, kernel_command, doctor_command, proof_command, serve_command, *MACHINES):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the program: expected failures in a line with their remedy, a defect of ours with a log of it."""
    try:
        signals.install_handlers()  # `toolchain.__main__` has done so already; who calls this may be another program
        streams.take_over()
        code = cli.main(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        signals.exit_interrupted()
    except click.ClickException as error:
        error.show()
        code = ExitCode.USAGE
    except ToolchainError as error:
        code = _fail(error.message, error.exit_code, error.remedy)
    except Exception as error:  # noqa: BLE001 - the one place where a defect is told from a failure
        code = _fail_unexpectedly(error)
    signals.ignore()
    sys.exit(int(code or 0))


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


def _show(build_report: BuildReport, settings: Settings, *, as_json: bool) -> None:
    if as_json:
        print_json(build_report)
    else:
        entrances = {name: form.entrance for name, form in FORMS.items()}
        report.show_summary(build_report, settings.project, entrances=entrances, console=results_console())


def _fail(message: str, code: ExitCode, remedy: str = "") -> ExitCode:
    errors = Console(stderr=True, soft_wrap=True)
    errors.print(Text(f"error: {message}", style="red"))
    if remedy:
        errors.print(Text(remedy))
    return code


def _fail_unexpectedly(error: Exception) -> ExitCode:
    """Tell what the system refuses, which is no defect, from a defect, of which a log is kept."""
    refused = error if isinstance(error, OSError) else refusals.refusal(error)
    if refused:
        place = Path("system")
        is_file = refused.filename and refused.filename not in streams.NAMES.values()
        remedy = refusals.remedy(refused, place) if is_file else ""
        return _fail(refusals.sentence(refused, place), ExitCode.USAGE, remedy)
    return _fail(f"a defect of the toolchain; the details are in {_log_defect()}", ExitCode.DEFECT)


def _log_defect() -> str:
    """Write down what is known of a defect, and return where; that is standard error if no file can be written."""
    text = f"toolchain {__version__}, Python {sys.version}\n{sys.argv}\n\n{traceback.format_exc()}"
    details = terminal.message(text)
    try:
        handle, path = tempfile.mkstemp(prefix="toolchain-defect-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(details)
    except OSError:
        click.echo(details, err=True)
        return "the lines above"
    return path
