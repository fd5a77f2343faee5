"""What TeX and HTML have and the converter has not, as elements of MathML, or of HTML within them."""

import re
from collections.abc import Callable
from html import escape
from typing import NamedTuple

LENGTH = re.compile(
    r"\s*(?P<sign>[-+]?)\s*(?P<number>\d*\.?\d+)\s*(?P<unit>em|ex|pt|mu|px|cm|mm|in|pc|bp)\s*"
)
EMS = {
    "em": 1.0,
    "ex": 0.43,
    "pt": 0.1,
    "mu": 1 / 18,
    "px": 1 / 16,
    "cm": 2.845,
    "mm": 0.2845,
    "in": 7.227,
    "pc": 1.2,
    "bp": 0.1004,
}
"""How many ems of a text of ten points a unit is."""
FOLLOWED = re.compile(
    r"(?:(?P<away>https?://|mailto:)|#|\.{0,2}/|[\w.%-]+(?:/|\.x?html))[^\s\"'<>\\]*", re.IGNORECASE
)
NAMES = re.compile(r"[\w -]*")
PLAIN_STYLE = re.compile(r"[\w\s#.,;:%()-]*")
COLOURS = {"mathcolor": "color", "mathbackground": "background-color"}
OF_COLOUR = re.compile(r"(mathcolor|mathbackground)\s*=\s*[\"'”]?([^,\"'”]*)")
RELATION = re.compile(r"<mo[^>]*>([^<>])</mo>")
ENCLOSED = frozenset(
    """
    actuarial bottom box circle downdiagonalstrike horizontalstrike left longdiv madruwb phasorangle radical right roundedbox top
    updiagonalarrow updiagonalstrike verticalstrike
    """.split()  # noqa: SIM905 - read as words
)


class Element(NamedTuple):
    """A command that becomes an element."""

    arguments: str
    """A letter for each of its arguments: `f` for a formula, which is MathML then, `w` for words, `t` for text as it is, `o` for what may be in brackets."""
    make: Callable[..., str | None]
    """Makes it of what is said in brackets, and of the arguments; nothing if that cannot be."""
    optional: bool = False
    """Whether there may be brackets before the arguments."""


def escaped(text: str) -> str:
    """Return text as it stands in an element."""
    return escape(text, quote=True)


def sized(made: str, hundredths: int) -> str:
    """Return a formula in another size."""
    return f'<mstyle style="font-size:{hundredths}%">{made}</mstyle>'


def raised(made: str, length: re.Match[str], *, down: bool) -> str:
    """Return a formula above the line, or below it."""
    ems = _ems(length) * (-1 if down else 1)
    return f'<mpadded voffset="{ems:g}em"><mrow>{made}</mrow></mpadded>'


def with_line_below(table: str) -> str:
    """Return a table with a line below it."""
    start, end, rest = table.partition(">")
    below = "border-bottom:0.05em solid currentcolor;"
    styled = start.replace(' style="', f' style="{below}', 1)
    return (styled if styled != start else f'{start} style="{below}"') + end + rest


def _ems(length: re.Match[str]) -> float:
    return round(float(length["number"]) * EMS[length["unit"]] * (-1 if length["sign"] == "-" else 1), 4)


def _row(attributes: str, made: str) -> str:
    return f"<mrow {attributes}>{made}</mrow>"


def _beside(side: str) -> Callable[..., str]:
    """Return what sets a formula that takes no room, beside its place: on the right, or where the style sheet moves it."""
    return lambda _said, made: f'<mpadded width="0" class="math-{side}lap"><mrow>{made}</mrow></mpadded>'


def _smashed(said: str, made: str) -> str:
    without = {"t": 'height="0"', "b": 'depth="0"'}.get(said.strip(), 'height="0" depth="0"')
    return f"<mpadded {without}>{made}</mpadded>"


def _linked(_said: str, address: str, made: str) -> str | None:
    address = address.strip().replace(r"\#", "#").replace(r"\%", "%").replace(r"\_", "_")
    leads = FOLLOWED.fullmatch(address)
    kind = "external" if leads and leads["away"] else "internal"
    return (
        f'<mtext><a class="reference {kind}" href="{escaped(address)}"><math>{made}</math></a></mtext>'
        if leads
        else None
    )


def _hinted(_said: str, made: str, hint: str) -> str:
    return f'<mtext><span title="{escaped(hint)}"><math>{made}</math></span></mtext>'


def _attribute(name: str, admitted: re.Pattern[str]) -> Callable[..., str | None]:
    return lambda _said, value, made: (
        _row(f'{name}="{value.strip()}"', made) if admitted.fullmatch(value) else None
    )


def _style(_said: str, value: str, made: str) -> str | None:
    return (
        _row(f'style="{value.strip()}"', made)
        if PLAIN_STYLE.fullmatch(value) and "url" not in value.lower()
        else None
    )


def _boxed(_said: str, colour: str, made: str) -> str | None:
    return _style("", f"background-color: {colour}; padding: 0.2em", made)


def _framed(_said: str, frame: str, colour: str, made: str) -> str | None:
    return _style("", f"background-color: {colour}; border: 1px solid {frame}; padding: 0.2em", made)


def _bbox(said: str, made: str) -> str | None:
    styles = []
    for part in (part.strip() for part in said.split(",")):
        if part.startswith("border:") or ":" in part:
            styles.append(part)
        elif LENGTH.fullmatch(part):
            styles.append(f"padding: {part}")
        elif part:
            styles.append(f"background-color: {part}")
    return _style("", "; ".join(styles), made)


def _enclosed(_said: str, notations: str, attributes: str, made: str) -> str | None:
    names = notations.replace(",", " ").split()
    return enclosed(" ".join(names), made, attributes) if names and ENCLOSED.issuperset(names) else None


