"""What notebooks and their outputs say about themselves, as far as anybody reads it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from toolchain.model import EXPRESSIONS
from toolchain.outputs import limits, widget_states
from toolchain.outputs.kinds import SEEN
from toolchain.outputs.mimes import PLAIN, WIDGET
from toolchain.outputs.refusal import NotAdmittedError, Problem, Rules

LEXER = re.compile(r"[\w.+#-]{1,50}")
LENGTH = re.compile(r"\d{1,5}(?:\.\d{1,20})?\s*(?:px|em|ex|cm|mm|in|pt|pc|%)?")
READ = ("kernelspec", "language_info", "toolchain", "widgets", EXPRESSIONS)
"""What anybody reads in the metadata of a notebook."""
UNKNOWN_LANGUAGE = {"name": "python"}
"""What the code is coloured as if nobody says what it is."""
Report = Callable[[str, str], None]
"""Takes a mime type and a reason."""


def of_notebook(metadata: dict[str, Any], rules: Rules, problems: list[Problem]) -> dict[str, Any]:
    """Return a notebook's metadata without what is none."""
    checks: dict[str, Callable[[Any], None]] = {
        "language_info": _require_language,
        "kernelspec": _require_kernelspec,
        "widgets": lambda widgets: _require_widgets(widgets, rules),
    }
    shown = dict(metadata)
    for key, check in checks.items():
        try:
            if key in metadata:
                check(metadata[key])
        except NotAdmittedError as refused:
            del shown[key]
            shown |= {key: UNKNOWN_LANGUAGE} if key == "language_info" else {}
            if not refused.asked_for:
                problems.append(Problem(f"the {key} in its metadata {refused.reason}"))
    return shown


def _require_language(language: Any) -> None:
    if not isinstance(language, dict):
        raise NotAdmittedError("names no language")
    texts = [
        language.get("name"),
        *(language[key] for key in ("file_extension", "mimetype", "pygments_lexer") if key in language),
    ]
    lexers = [language.get("name"), language.get("pygments_lexer", "python")]
    mode = language.get("codemirror_mode", "")
    if (
        not all(isinstance(text, str) for text in texts)
        or not all(LEXER.fullmatch(str(lexer)) for lexer in lexers)
        or not isinstance(mode, str | dict)
    ):
        raise NotAdmittedError("names no language")
    limits.require_shallow(language, 10)


def _require_kernelspec(spec: Any) -> None:
    if not isinstance(spec, dict) or not all(
        isinstance(spec.get(key), str) for key in ("name", "display_name")
    ):
        raise NotAdmittedError("names no kernel")


def _require_widgets(widgets: Any, rules: Rules) -> None:
    if rules.static:
        raise NotAdmittedError("is run by scripts", asked_for=True)
    widget_states.read(widgets)


def of_output(metadata: dict[str, Any], report: Report) -> Iterator[tuple[str, Any]]:
    """Yield the metadata of an output as it may be: MyST-NB reads the sizes of pictures there."""
    for kind, about in metadata.items():
        try:
            _require_about(kind, about)
        except NotAdmittedError as refused:
            report(kind, refused.reason)
        else:
            yield kind, about


def _require_about(kind: str, about: Any) -> None:
    """Raise NotAdmittedError if what an output says about one of its forms is none."""
    limits.require_shallow(about)
    if kind not in SEEN - {PLAIN, WIDGET}:
        return
    if not isinstance(about, dict):
        raise NotAdmittedError("its metadata is no table")
    if not all(
        LENGTH.fullmatch(str(about[key])) for key in ("width", "height") if about.get(key) is not None
    ):
        raise NotAdmittedError("its metadata has a size that is none")
