"""Pictures that a cell of Markdown has in itself, so that its notebook shows them wherever it lies."""

import mimetypes
import posixpath
import re
from base64 import b64encode
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from toolchain.base.decoding import read_whole

IMAGE = re.compile(r"!\[(?P<alternative>(?:[^\]\\]|\\.)*)\]\((?P<address>[^):]+)\)")
Attachments = dict[str, dict[str, str]]
"""Contents, in base64 by their kind, by the names that a cell has for them."""


def attach(source: str, folder: str, files: Mapping[str, Path]) -> tuple[str, Attachments]:
    """Return a cell's text that shows its pictures from what is attached, and that.

    `folder` is its notebook's, and `files` are by their paths, both in the archive.
    """
    name_by_path: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, unquote(match["address"])))
        if path not in files:
            return match[0]
        attached = name_by_path.setdefault(path, _new_name(path, name_by_path.values()))
        return f"![{match['alternative']}](attachment:{quote(attached)})"

    text = IMAGE.sub(name, source)
    return text, {name: _content(path, read_whole(files[path]) or b"") for path, name in name_by_path.items()}


def _new_name(path: str, taken: Collection[str]) -> str:
    """Return the name of a file, with a number if another one in its cell has it."""
    stem, suffix = posixpath.splitext(posixpath.basename(path))
    numbers = ("", *(f"-{number}" for number in range(2, len(taken) + 2)))
    return next(name for number in numbers if (name := f"{stem}{number}{suffix}") not in taken)


def _content(path: str, content: bytes) -> dict[str, str]:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return {kind: b64encode(content).decode()}
