"""Options become Settings, Settings go through the pipeline, what comes out becomes an exit code."""

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click
from msgspec import Struct

from toolchain import __version__
from toolchain.base import refusals, terminal
from toolchain.base.errors import ExitCode, ToolchainError
from toolchain.commands.options import Context, project_option
from toolchain.messages.lines import Lines
from toolchain.processes import signals, streams
from toolchain.project.settings import in_words_of


class _Entry(Struct, frozen=True):
    """A command, which is loaded when somebody calls it: whoever asks for help, or builds what has not changed, waits for none."""

    module: str
    """In `toolchain.commands`; its function is called like the command, and `_command`."""
    help: str
    """The first sentence of its help, for the list of all commands."""


COMMANDS = {
    "build": _Entry(
        "build",
        "Run what changed and make FORMS: html (the web site), pdf (the printed book), notebooks (archives to download); all of them if none is named.",
    ),
    "certificates": _Entry("cluster", "Make the certificates that machines know each other by, into FOLDER."),
    "check": _Entry("check", "Check what was built: every check, or those of IDS."),
    "clean": _Entry("clean", "Remove what was built; the results of notebooks stay unless asked for."),
    "doctor": _Entry(
        "machine", "Say what this machine lacks to make FORMS, or all, and the one command that mends it."
    ),
    "edit": _Entry(
        "edit",
        "Open PAGE in JupyterLab, with the book's kernel; of a page in Markdown only what is changed there is written.",
    ),
    "execute": _Entry("build", "Run what changed of NOTEBOOKS, or of all, and keep the results."),
    "import": _Entry(
        "importing",
        "Make a project, in TARGET, out of a book of another program in DIR; a ledger has every change.",
    ),
    "kernel": _Entry("machine", "Make the notebooks' environment, or show it."),
    "new": _Entry(
        "new",
        "Begin a book in DIR: a chapter with a notebook, a formula, a plot, a drawing and a citation, which builds green.",
    ),
    "plan": _Entry("plan", "Say which notebooks would run and why; run nothing."),
    "proof": _Entry("proof", "Put the telling pages of what was built on a few large sheets, to look at."),
    "scheduler": _Entry("cluster", "Hand notebooks of builds to workers, until interrupted."),
    "serve": _Entry(
        "serve",
        "Serve the site on this machine; after each save its pages are made anew, and browsers show them.",
    ),
    "store": _Entry("store", "Look after the stored results."),
    "worker": _Entry("cluster", "Offer this machine to builds: one worker for each GPU, one for the CPU."),
}

FOR_SPHINX = "sphinx-input"
"""The command by which Sphinx, started by a person, is given what a build gives it: no person calls it, no list has it."""


class _Commands(click.Group):
    """The commands by their names, each imported when it is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return all names, sorted."""
        return sorted(COMMANDS)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; what is expected to fail is told with the keys and files that the project has."""
        try:
            return super().invoke(ctx)
        except ToolchainError as error:
            said = (in_words_of(ctx.obj.project, text) for text in (error.message, error.remedy))
            error.message, error.remedy = said
            raise

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; None if there is none of that name."""
        entry = _Entry("sphinx_input", "") if cmd_name == FOR_SPHINX else COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module = import_module(f"toolchain.commands.{entry.module}")
        command: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of all commands without loading them."""
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        rows = [
            (name, click.Command(name, help=entry.help).get_short_help_str(limit))
            for name, entry in sorted(COMMANDS.items())
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="toolchain")
@project_option
@click.option("-q", "--quiet", is_flag=True, help="No progress; results and problems only.")
@click.option("-v", "--verbose", is_flag=True, help="Python's own log of what the libraries do.")
@click.pass_context
def cli(context: click.Context, project: Path | None, *, quiet: bool, verbose: bool) -> None:
    """Make a web site, a PDF and notebooks from one executable book."""
    if verbose:
        from toolchain.messages import logs  # noqa: PLC0415 - mostly nobody asks for it

        logs.show()
    elif not sys.warnoptions:
        import warnings  # noqa: PLC0415 - is there already

        warnings.simplefilter(
            "ignore"
        )  # what libraries have to say to programmers, of somebody's notebook for instance
    context.obj = Context(project=project or Path(), quiet=quiet, verbose=verbose)


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
        if _is_interrupt(error):
            signals.exit_interrupted()
        code = _fail_unexpectedly(error)
    signals.ignore()
    # Python looks through everything once more as it ends, which takes a tenth of a build.
    gc.freeze()
    sys.exit(int(code or 0))


def _is_interrupt(error: BaseException | None) -> bool:
    """Say whether an error comes of an interrupt: a library that is told of one as it is imported says that it cannot be."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _fail(message: str, code: ExitCode, remedy: str = "") -> ExitCode:
    errors = Lines(stderr=True)
    errors.print(f"error: {message}", style="red")
    if remedy:
        errors.print(remedy)
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
    import tempfile  # noqa: PLC0415 - slow to import, and mostly there is none
    import traceback  # noqa: PLC0415 - as above

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
