"""What lets somebody in is kept out of everything that people read: messages, logs, reports.

Addresses are known by their form. What has no form, such as the value of a variable, is named once, with `hide`; from
then on it is *** wherever it turns up, also in the words of a library that knows nothing of this.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
SHORTEST = 6
"""Characters: what is shorter would be found in ordinary words."""
ADDRESS = re.compile(r"(?<=://)[^\s\"'<>`\\]+")
LAST_OF_USER = re.compile(r"[^/?#]*@")
PORT = re.compile(r"\d*(?:[/?#].*)?", re.DOTALL)
IN_QUERY = re.compile(
    r"""(?P<name>[?&;](?:[\w.-]{0,40}[-_.])?(?:(?:access|auth|id|refresh|sas|session)?[-_]?token|sig|signature
    |(?:(?:aws)?access|api|private)?[-_]?key(?:id)?|googleaccessid|secret|pass(?:word|wd)?|pwd|credentials?|jwt|auth)=)
    [^&;\s\"'<>`\\\#)]+""",
    re.IGNORECASE | re.VERBOSE,
)
HEADER = re.compile(
    r"(?P<name>\b(?:authorization|x-[\w-]{0,40}token|set-cookie|cookie)[\"']?\s*[:=]\s*[\"']?)[^\"'\s\\][^\"'\n\\]*",
    re.IGNORECASE,
)
LETS_IN = (
    "(?:[A-Z0-9_]{0,40}_)?(?:[A-Z0-9]{0,9}PASS(?:WORD|WD|PHRASE)|SSHPASS|SECRET|TOKEN|CREDENTIALS?|API_?KEY|ACCESS_KEY)"
    "(?:_[A-Z0-9_]{0,40})?"
)
"""Names of variables whose values let somebody in."""
VARIABLE = re.compile(rf"(?P<name>\b{LETS_IN}=[\"']?)[^\s\"'\\;]+")
PRIVATE_KEY = re.compile(r"(?P<name>-----BEGIN [A-Z ]*PRIVATE KEY-----)(?:[\w+/=:,.\s-]|\\[nr])*")

_hidden: frozenset[str] = frozenset()
_any_hidden: re.Pattern[str] | None = None


def hide(*values: str) -> None:
    """Have values be *** from now on in all that is shown by this process, however an address or a header writes them."""
    from urllib.parse import quote, unquote  # noqa: PLC0415 - slow to import, and mostly nothing is hidden

    global _hidden, _any_hidden  # noqa: PLW0603 - what is secret is so for all of the process
    spellings = {
        spelling
        for value in values
        for spelling in (value, unquote(value), quote(value), quote(value, safe=""))
        if len(spelling) >= SHORTEST
    }
    _hidden |= spellings
    longest_first = sorted(_hidden, key=len, reverse=True)
    _any_hidden = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def hide_variables(variables: Mapping[str, str]) -> None:
    """Hide the values of those environment variables that say by their names, or by their form, that they let in."""
    for name, value in variables.items():
        if "://" in value:
            hide_address(value)
        elif re.fullmatch(LETS_IN, name.upper()):
            _hide_unless_file(value)


def hide_options(options: Mapping[str, Any]) -> None:
    """Hide those values of a service's options that let in: headers, and what is called a key, a token or a password."""
    for name, value in options.items():
        if isinstance(value, dict):
            hide_options(value)
        elif isinstance(value, str) and re.fullmatch(rf"(?:.*_)?KEY|{LETS_IN}", name.upper()):
            _hide_unless_file(value)


def hide_address(url: str) -> None:
    """Hide what stands in an address beside host and path."""
    from base64 import b64encode  # noqa: PLC0415 - as above
    from urllib.parse import unquote  # noqa: PLC0415 - as above

    _, separator, rest = url.partition("://")
    end = _end_of_user(rest, known=True) if separator else 0
    user, _, password = rest[:end].removesuffix("@").partition(":")
    if user:
        basic = f"{unquote(user)}:{unquote(password)}".encode(errors="replace")
        hide(b64encode(basic).decode())
    if password:
        hide(password)
    elif url.lower().startswith("http"):  # elsewhere, as in sftp://, a name alone is nobody's secret
        hide(user)
    query = rest[end:].partition("?")[2]
    hide(*(pair.partition("=")[2] for pair in query.split("&")))


def shown_address(url: str) -> str:
    """Return an address as people may read it: host and path, with *** for what else there is."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    end = _end_of_user(rest, known=True)
    place, query, _ = rest[end:].partition("?")
    user = f"{MASK}@" if end else ""
    return f"{scheme}://{user}{place.partition('#')[0]}" + (f"?{MASK}" if query else "")


def without_secrets(text: str) -> str:
    """Return a text with *** for what lets somebody in."""
    if _any_hidden:
        text = _any_hidden.sub(MASK, text)
    if "://" in text:
        text = ADDRESS.sub(_without_user, text)
    for pattern in (IN_QUERY, VARIABLE) if "=" in text else ():
        text = pattern.sub(rf"\g<name>{MASK}", text)
    for mark, pattern in ((":", HEADER), ("=", HEADER), ("-----BEGIN ", PRIVATE_KEY)):
        if mark in text:
            text = pattern.sub(rf"\g<name>{MASK}", text)
    return text


def _hide_unless_file(value: str) -> None:
    """Hide a value, unless it names the file that has the secret: people have to read which."""
    if not os.path.exists(value):  # noqa: PTH110 - it may be nothing that a path can be
        hide(value)


def _without_user(address: re.Match[str]) -> str:
    end = _end_of_user(address[0], known=False)
    return f"{MASK}@{address[0][end:]}" if end else address[0]


def _end_of_user(rest: str, *, known: bool) -> int:
    """Return where in an address, after its ://, the part ends that says who we are; 0 if it has none.

    People put passwords there as they are, with /, ? and @ in them. So that part reaches to the last @ if a password
    begins where a port would be. Whether `user:12/3@host` has one, or a name with a slash, nothing tells: in an address
    that is `known` to lead to a place of ours both are taken for it, in others for a path.
    """
    regular = LAST_OF_USER.match(rest)
    if regular and ":" not in regular[0]:
        return regular.end()
    last_in_path = rest.partition("?")[0].rfind("@") + 1
    user, colon, password = rest.partition(":")
    if colon and not user.startswith("[") and "/" not in user and not PORT.fullmatch(password):
        return last_in_path or rest.rfind("@") + 1
    return last_in_path if regular or (known and not rest.startswith("/")) else 0
