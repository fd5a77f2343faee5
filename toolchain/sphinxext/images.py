"""An image that is not there becomes words that say so: a reader sees them, and LaTeX does not stop."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder


def replace_by_words(image: nodes.image, text: str) -> None:
    """Let words stand in the place of an image that cannot be shown."""
    words = nodes.literal("", text)
    inline = isinstance(image.parent, nodes.TextElement)
    image.replace_self(words if inline else nodes.paragraph("", "", words))


def _replace_missing(app: Sphinx, doctree: nodes.document) -> None:
    """Replace images of which Sphinx has collected no file; it has warned of each."""
    for image in list(doctree.findall(nodes.image)):
        candidates: dict[str, str] = image.get("candidates", {})
        local = [path for kind, path in candidates.items() if kind != "?"]
        if candidates and local and not any(path in app.env.images for path in local):
            replace_by_words(image, f"missing image: {image['uri']}")


def _remove_stale(app: Sphinx, error: Exception | None) -> None:
    """Remove from the site the images that no page shows any more; Sphinx only ever adds."""
    folder = Path(app.outdir, "_images")
    if error is None and app.builder.name == StandaloneHTMLBuilder.name and folder.is_dir():
        shown = {name for _, name in app.env.images.values()}
        for path in folder.iterdir():
            if path.name not in shown:
                path.unlink()


def setup(app: Sphinx) -> None:
    """Look after Sphinx has collected a page's images."""
    app.connect("doctree-read", _replace_missing, priority=900)
    app.connect("build-finished", _remove_stale)
