"""The line that a page's front matter needs, as it is to be written there."""

import json
import re
from collections.abc import Mapping
from typing import Any

from toolchain.base.decoding import read_loosely
from toolchain.execute.remedies.case import Case
from toolchain.sources.reading import EXECUTION_KEY

PLAIN = re.compile(r"[A-Za-z0-9_./-][A-Za-z0-9_ ./+-]*(?<! )")
"""What means itself in a list of YAML, without quotes."""
WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "~"})


def execution(case: Case, **values: Any) -> str:
    """Return what to write for `execution:` to declare these values, and where, with what else is declared there."""
    section = case.document.metadata.get(EXECUTION_KEY)
    if case.document.path.endswith(".ipynb"):
        changed = (dict(section) if isinstance(section, dict) else {}) | values
        return f'`"{EXECUTION_KEY}": {json.dumps(changed)}` in the metadata of {case.document.path}'
    line = line_of(EXECUTION_KEY, case)
    if isinstance(section, dict) and section and line:
        return f"`{_pairs(values)}` in `{EXECUTION_KEY}:` at line {line} of {case.document.path}"
    return f"`{EXECUTION_KEY}: {{{_pairs(values)}}}` in the front matter of {case.document.path}"


def data(case: Case, path: str) -> str:
    """Return what to write for the notebook to see one more file or folder, and where."""
    return execution(case, data=[*case.document.declared.data, path])


def line_of(key: str, case: Case) -> int:
    """Return the line of the page at which a key of its front matter stands, counted from 1; 0 if it has none."""
    text = read_loosely(case.project / case.document.path)
    return next(
        (number for number, line in enumerate(text.splitlines(), 1) if re.match(rf"{key}\s*:", line)), 0
    )


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {_value(value)}" for key, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    text = str(value)
    plain = PLAIN.fullmatch(text) and text.lower() not in WORDS and not re.fullmatch(r"[\d.eE+-]+", text)
    return text if not isinstance(value, str) or plain else json.dumps(text, ensure_ascii=False)
