"""Tags: the structure of the printed book for those who do not see it, from the marks that LaTeX has left in the pages."""

from toolchain.forms.pdf.tagging.part import Structure
from toolchain.forms.pdf.tagging.tag import forget_marks, say_title, tag

__all__ = ["Structure", "forget_marks", "say_title", "tag"]
