"""Tiny projects: copies of those below tests/projects, and some that are written on the spot."""

import shutil
from pathlib import Path

from support.places import TESTS


def copy_project(name: str, folder: Path) -> Path:
    """Copy tests/projects/NAME, and the kernel's lock that all of them share, to the same places below a folder."""
    project = folder / "projects" / name
    shutil.copytree(TESTS / "projects" / name, project, ignore=shutil.ignore_patterns("_build"))
    shutil.copytree(TESTS / "kernel", folder / "kernel", dirs_exist_ok=True)
    return project


def write_notebooks(folder: Path, config: str, notebooks: dict[str, tuple[str, str]]) -> Path:
    """Write a project: front matter and code by notebook; `config` goes on in book.toml."""
    for name in ("book", "_config"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(TESTS / "kernel", folder / "_config/kernel")
    shutil.copyfile(TESTS / "kernel/cpu.lock", folder / "_config/kernel/gpu.lock")
    (folder / "_config/book.toml").write_text(
        f'[book]\ntitle = "Notebooks"\nslug = "notebooks"\nauthors = ["Its author"]\n{config}'
    )
    listed = "\n".join(notebooks)
    (folder / "book/index.md").write_text(f"# Notebooks\n\n```{{toctree}}\n{listed}\n```\n")
    for name, (front, code) in notebooks.items():
        (folder / f"book/{name}.md").write_text(
            f"---\nfile_format: mystnb\nkernelspec:\n  name: python3\n{front}---\n\n# {name}\n\n"
            f"```{{code-cell}} ipython3\n{code.replace('{name}', name)}\n```\n"
        )
    return folder
