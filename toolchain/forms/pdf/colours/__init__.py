"""Colours of a finished PDF become greys or four inks, in the PDF itself: all else stays as LaTeX has written it."""

from toolchain.forms.pdf.colours.document import convert
from toolchain.forms.pdf.colours.targets import Cmyk, Grey, Target

__all__ = ["Cmyk", "Grey", "Target", "convert"]
