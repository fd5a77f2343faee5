"""Tags: the structure of the printed book for those who do not see it, from the marks that LaTeX has left in the pages."""

from toolchain.forms.pdf.tagging.tag import forget_marks, tag

__all__ = ["forget_marks", "tag"]
