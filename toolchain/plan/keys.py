"""What a result's key is made of: all that can change the result, its input files apart."""

from collections.abc import Mapping
from typing import Any

import msgspec

from toolchain.base.files import sha256_bytes
from toolchain.model import Document, KernelIdentity

SCHEMA = 1
"""Part of every key; raised when what a key covers changes."""
EXECUTION_TAGS = frozenset({"raises-exception", "skip-execution"})
"""The tags that change what running a cell means; all others are for the eye."""


def key(components: Mapping[str, Any]) -> str:
    """Return the digest of all that can change a notebook's result, its input files apart."""
    return sha256_bytes(msgspec.json.encode(components, order="sorted"))


def components(
    document: Document,
    kernel: KernelIdentity,
    injected: Mapping[str, str],
    *,
    gpus: int = 0,
    library: Mapping[str, str] | None = None,
    kernelspec: str = "",
) -> dict[str, Any]:
    """Return the parts of a notebook's key by name.

    `kernel` is that of the device class that it is computed on, with so many `gpus`; `injected` is what the executor
    itself brings: environment variables and start-up files by name. `library` has the digests of what it uses of the
    book's library; `kernelspec` is the text of the kernel's, where the project itself has it.
    """
    expressions = [[expression.after, expression.source] for expression in document.evaluated]
    return {
        # Only where there are some: a page without any has the key that it had before there were expressions.
        **({"expressions": expressions} if expressions else {}),
        **({"kernelspec": kernelspec} if kernelspec else {}),
        "schema": SCHEMA,
        "cells": [[cell.source, sorted(EXECUTION_TAGS.intersection(cell.tags))] for cell in document.cells],
        "allow_errors": document.allow_errors,
        # What relative paths in the code mean.
        "folder": document.chapter,
        "kernel": [document.kernel_name, document.language],
        "python": kernel.python,
        "lock": list(kernel.distributions),
        "gpus": gpus,
        "env": document.declared.env,
        "data": sorted(document.declared.data),
        "library": dict(library or {}),
        "injected": dict(injected),
    }
