"""The program `toolchain`, which is also `python -m toolchain`: an interrupt is heard before anything else is imported."""

from typing import NoReturn

from toolchain.processes import signals


def main() -> NoReturn:
    """Run the program. Whenever it is interrupted, it says so in a line and ends with 130."""
    signals.install_handlers()
    try:
        from toolchain.commands import cli  # noqa: PLC0415 - takes its time

        cli.main()
    except KeyboardInterrupt:
        signals.exit_interrupted()


if __name__ == "__main__":
    main()
