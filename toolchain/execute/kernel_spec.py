"""How a kernel is started: the command that its environment has for it."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

from toolchain.base.errors import KernelEnvironmentError
from toolchain.model import CellFailure, FailureKind


def kernel_spec(python: Path, name: str, of_project: Mapping[str, str]) -> KernelSpec:
    """Return the kernel of that name in the environment of an interpreter, or the project's own, by whose names are their texts.

    Nothing is looked up elsewhere.

    ipykernel's own, `python3`, is there also where some packager has left out its kernelspec: Jupyter's library has it.
    Raises KernelEnvironmentError if the environment has no such kernel.
    """
    prefix = python.parent.parent
    folders = [str(root / "share" / "jupyter" / "kernels") for root in (prefix, prefix / "local")]
    manager = KernelSpecManager(kernel_dirs=folders, ensure_native_kernel=False)
    try:
        spec = _of_text(of_project[name]) if name in of_project else manager.get_kernel_spec(name)
    except NoSuchKernel:
        names = sorted({*manager.find_kernel_specs(), *of_project})
        raise KernelEnvironmentError(
            f"the notebooks' environment has no kernel {name!r}; its kernels: {', '.join(names) or 'none'}",
            remedy=f"Name one of these in the page's front matter, `kernelspec: {{name: {_nearest(name, names)}}}`, or let the "
            "environment have that kernel: one of its packages brings it in share/jupyter/kernels, or the project in "
            f"_config/kernel/kernels/{name}/kernel.json.",
        ) from None
    if Path(spec.argv[0]).name.startswith("python"):
        spec.argv = [str(python), *spec.argv[1:]]
    return spec


def _of_text(text: str) -> KernelSpec:
    """Return what starts a kernel, out of the text of a kernelspec that says so."""
    said: dict[str, Any] = json.loads(text)
    return KernelSpec(
        **{name: value for name, value in said.items() if name in KernelSpec.class_trait_names()}
    )


def no_kernel(error: KernelEnvironmentError) -> CellFailure:
    """Return the failure of a notebook whose kernel its environment does not have; the others run."""
    return CellFailure(
        kind=FailureKind.UNKNOWN_KERNEL,
        cell=0,
        line=0,
        message=error.message,
        traceback="",
        remedy=error.remedy,
    )


def _nearest(name: str, names: list[str]) -> str:
    return next(iter((*difflib.get_close_matches(name, names, n=1), *names)), "python3")


class FixedSpec(KernelSpecManager):
    """Gives the one kernel that it was made with."""

    def __init__(self, spec: KernelSpec) -> None:
        """Take the kernel's specification."""
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 - jupyter_client's signature
        """Return it, whatever name is given."""
        return self._spec
