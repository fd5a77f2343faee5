"""Links in the Markdown of notebooks, which lead elsewhere, or nowhere, once it is known where a notebook will lie."""

import re

from toolchain.model import notebook_text

# Limits keep what these take from growing with the square of a text.
WORDS = (
    r"(?P<words>(?:\\.|(?>(?P<tick>`+)[^\n]{0,999}?(?P=tick))|(?>!?\[(?:\\.|[^\[\]\\]){0,999}+\](?:\([^)\s]{0,999}+\))?)"
    r"|[^\[\]\\`]){1,999}+)"
)
"""The words of a link, in which there may be code, pictures and brackets."""
LINK = re.compile(
    rf"(?:\[{WORDS})?\]\({re.escape(notebook_text.PAGE)}(?P<page>[^)#]*)(?P<fragment>#[^)]*)?\)"
)
FILE = re.compile(rf"(?:\[{WORDS})?\]\((?P<address>[^):#]{{1,4000}})\)")


def rewritten(match: re.Match[str], address: str) -> str:
    """Return a link that leads to an address; where there is none its words have to do."""
    words = match["words"]
    if words is None:
        return f"]({address or '#'})"
    return f"[{words}]({address})" if address else words
