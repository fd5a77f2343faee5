"""Images that are not there become words that say so, and those of the site are those that its pages show, by the names that they get.

A reader sees such words, and LaTeX does not stop.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.util._files import FilenameUniqDict

from toolchain.base.decoding import read_loosely
from toolchain.sphinxext import shown


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


def _name_anew(_app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name images as if all pages had been read just now: one of two with equal names loses its number when the other is gone."""
    images, named = env.images, FilenameUniqDict()
    for page in sorted(env.found_docs):
        for path in shown.of(env, page).pictures:
            if path in images and page in images[path][0]:
                named.add_file(page, path)
    for path in sorted(images.keys() - named.keys()):
        for page in sorted(images[path][0]):
            named.add_file(page, path)
    env.images = named
    return []


def _remove_stale(app: Sphinx, error: Exception | None) -> None:
    """Remove from the site the images and downloads that no page has any more; Sphinx only ever adds.

    What an extension has drawn or put there itself is none of Sphinx's: it stays as long as a page names it.
    """
    if error is None and app.builder.name == StandaloneHTMLBuilder.name:
        for folder, files in (("_images", app.env.images), ("_downloads", app.env.dlfiles)):
            used = {Path(app.outdir, folder, name) for _, name in files.values()}
            others = {path for path in Path(app.outdir, folder).rglob("*") if path.is_file()} - used
            _remove_others(Path(app.outdir, folder), used | _named(others, Path(app.outdir)))


def _named(files: set[Path], site: Path) -> set[Path]:
    """Return those of some files that a page of the site names, with those beside them that begin with such a name."""
    unnamed, pages = set(files), site.rglob("*.html")
    while unnamed and (page := next(pages, None)):
        text = read_loosely(page)
        unnamed = {path for path in unnamed if path.name not in text}
    named = tuple(map(str, files - unnamed))
    return {path for path in files if str(path).startswith(named)}


def _remove_others(folder: Path, used: set[Path]) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path not in used:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def setup(app: Sphinx) -> None:
    """Look after Sphinx has collected a page's images."""
    app.connect("doctree-read", _replace_missing, priority=900)
    app.connect("env-updated", _name_anew)
    app.connect("build-finished", _remove_stale)
