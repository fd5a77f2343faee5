"""The front matter of a page of Markdown, changed key by key."""

from typing import Any

import yaml

from toolchain.base.errors import SourceError
from toolchain.importing.text import Text
from toolchain.sources.markdown_notebooks import HEADER

MADE_NOTEBOOK = "a page with code cells names its kernel"
KERNEL = "kernelspec:\n  name: python3\n"
FORMAT = "file_format: mystnb\n"


class Front:
    """What stands between the two `---` at the head of a page, or nothing."""

    def __init__(self, text: Text) -> None:
        """Read it. Raises SourceError, with the line, if it is no YAML."""
        self._text = text
        header = HEADER.match(text.source)
        self.values: dict[str, Any] = {}
        self._lines: dict[str, tuple[int, int]] = {}
        self.end = header.end() if header else 0
        """Where the page itself begins, after an empty line."""
        if header and text.source[self.end : self.end + 1] == "\n":
            self.end += 1
        self._added: dict[str, list[str]] = {}
        self._inner_end = header.end("yaml") + 1 if header else -1
        if header:
            self._read(header["yaml"])

    def _read(self, source: str) -> None:
        name = self._text.path
        try:
            node = yaml.compose(source, yaml.SafeLoader)
            values = yaml.safe_load(source)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 2 if mark else 1
            raise SourceError(
                f"{name}:{line}: front matter is no YAML: {getattr(error, 'problem', error)}",
                remedy="Correct the line named.",
            ) from error
        except (ValueError, RecursionError) as error:
            raise SourceError(f"{name}:1: front matter has a value that cannot be read: {error}") from error
        if values is None:
            return
        if not isinstance(values, dict) or not isinstance(node, yaml.MappingNode):
            raise SourceError(f"{name}:2: front matter is no list of keys and values")
        self.values = values
        keys = [str(key.value) for key, _ in node.value]
        starts = [key.start_mark.line + 1 for key, _ in node.value]
        ends = [*starts[1:], source.count("\n") + 2]
        self._lines = dict(zip(keys, zip(starts, ends, strict=True), strict=True))

    def offset(self, key: str) -> int:
        """Return where a key stands."""
        return self._text.starts[self._lines[key][0]] if key in self._lines else 0

    def drop(self, key: str, kind: str) -> None:
        """Take a key out, with its value."""
        first, last = self._lines[key]
        self._text.replace(self._text.starts[first], self._text.starts[last], "", kind)

    def add(self, lines: str, kind: str) -> None:
        """Put lines at its end; where there is no front matter, it is made."""
        self._added.setdefault(kind, []).append(lines)

    def close(self) -> None:
        """Write what was added into the text: to be called once, when nothing more comes."""
        if self._inner_end >= 0:
            for kind, lines in self._added.items():
                self._text.insert(self._inner_end, "".join(lines), kind)
        elif self._added:
            whole = "".join(line for lines in self._added.values() for line in lines)
            self._text.insert(0, f"---\n{whole}---\n\n", "; ".join(self._added), rank=-2)


def make_notebook(front: Front) -> None:
    """Have the code of a page run, which is a notebook by its front matter."""
    needed = ("" if "file_format" in front.values or "jupytext" in front.values else FORMAT) + (
        "" if "kernelspec" in front.values else KERNEL
    )
    if needed:
        front.add(needed, MADE_NOTEBOOK)
