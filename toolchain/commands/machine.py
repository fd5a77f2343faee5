"""`toolchain kernel` and `toolchain doctor`: what this machine has and lacks."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolchain.base.errors import ExitCode, MissingProgramError
from toolchain.base.units import count
from toolchain.commands.options import Context, json_option, print_json, project_option, settings_of
from toolchain.forms import FORMS, chosen
from toolchain.project.settings import Options, Settings

if TYPE_CHECKING:
    from toolchain.environment.doctor import Purposes
    from toolchain.environment.requirements import Requirement

# What is slow to import stands in the commands that need it.


@click.command("kernel")
@click.option("--lock", "solve", is_flag=True, help="Solve cpu.in and gpu.in anew into their locks.")
@click.option("--remake", is_flag=True, help="Remove the environment and make it again.")
@json_option
@project_option
@click.pass_obj
def kernel_command(
    context: Context, *, solve: bool, remake: bool, as_json: bool, project: Path | None
) -> ExitCode:
    """Make the notebooks' environment, or show it."""
    from toolchain.environment import kernel  # noqa: PLC0415 - slow to import

    settings = settings_of(context, project)
    if solve:
        for path in kernel.lock(settings):
            click.echo(f"solved {path}")
        return ExitCode.GOOD
    if remake:
        kernel.remove(settings)
    environment = kernel.environment(settings)
    if as_json:
        print_json(environment)
    else:
        identity = environment.identity
        click.echo(f"{'made' if environment.made else 'ready'}: {environment.python}")
        as_what = "as its lock says" if kernel.has_lock(settings) else "used as it is: there is no lock"
        packages = count(len(identity.distributions), "package")
        click.echo(f"Python {identity.python}, {packages}, {as_what}")
    return ExitCode.GOOD


@click.command("doctor")
@click.argument("forms", nargs=-1, type=click.Choice(list(FORMS)))
@click.option(
    "--install", is_flag=True, help="Install what is missing: as root, with apt-get; asks on a terminal."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--tests", is_flag=True, help="Look also for what the toolchain's own tests need.")
@project_option
@click.pass_obj
def doctor_command(
    context: Context, forms: tuple[str, ...], *, install: bool, yes: bool, tests: bool, project: Path | None
) -> ExitCode:
    """Say what this machine lacks to make FORMS, or all, and the one command that mends it."""
    from toolchain.environment import doctor, kernel  # noqa: PLC0415 - slow to import

    settings = settings_of(context, project, Options(forms=forms))
    purposes = {**_purposes(settings), **(doctor.to_test() if tests else {})}
    lacking = doctor.all_of(doctor.missing(purposes))
    better = doctor.recommended(purposes)
    if install and lacking:
        _install((*lacking, *better), yes=yes)
        lacking = doctor.all_of(doctor.missing(purposes))
    elif install and better and doctor.may_install():
        with suppress(MissingProgramError):  # it goes without, too; what that means is among the facts below
            _install(better, yes=yes)
    if not context.quiet:
        for name, value in doctor.diagnose(settings):
            click.echo(f"{name:<12}{value}")
        click.echo(f"{'kernel':<12}{kernel.describe(settings)}")
    if lacking:
        click.echo(f"{'missing':<12}{', '.join(requirement.name for requirement in lacking)}")
        click.echo(f"{'install':<12}{doctor.command(lacking)}")
        return ExitCode.USAGE
    if not context.quiet:
        click.echo(f"{'missing':<12}nothing")
    return ExitCode.GOOD


def install_missing(settings: Settings) -> None:
    """Install what this machine lacks to run the notebooks and make the forms that were asked for.

    Raises MissingProgramError, naming the command to run, if we may not or cannot.
    """
    from toolchain.environment import doctor  # noqa: PLC0415 - slow to import

    purposes = _purposes(settings)
    if lacking := doctor.all_of(doctor.missing(purposes)):
        _install((*lacking, *doctor.recommended(purposes)), yes=False)


def _purposes(settings: Settings) -> "Purposes":
    """Return what the forms that were asked for, and running the notebooks, need of the system."""
    from toolchain.environment import doctor  # noqa: PLC0415 - slow to import

    of_forms = {form.name: form.requirements(settings) for form in chosen(settings)}
    return {**of_forms, **doctor.to_execute(settings)}


def _install(lacking: "tuple[Requirement, ...]", *, yes: bool) -> None:
    """Install requirements as root with apt-get; on a terminal the person is asked, unless they have said yes."""
    from toolchain.environment import doctor  # noqa: PLC0415 - slow to import

    if not doctor.may_install():
        raise doctor.missing_error(lacking)
    if not (yes or not sys.stdin.isatty()):
        click.echo(f"missing: {', '.join(requirement.name for requirement in lacking)}")
        click.echo(doctor.command(lacking))
        if not click.confirm(f"Install them now ({doctor.cost(lacking)})?"):
            raise doctor.missing_error(lacking)
    # Not even with --quiet is a minute of silence right.
    packages = sorted({requirement.package for requirement in lacking})
    click.echo(f"installing {', '.join(packages)} ...", err=True)
    doctor.install(lacking)
