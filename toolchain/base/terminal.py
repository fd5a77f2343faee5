"""What a terminal would make of a text: colours are kept, in the forms that pages know; whatever else it obeys goes."""

import re

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
TRUE_COLOUR = 5
"""Numbers that say one: 38 or 48, 2, red, green and blue."""
BRIGHT = {**{90 + n: (38, 5, 8 + n) for n in range(8)}, **{100 + n: (48, 5, 8 + n) for n in range(8)}}


def shown(text: str) -> str:
    """Return a text with nothing in it but characters and colours: all other commands to a terminal are removed."""
    if not any((ord(char) < ord(" ") and char not in "\n\t") or "\x7f" <= char <= "\x9f" for char in text):
        return text
    return UNFINISHED.sub("", COLOUR.sub(_as_known_colour, COMMANDS.sub("", text.replace("\r\n", "\n"))))


def plain(text: str) -> str:
    """Return a text with nothing in it but characters: colours are removed, too."""
    return COLOUR.sub("", shown(text))


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
