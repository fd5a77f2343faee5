"""Checks of the site: every page, as a browser, a reader and a search see it."""

from toolchain.check.base import Check
from toolchain.check.html.cells import ErrorText, LostCell
from toolchain.check.html.frames import UntitledFrame
from toolchain.check.html.markup import RawMarkup
from toolchain.check.html.pages import DeadLink, MissingPage, UnnamedPage, UnsearchablePage
from toolchain.check.html.weight import HeavyPage, UndrawnIcon

CHECKS: tuple[Check, ...] = (
    DeadLink(),
    RawMarkup(),
    ErrorText(),
    LostCell(),
    MissingPage(),
    UnsearchablePage(),
    UnnamedPage(),
    UndrawnIcon(),
    HeavyPage(),
    UntitledFrame(),
)
