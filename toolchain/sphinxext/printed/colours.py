"""The colours of code on the screen: each stands out from the tint behind code, in grey too, where weight tells them apart."""

from pygments.style import Style
from pygments.token import Comment, Error, Generic, Keyword, Name, Number, Operator, String, Token

PURPLE, BLUE, GREEN, BROWN, RED, GREY = "#6b1f96", "#0b4f7d", "#0a5c2e", "#7a4300", "#9c1c33", "#505358"


class ScreenCode(Style):
    """Dark colours; what a copy in grey would lose is bold or slanted besides."""

    styles = {  # noqa: RUF012 - what Pygments looks for
        Token: "",
        Comment: f"italic {GREY}",
        Error: "",
        Keyword: f"bold {PURPLE}",
        Keyword.Constant: f"nobold {PURPLE}",
        Name.Builtin: BLUE,
        Name.Class: f"bold {BLUE}",
        Name.Decorator: f"italic {BROWN}",
        Name.Exception: f"bold {RED}",
        Name.Function: f"bold {BLUE}",
        Name.Tag: f"bold {BLUE}",
        Number: BROWN,
        Operator.Word: f"bold {PURPLE}",
        String: GREEN,
        String.Doc: f"italic {GREEN}",
        String.Escape: BROWN,
        String.Interpol: BROWN,
        Generic.Deleted: f"italic {RED}",
        Generic.Emph: "italic",
        Generic.Error: f"bold {RED}",
        Generic.Heading: f"bold {BLUE}",
        Generic.Inserted: GREEN,
        Generic.Output: "",
        Generic.Prompt: f"bold {GREY}",
        Generic.Strong: "bold",
        Generic.Subheading: f"bold {BLUE}",
        Generic.Traceback: "",
    }
