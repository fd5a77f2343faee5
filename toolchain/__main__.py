"""`python -m toolchain` is the same program as `toolchain`."""

from toolchain.commands.cli import main

if __name__ == "__main__":
    main()