def enclosed(notations: str, made: str, attributes: str = "") -> str | None:
    """Return a formula that lines are drawn around or across: by the site's style sheet, since browsers know no element for it.

    Of the attributes that MathJax takes for it those of colour have a meaning here.
    """
    found = ((COLOURS[match[1]], match[2].strip()) for match in OF_COLOUR.finditer(attributes))
    style = "; ".join(f"{name}: {value}" for name, value in found)
    if not PLAIN_STYLE.fullmatch(style) or "url" in style.lower():
        return None
    attribute = f' style="{style}"' if style else ""
    return f'<mrow class="math-enclosed {notations}"{attribute}>{made}</mrow>'


def _struck(command: str) -> str:
    """Return a relation that is struck out, whatever it is."""
    relation = RELATION.search(command)
    if relation is None:
        return str(enclosed("updiagonalstrike", command))
    return f"{command[: relation.end(1)]}\u0338{command[relation.end(1) :]}"


def _rule(said: str, width: str, height: str) -> str | None:
    lengths = [LENGTH.fullmatch(part) for part in (width, height)]
    up = LENGTH.fullmatch(said)
    if not lengths[0] or not lengths[1]:
        return None
    wide, high = _ems(lengths[0]), _ems(lengths[1])
    rule = f'<mspace width="{wide:g}em" height="{high:g}em" style="background:currentcolor"/>'
    return raised(rule, up, down=False) if up else rule


def _space(_said: str, width: str, height: str, depth: str, *, drawn: bool = False) -> str | None:
    lengths = [LENGTH.fullmatch(part) for part in (width, height, depth)]
    if None in lengths:
        return None
    wide, high, deep = (_ems(length) for length in lengths if length)
    style = ' style="background:currentcolor"' if drawn else ""
    return f'<mspace width="{wide:g}em" height="{high:g}em" depth="{deep:g}em"{style}/>'


def _token(_said: str, kind: str, attributes: str, text: str) -> str | None:
    is_plain = kind in ("mi", "mn", "mo", "mtext") and not attributes
    return f"<{kind}>{escaped(text)}</{kind}>" if is_plain else None


ELEMENTS = {
    **dict.fromkeys(("rlap", "mathrlap", "crampedrlap"), Element("f", _beside("r"))),
    **dict.fromkeys(("llap", "mathllap", "crampedllap"), Element("f", _beside("l"))),
    **dict.fromkeys(("clap", "mathclap", "crampedclap"), Element("f", _beside("c"))),
    **{f"text{side}lap": Element("w", _beside(side)) for side in "rlc"},
    "smash": Element("f", _smashed, optional=True),
    "href": Element("tf", _linked),
    **dict.fromkeys(("mathtip", "texttip"), Element("ft", _hinted)),
    "class": Element("tf", _attribute("class", NAMES)),
    "cssId": Element("tf", _attribute("id", NAMES)),
    "style": Element("tf", _style),
    "colorbox": Element("tw", _boxed),
    "fcolorbox": Element("ttw", _framed),
    "bbox": Element("f", _bbox, optional=True),
    "enclose": Element("tof", _enclosed),
    "cancelto": Element(
        "ff",
        lambda said, to, made: f"<msup>{enclosed('updiagonalstrike', made, said)}<mrow>{to}</mrow></msup>",
        optional=True,
    ),
    **{
        name: Element(
            "f", lambda said, made, names=names: enclosed(names, made, said), optional=name.endswith("cancel")
        )
        for name, names in {
            "boxed": "box",
            "cancel": "updiagonalstrike",
            "bcancel": "downdiagonalstrike",
            "xcancel": "updiagonalstrike downdiagonalstrike",
        }.items()
    },
    **dict.fromkeys(("fbox", "framebox"), Element("w", lambda _said, made: enclosed("box", made))),
    "overline": Element("f", lambda _said, made: _row('class="math-over"', made)),
    "underline": Element("f", lambda _said, made: _row('class="math-under"', made)),
    "Aboxed": Element("f", lambda _said, made: enclosed("box", made)),
    **dict.fromkeys(
        ("ketbra", "Ketbra"),
        Element("ff", lambda _said, ket, bra: f"<mo>|</mo>{ket}<mo>⟩</mo><mo>⟨</mo>{bra}<mo>|</mo>"),
    ),
    "mathmakebox": Element("f", lambda _said, made: made),
    "centernot": Element("f", lambda _said, made: _struck(made)),
    "xmathstrut": Element(
        "t", lambda _said, _by: '<mpadded width="0"><mphantom><mo>(</mo></mphantom></mpadded>'
    ),
    "overunderset": Element(
        "fff",
        lambda _said, over, under, made: (
            f"<munderover><mrow>{made}</mrow><mrow>{under}</mrow><mrow>{over}</mrow></munderover>"
        ),
    ),
    "stackbin": Element(
        "ff", lambda _said, over, made: f"<mover><mrow>{made}</mrow><mrow>{over}</mrow></mover>"
    ),
    **dict.fromkeys(
        ("splitfrac", "splitdfrac"),
        Element(
            "ff",
            lambda _said, first, second: (
                f'<mfrac linethickness="0"><mrow>{first}<mspace width="1em"/></mrow>'
                f'<mrow><mspace width="1em"/>{second}</mrow></mfrac>'
            ),
        ),
    ),
    "rule": Element("tt", _rule, optional=True),
    "Rule": Element("ttt", lambda said, *lengths: _space(said, *lengths, drawn=True)),
    "Space": Element("ttt", _space),
    "mmlToken": Element("tot", _token),
    "skew": Element(
        "tff", lambda _said, _by, accent, made: f'<mover accent="true"><mrow>{made}</mrow>{accent}</mover>'
    ),
}
"""By the names of the commands."""
