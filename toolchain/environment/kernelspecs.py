"""Kernels that a project brings itself: `kernels/NAME/kernel.json` beside its locks, as Jupyter has them.

A package may have a kernel and no kernelspec that is installed with it, and a kernel of another language is no package of
Python's at all.
"""

from typing import Any

from msgspec import Struct

from toolchain.base.decoding import decode_json, read_text
from toolchain.base.errors import KernelEnvironmentError
from toolchain.project.settings import Settings

FOLDER = "kernels"
FILE = "kernel.json"


class _Spec(Struct):
    """What Jupyter needs of a kernelspec; it may say more."""

    argv: list[str]
    language: str
    display_name: str = ""


def of_project(settings: Settings) -> dict[str, str]:
    """Return the texts of a project's kernelspecs by the kernels' names.

    Raises KernelEnvironmentError for a file that says no kernel.
    """
    specs = {}
    for path in sorted((settings.kernel_folder / FOLDER).glob(f"*/{FILE}")):
        text = read_text(path, str(path), KernelEnvironmentError)
        spec = decode_json(text, _Spec)
        if spec is None or not spec.argv:
            raise KernelEnvironmentError(
                f"{path}: is no kernelspec",
                remedy='It is JSON with how the kernel starts: {"argv": ["bash-kernel", "-f", "{connection_file}"], '
                '"language": "bash", "display_name": "Bash"}.',
            )
        specs[path.parent.name] = text
    return specs


def display(name: str, text: str) -> dict[str, Any]:
    """Return what a notebook says of its kernel: name, name for people and language; `text` is that of its kernelspec."""
    said = decode_json(text, _Spec) if text else None
    shown: dict[str, Any] = {"name": name, "display_name": (said.display_name if said else "") or name}
    return shown | ({"language": said.language} if said else {})
