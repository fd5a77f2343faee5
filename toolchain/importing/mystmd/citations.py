"""Citations as pandoc writes them: `@key` in a sentence, `[@key; see @other, p. 3]` in brackets."""

import re

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from toolchain.importing.markdown import Rule

WORDS = "words"
"""In the place of a role: what a label names has neither a number nor a title, but maybe words, which follow."""
KEY = r"[A-Za-z0-9_](?:[\w:.#$%&+?~/-]*\w)?"
ALONE = re.compile(rf"@(?P<key>{KEY})")
GROUP = re.compile(r"\[(?P<inner>[^\[\]@`]*@[^\[\]`]+)\](?![(\[:])")
APART = re.compile(r";|,\s*(?=-?@)")
PART = re.compile(rf"(?P<before>[^@]*?)\s*(?P<hidden>-?)@(?P<key>{KEY})(?:,?\s*(?P<after>.*))?", re.DOTALL)


def _alone(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as markdown-it calls it
    match = ALONE.match(state.src, state.pos)
    if match is None or re.match(r"[\w`]", state.src[state.pos - 1 : state.pos] if state.pos else ""):
        return False
    if not silent:
        state.push("myst_key", "", 0).content = match["key"]
    state.pos = match.end()
    return True


def _group(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    match = GROUP.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.push("myst_keys", "", 0).content = match["inner"]
    state.pos = match.end()
    return True


RULES: dict[str, Rule] = {"myst_key": _alone, "myst_keys": _group}


def reference(role: str, label: str, title: str = "") -> str:
    """Return a reference; to something that has neither a number nor a title by its label."""
    role, _, words = role.partition(" ")
    if role == WORDS:
        role, title = "ref", title or words or label
    return f"{{{role}}}`{title} <{label}>`" if title else f"{{{role}}}`{label}`"


def written(token: Token, works: set[str], labels: dict[str, str]) -> tuple[str, list[str]]:
    """Return a citation as a role, empty if it stays, and the keys that nobody knows."""
    if token.type == "myst_key":
        key = token.content
        if key in works:
            return f"{{cite:t}}`{key}`", []
        role = labels.get(key.lower(), "")
        return (reference(role, key), []) if role else ("", [key])
    parts = [PART.fullmatch(part.strip()) for part in APART.split(token.content)]
    keys = [part["key"] for part in parts if part]
    if len(keys) < len(parts) or any(key not in works for key in keys):
        return "", [key for key in keys if key not in works]
    role = "cite:year" if len(parts) == 1 and parts[0] and parts[0]["hidden"] else "cite:p"
    return f"{{{role}}}`{','.join(_part(part) for part in parts if part)}`", []


def _part(part: re.Match[str]) -> str:
    before = f"{{{before}}}" if (before := " ".join(part["before"].split())) else ""
    after = f"{{{after}}}" if (after := " ".join((part["after"] or "").split())) else ""
    return f"{before}{part['key']}{after}"
