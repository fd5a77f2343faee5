"""`toolchain worker`, `toolchain scheduler` and `toolchain certificates`: machines that build together."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolchain.base.aside import folder_for_now, sweep_temporary
from toolchain.base.errors import ConfigError, ExitCode, MissingProgramError
from toolchain.base.units import count, human_size, size
from toolchain.cluster import certificates, optional_extra, peers
from toolchain.commands.options import Context
from toolchain.processes import hardware

if TYPE_CHECKING:
    from toolchain.cluster import hosting

# What is slow to import stands in the commands that need it.

PORT = 8786
"""Dask's own."""


LONGEST_NAME = 60
"""Characters: workers' logs have these names, too."""


class Size(click.ParamType[int]):
    """An amount of bytes, as people write it."""

    name = "size"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes."""
        if isinstance(value, int):
            return value
        try:
            return size(value)
        except ValueError:
            self.fail(f"{value!r} is no amount such as 500 MB or 16 GiB", param, ctx)


certificates_option = click.option(
    "--certificates",
    "folder",
    type=click.Path(path_type=Path),
    envvar=certificates.VARIABLE,
    metavar="FOLDER",
    help=f"Made by `toolchain certificates`; by default what {certificates.VARIABLE} names.",
)


@click.command("worker")
@click.argument("address")
@certificates_option
@click.option("--name", metavar="NAME", help="Begins the workers' names; by default the host's.")
@click.option(
    "--slots", type=click.IntRange(min=0), help="Notebooks at a time on the CPU; by default one a core."
)
@click.option(
    "--gpus-per-worker",
    type=click.IntRange(min=1),
    default=1,
    help="Keep so many GPUs together, for notebooks that declare several.",
)
@click.option(
    "--memory",
    type=Size(),
    metavar="SIZE",
    default=0,
    help="What each worker offers, such as 16GB; by default they share this machine's memory equally.",
)
@click.option(
    "--python", metavar="INTERPRETER", help="Run notebooks in this Python, if a book's lock allows it."
)
@click.option(
    "--local-directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="For files of the moment; by default the system's folder for these.",
)
@click.pass_obj
def worker_command(
    context: Context,
    address: str,
    *,
    folder: Path | None,
    name: str | None,
    slots: int | None,
    gpus_per_worker: int,
    memory: int,
    python: str | None,
    local_directory: Path | None,
) -> ExitCode:
    """Offer this machine to builds: one worker for each GPU, one for the CPU. ADDRESS is the scheduler's."""
    from toolchain.cluster import hosting, offer  # noqa: PLC0415 - slow to import

    optional_extra.require()
    reached = peers.reach(address, folder)
    reached.security()  # what is wrong with them is said here, and not by each worker
    if reached.note and not context.quiet:
        click.echo(f"note: {reached.note}")
    if name and (len(name) > LONGEST_NAME or not name.isprintable()):
        raise ConfigError(
            f"--name: {name[:LONGEST_NAME]!r} cannot begin the names of workers",
            remedy=f"Take up to {LONGEST_NAME} printable characters.",
        )
    interpreter = _interpreter(python) if python else None
    offers = offer.of_this_machine(
        gpus_per_worker=gpus_per_worker, slots=hardware.cores() if slots is None else slots, memory=memory
    )
    if not offers:
        raise ConfigError(
            "there is nothing to offer: no GPU is seen here, and --slots is 0",
            remedy="`toolchain doctor` and `nvidia-smi` say which GPUs there are.",
        )
    if local_directory:
        local_directory.mkdir(parents=True, exist_ok=True)
        local_directory = local_directory.absolute()
    sweep_temporary(local_directory)
    with folder_for_now(local_directory) as scratch:
        workers = hosting.Workers(
            scheduler=str(reached.address),
            certificates=reached.folder,
            name=name or offers[0].host,
            offers=offers,
            folder=scratch,
            python=interpreter,
        )
        if not context.quiet:
            _show(workers)
        try:
            hosting.run(workers, click.echo)
        except KeyboardInterrupt:
            click.echo(f"ended: {count(len(offers), 'worker')}")
    return ExitCode.INTERRUPTED


def _show(workers: "hosting.Workers") -> None:
    """Print what this machine offers."""
    from toolchain.cluster import offer  # noqa: PLC0415 - slow to import

    driver = hardware.driver()
    click.echo(f"host {workers.offers[0].host} offers to {workers.scheduler}:")
    for name, offered in zip(workers.names, workers.offers, strict=True):
        places = (
            count(len(offered.gpus), "GPU") if offered.gpus else count(offered.slots, "slot") + " on the CPU"
        )
        click.echo(f"  {name}: {places}, {human_size(offered.memory)} of memory")
        for gpu in offered.gpus:
            click.echo(f"    GPU {gpu.id}: {offer.describe(gpu, driver)}")
    if not any(offered.gpus for offered in workers.offers):
        click.echo("  no GPU")
    environment = str(workers.python) if workers.python else "made here from each book's lock"
    click.echo(f"  the notebooks' environment: {environment}")


def _interpreter(name: str) -> Path:
    """Find an interpreter for notebooks."""
    from toolchain.environment import distributions  # noqa: PLC0415 - slow to import

    path = shutil.which(name)
    if path is None:
        raise MissingProgramError(
            f"--python: {name!r} is not on this machine", remedy="Install it or name another one."
        )
    distributions.require_kernel(Path(path))
    return Path(path).absolute()


@click.command("scheduler")
@click.option(
    "--host", default="127.0.0.1", help="Address to listen at; by default only this machine reaches it."
)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help=f"{PORT} by default; 0 for any.")
@certificates_option
@click.pass_obj
def scheduler_command(context: Context, *, host: str, port: int, folder: Path | None) -> ExitCode:
    """Hand notebooks of builds to workers, until interrupted."""
    from toolchain.cluster import scheduler  # noqa: PLC0415 - slow to import

    optional_extra.require()

    def at(reached: peers.Reached) -> None:
        click.echo(f"scheduler at {reached.address}")
        if not context.quiet:
            click.echo(f"  offer a machine: toolchain worker {reached.address}")
            click.echo(f"  build with them: toolchain build --scheduler {reached.address}")
            click.echo(f"  whoever has a copy of these certificates is let in: {reached.folder}")

    scheduler.run(host, port, folder, at=at, say=lambda line: None if context.quiet else click.echo(line))
    return ExitCode.INTERRUPTED


@click.command("certificates")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="Also name this host in it; repeatable.")
def certificates_command(folder: Path, *, hosts: tuple[str, ...]) -> ExitCode:
    """Make the certificates that machines know each other by, into FOLDER."""
    ends = certificates.make(folder, hosts)
    for name in (certificates.AUTHORITY, certificates.CERTIFICATE, certificates.KEY):
        click.echo(f"made {folder / name}")
    click.echo(
        f"good until {ends:%Y-%m-%d}; copy the folder to every machine that takes part, and keep it secret"
    )
    return ExitCode.GOOD
