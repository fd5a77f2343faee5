"""Notebooks that are written in Markdown, as MyST-NB reads them, whatever characters are in them.

MyST-NB finds cells by lines that end with a newline, as Markdown has it, and takes them out of lines as Python's
`splitlines` has them, which end at a form feed or at Unicode's separators as well: after such a character prose would be lost
or be taken twice, and code would be another. What runs and what Sphinx shows are both read by these functions.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import yaml
from myst_nb.core import read as myst_nb_read
from nbformat import NotebookNode

ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"
"""What ends a line for Python, besides the newline, and not for Markdown."""
STAND_INS = range(0x10FFFD, 0xFFFFF, -1)
"""Characters for private use, the last of Unicode's: hardly any text has one."""
HEADER = re.compile(r"---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
KERNEL = re.compile(r"^kernelspec[ \t]*:", re.MULTILINE)
CELL = re.compile(r"^[ ]{0,3}(?:`{3,}|~{3,}|:{3,})[ ]*\{code-cell\}", re.MULTILINE)
_is_notebook = myst_nb_read.is_myst_markdown_notebook
_read = myst_nb_read.read_myst_markdown_notebook


def is_notebook(text: Any) -> bool:
    """Say whether a page of Markdown is a notebook: MyST-NB wants more in the header than its peers, which name a kernel."""
    if not isinstance(text, str):
        return bool(_is_notebook(text))
    return bool(_is_notebook(_shielded(text)[0])) or _names_kernel(text)


def _names_kernel(text: str) -> bool:
    """Say whether a page has a kernel in its header, and code cells."""
    header = HEADER.match(text)
    if not header or not KERNEL.search(header["yaml"]) or not CELL.search(text, header.end()):
        return False
    try:
        metadata = yaml.safe_load(header["yaml"])
    except (yaml.YAMLError, ValueError, RecursionError):
        return False
    return isinstance(metadata, dict) and isinstance(metadata.get("kernelspec"), dict)


def read(text: str, config: Any = None, *, path: str | Path | None = None, **options: Any) -> NotebookNode:
    """Return the notebook of a page; raises whatever MyST-NB does."""
    shielded, restore = _shielded(text)
    notebook = _read(shielded, config=config, path=path, **options)
    return notebook if shielded == text else nbformat.from_dict(_restored(notebook, restore))


def install() -> None:
    """Have MyST-NB itself read so; it offers no seam."""
    myst_nb_read.is_myst_markdown_notebook = is_notebook
    myst_nb_read.read_myst_markdown_notebook = read


def _shielded(text: str) -> tuple[str, Callable[[str], str]]:
    """Return a text with other characters for those that end lines, and what gives them back."""
    found = [end for end in ENDS if end in text]
    if not found:
        return text, str
    free = (chr(code) for code in STAND_INS if chr(code) not in text)
    stand_in_by_end = dict(zip(found, free, strict=False))
    there = str.maketrans(stand_in_by_end)
    back = str.maketrans({stand_in: end for end, stand_in in stand_in_by_end.items()})
    return text.translate(there), lambda shielded: shielded.translate(back)


def _restored(value: Any, restore: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return restore(value)
    if isinstance(value, dict):
        return {_restored(key, restore): _restored(content, restore) for key, content in value.items()}
    return [_restored(content, restore) for content in value] if isinstance(value, list) else value
