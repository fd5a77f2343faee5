"""Notebooks to download: a zip per chapter and one for the book, unpacked to run as they are."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from toolchain.base.decoding import read_json
from toolchain.base.files import sha256_lines, write_atomically
from toolchain.environment import kernelspecs
from toolchain.forms.copies import Content, mirror
from toolchain.forms.html.form import DOWNLOADS
from toolchain.forms.notebooks.archive_layout import (
    ALONE,
    names_of,
    pages_by_archive,
    would_have,
    write_zip,
)
from toolchain.forms.notebooks.page_notebook import Material, PageNotebook
from toolchain.model import Book, DeviceClass, KernelIdentity, notebook_text
from toolchain.project.settings import Settings

LICENCE = "LICENSE"
MEMORY = "archives.json"
"""File below _build: what the archives have in them."""
BRANCH = "branch"
"""Folder below _build: what a branch for services holds."""
README = """\
# {title}

Notebooks for Python {python} on {platforms}. To start, in this folder:

    python{python} -m venv .venv && .venv/bin/pip install -r requirements.txt notebook
{kernels}    .venv/bin/jupyter notebook {first}
{gpu}"""
KERNEL = "    .venv/bin/jupyter kernelspec install --sys-prefix {folder}\n"
GPU = "\nOn a host with a GPU install `requirements-gpu.txt` in place of `requirements.txt`.\n"


class _Written(Struct, frozen=True):
    """An archive as it was written last."""

    contents: str
    """Their digest, with what has made it of them."""
    sha256: str
    """Of the archive."""


def write(settings: Settings, book: Book, material: Material) -> list[Path]:
    """Write all bundles and return their paths: chapters in order, then the book.

    Each page's notebook is also written alone, for the site, and the whole as a tree for the branch that services open.
    Raises SourceError if two pages would be one notebook.
    """
    folder = settings.build / "notebooks"
    pages = {
        page.name: page
        for page in book.documents
        if page.bundle and notebook_text.is_there(material.folder, page.name)
    }
    names = names_of(pages.values())
    page_entries = {name: PageNotebook(pages[name], names, settings, material) for name in pages}
    written, memory = [], settings.build / MEMORY
    known = read_json(memory, dict[str, _Written]) or {}
    for archive, page_names in pages_by_archive(pages.values(), settings.book.slug).items():
        first = names[page_names[0]]
        brought = {page.kernel_name for name in page_names if (page := pages[name]).notebook}
        entries = _common(settings, material, first, sorted(brought & material.kernelspecs.keys()))
        for name in page_names:
            entries |= page_entries[name].within(frozenset(page_names))
        path = folder / f"{archive}.zip"
        known[path.name] = _archive(
            path,
            {f"{archive}/{name}": entry for name, entry in entries.items()},
            known.get(path.name),
            material,
        )
        written.append(path)
    write_atomically(memory, msgspec.json.encode({path.name: known[path.name] for path in written}))
    for stale in set(folder.glob("*.zip")) - set(written):
        stale.unlink()
    alone = {f"{name}.ipynb": page.alone() for name, page in page_entries.items()}
    mirror(settings.build / ALONE, alone, material.digests)
    # A service that finds environment.yml takes no notice of requirements.txt, and so of the library.
    tree = {name: content for name, content in entries.items() if name != "environment.yml"}
    python = settings.toml.kernel.python
    mirror(settings.build / BRANCH, tree | {"runtime.txt": f"python-{python}\n".encode()}, material.digests)
    return written


def _archive(
    path: Path, entries: Mapping[str, Content], last: _Written | None, material: Material
) -> _Written:
    """Write an archive, unless it is there with the same in it."""
    if last and last.sha256 == material.digests.of_any(path):
        contents = would_have(entries, material.digests)
        if last.contents == sha256_lines((material.tools, contents)):
            return last
    contents = write_zip(path, entries)
    return _Written(sha256_lines((material.tools, contents)), material.digests.of(path))


def for_site(settings: Settings) -> dict[str, Path]:
    """Return the files that the site offers to download, by their paths in it."""
    alone = settings.build / ALONE
    files = {path.relative_to(alone).as_posix(): path for path in alone.rglob("*.ipynb")}
    files |= {path.name: path for path in (settings.build / "notebooks").glob("*.zip")}
    return {f"{DOWNLOADS}/{name}": path for name, path in sorted(files.items())}


def _common(settings: Settings, material: Material, first: str, brought: list[str]) -> dict[str, Content]:
    """Return what every bundle has: how to start, the pins, the licence, the library, the kernels that it brings."""
    kernel = settings.toml.kernel
    cpu = material.kernels.get(DeviceClass.CPU)
    gpu = material.kernels.get(DeviceClass.GPU)
    readme = README.format(
        title=settings.book.title,
        python=cpu.python if cpu else kernel.python,
        platforms=", ".join(kernel.platforms) or "any platform",
        first=shlex.quote(first),
        kernels="".join(
            KERNEL.format(folder=shlex.quote(f"{kernelspecs.FOLDER}/{name}")) for name in brought
        ),
        gpu=GPU if gpu else "",
    )
    entries: dict[str, Content] = {
        "README.md": readme.encode(),
        "requirements.txt": _requirements(cpu, material.wheel),
    }
    for name in brought:
        entries[f"{kernelspecs.FOLDER}/{name}/{kernelspecs.FILE}"] = material.kernelspecs[name].encode()
    if gpu:
        entries["requirements-gpu.txt"] = _requirements(gpu, material.wheel)
    if material.wheel:
        entries[material.wheel.name] = material.wheel
    conda = settings.kernel_folder / "environment.yml"
    others = (("environment.yml", conda), (LICENCE, settings.project / LICENCE))
    return entries | {name: path for name, path in others if path.is_file()}


def _requirements(kernel: KernelIdentity | None, wheel: Path | None) -> bytes:
    # Where notebooks run in the toolchain's own environment: it is on no index, and no notebook needs it.
    pins = [pin for pin in kernel.distributions if not pin.startswith("toolchain==")] if kernel else []
    return "\n".join((*pins, *([f"./{wheel.name}"] if wheel else []), "")).encode()
