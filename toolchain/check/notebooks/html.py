"""The check of HTML in the text: a notebook has its words."""

from toolchain.check.typed_html import REMEDIES, HtmlWithoutWords


class HtmlLeftOut(HtmlWithoutWords):
    """HTML in the text that no notebook may have."""

    id = "NB006"
    title = "HTML in the text is not in the notebook as the site shows it"
    needs = frozenset({"notebooks"})
    follows = frozenset({"HTML001", "PDF008"})
    warning = "sphinx.toolchain.html_in_notebooks"
    explanation = (
        "Jupyter shows no frames, films, drawings and forms that stand in the text, and a notebook that is downloaded has "
        "no files of the site. A frame or a film whose address begins with `https:` becomes a link to it; of any other, "
        f"and of a drawing or a form, nothing is left. {REMEDIES}"
    )
