"""What a terminal would make of a text.

In what pages show, colours are kept, in the forms that they know; whatever else a terminal obeys goes. In messages all of
it stays, to be seen.
"""

import re
import unicodedata

from toolchain.base.secrets import without_secrets

COMMANDS = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|(?=\x1b)|\Z)"  # a title, a link
    r"|\x1b[PX^_].*?(?:\x1b\\|\Z)"  # what a device is told
    r"|\x1b\[[0-?]*[ -/]*[@-ln-~]"  # a cursor that moves, a line that is erased
    r"|\x1b(?!\[)[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]",
    re.DOTALL,
)
COLOUR = re.compile(r"\x1b\[(?P<codes>[0-9;:]*)m")
UNFINISHED = re.compile(r"\x1b\[(?![0-9;]*m)")
OBEYED_OR_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters: controls, what turns or joins others or has no width, halves of others, ends of lines."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
SUSPICIOUS = re.compile(r"[^\n\t -~]")
TRUE_COLOUR = 5
"""Numbers that say one: 38 or 48, 2, red, green and blue."""
BRIGHT = {**{90 + n: (38, 5, 8 + n) for n in range(8)}, **{100 + n: (48, 5, 8 + n) for n in range(8)}}


def shown(text: str) -> str:
    """Return a text with nothing in it but characters and colours: all other commands to a terminal are removed."""
    if not CONTROL.search(text):
        return text
    return UNFINISHED.sub("", COLOUR.sub(_as_known_colour, COMMANDS.sub("", text.replace("\r\n", "\n"))))


def visible(text: str) -> str:
    """Return a text of lines in which every character can be seen: one that a terminal obeys is its escape.

    The escapes are those of JSON, so that what is JSON stays JSON.
    """
    if text.isascii() and text.isprintable():
        return text
    return SUSPICIOUS.sub(_escaped, text)


def name(text: str) -> str:
    """Return the name of something as `visible` does, in one line."""
    return visible(text).replace("\n", r"\n").replace("\t", r"\t")


def message(text: str) -> str:
    """Return a text as people may read it: visible, and with *** for what lets somebody in."""
    return visible(without_secrets(text))


def plain(text: str) -> str:
    """Return a text with nothing in it but characters: colours are removed, too."""
    return COLOUR.sub("", shown(text))


def _escaped(match: re.Match[str]) -> str:
    import json  # noqa: PLC0415 - slow to import, and mostly all is seen

    char = match[0]
    return json.dumps(char)[1:-1] if unicodedata.category(char) in OBEYED_OR_UNSEEN else char


def _as_known_colour(match: re.Match[str]) -> str:
    """Return the command for a colour with the colour as one of 256, which is what MyST-NB knows."""
    codes = [int(code or 0) for code in match["codes"].replace(":", ";").split(";")]
    converted: list[int] = []
    while codes:
        if codes[0] in (38, 48) and codes[1:2] == [2]:
            parts = codes[2:TRUE_COLOUR]
            if len(parts) == TRUE_COLOUR - 2:
                steps = [min(round(part / 255 * 5), 5) for part in parts]
                converted += [codes[0], 5, 16 + 36 * steps[0] + 6 * steps[1] + steps[2]]
            codes = codes[TRUE_COLOUR:]
        elif codes[0] in (38, 48):
            converted += codes[:3]
            codes = codes[3:]
        else:
            converted += BRIGHT.get(codes[0], (codes[0],))
            codes = codes[1:]
    return f"\x1b[{';'.join(map(str, converted))}m"
