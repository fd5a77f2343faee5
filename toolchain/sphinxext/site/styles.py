"""The style sheet of the themes, without rules that can say nothing of a page.

pydata-sphinx-theme brings all of Bootstrap and Font Awesome. Kept is what is said of classes that occur in the sources of what writes
pages: templates, writers, scripts. A page that has another of the classes on it, in HTML of its author or from an extension, loads
the whole sheet in place of the reduced one, so nothing has to be decided by hand and nothing can be missing.
"""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from pygments.token import STANDARD_TYPES
from sphinx.application import Sphinx

from toolchain.base.decoding import read_json
from toolchain.base.files import sha256_lines, write_atomically
from toolchain.model.sphinx import BOOK_THEME, PYDATA_THEME, THEME
from toolchain.sphinxext.front.place import is_site
from toolchain.sphinxext.site import icons, rules
from toolchain.sphinxext.site.theme import FOLDER

NAME = "environment.styles"
"""Beside environment.pickle. Nothing hidden: of that `Kept` takes no digest."""
REDUCED = "toolchain_reduced_styles"
"""Attribute of Sphinx's application, as long as it runs."""
BELOW = {
    PYDATA_THEME: f"theme/{PYDATA_THEME}/static",
    BOOK_THEME: f"theme/{BOOK_THEME}/static",
}
"""Packages of the themes that ours inherits from, and their static files."""
PYDATAS = ("styles/theme.css", "styles/pydata-sphinx-theme.css")
"""Its style sheets, in their order."""
BASIC = '@import "../basic.css";'
"""In the first of them, of Sphinx's own, which stands before them in the bundle."""
ICONS = re.compile(
    r"\.fa[a-z]{0,2}(?![\w])|\.fa-|\.icon-link-image|Font ?Awesome|@keyframes fa-|--fa-|\.svg-inline--fa",
    re.IGNORECASE,
)
"""Classes of icons, which are drawn in the page, and the fonts that they were letters of."""
WRITERS = (
    (PYDATA_THEME, "*.py"), (PYDATA_THEME, "theme/**/*.html"), (BOOK_THEME, "**/*.py"), (BOOK_THEME, "theme/**/*.html"),
    ("sphinx", "themes/basic/*.html"), ("sphinx", "writers/html5.py"), ("sphinx", "addnodes.py"),
    ("sphinx", "domains/changeset.py"), ("sphinx", "domains/python/*.py"), ("sphinx", "directives/other.py"),
    ("sphinx", "ext/mathjax.py"), ("docutils", "nodes.py"), ("docutils", "writers/_html_base.py"),
    ("docutils", "writers/html5_polyglot/__init__.py"), ("myst_nb", "**/*.py"), ("sphinx_design", "*.py"),
    ("toolchain", "sphinxext/site/**/*.py"), ("toolchain", "sphinxext/site/**/*.html"),
    ("toolchain", "sphinxext/site/**/*.js"),
)  # fmt: skip
"""Sources of what writes pages."""
MADE_UP = {
    "doctest",
    "eqno",
    "only-dark",
    "only-light",
    "text-left",
    "text-center",
    "text-right",
    *(f"toctree-l{level}" for level in range(1, 10)),
}
"""Classes whose names these put together, or take from markup."""
IN_CLASSES = re.compile(r'\bclass="([^"]+)"')
ADDRESS = re.compile(r"""url\((?P<quote>["']?)(?!data:|https?:|/|#)(?P<path>[^)"']+)(?P=quote)\)""")


class _File(Struct, frozen=True):
    """The theme's style sheet as the last run has reduced it: to read all sources takes longer than to write a page."""

    stamp: str
    reduced: rules.Reduced


def reduced(app: Sphinx) -> rules.Reduced:
    """Return pydata-sphinx-theme's style sheet, reduced; once in a book as long as nothing is installed anew."""
    if not hasattr(app, REDUCED):
        path, sources = Path(app.doctreedir, NAME), list(_sources())
        looks = ((str(source), source.stat()) for source in sources)
        stamp = sha256_lines(f"{source} {stat.st_size} {stat.st_mtime_ns}" for source, stat in looks)
        kept = read_json(path, _File)
        if kept is None or kept.stamp != stamp:
            known = rules.words(source.read_text(encoding="utf-8") for source in sources)
            kept = _File(
                stamp, rules.reduced(_pydatas(), known | MADE_UP | set(STANDARD_TYPES.values()), ICONS)
            )
            write_atomically(path, msgspec.json.encode(kept, order="sorted"))
        setattr(app, REDUCED, kept.reduced)
    made: rules.Reduced = getattr(app, REDUCED)
    return made


def _sources() -> Iterator[Path]:
    for package, pattern in WRITERS:
        yield from sorted(Path(str(resources.files(package))).glob(pattern))


def _file(package: str, name: str) -> str:
    return resources.files(package).joinpath(BELOW[package], name).read_text(encoding="utf-8")


def needs_whole(page: str, dropped: frozenset[str]) -> bool:
    """Say whether a page has a class on it of which the reduced style sheet says nothing."""
    return any(not dropped.isdisjoint(classes.split()) for classes in set(IN_CLASSES.findall(page)))


def is_of_theme(folder: Path) -> bool:
    """Say whether a folder of templates belongs to our theme or one that it inherits from."""
    roots = (FOLDER, *(Path(str(resources.files(package))) for package in BELOW))
    return any(folder.is_relative_to(root) for root in roots)


def sheets(app: Sphinx) -> tuple[str, ...]:
    """Return the style sheets that the theme and those below name, in their order."""
    builder: Any = app.builder
    return tuple(name for name in builder.theme.stylesheets if name not in PYDATAS)


def whole() -> str:
    """Return pydata-sphinx-theme's style sheet as it is, from the folder of the bundle."""
    return moved(_pydatas(), PYDATAS[-1])


def _pydatas() -> str:
    css = "\n".join(_file(PYDATA_THEME, name) for name in PYDATAS)
    return icons.drawn_in_rules(css.replace(BASIC, ""))


def _remove_maps(app: Sphinx, error: Exception | None) -> None:
    """Remove what is for those who work on the other themes: maps of their files to what these were made of, and parts of templates."""
    if error is not None or not is_site(app) or app.config.html_theme != THEME:
        return
    for package, folder in BELOW.items():
        root = Path(str(resources.files(package)), folder)
        for file in (*root.glob("*/*.map"), *root.glob("*-macros.html")):
            Path(app.outdir, "_static", file.relative_to(root)).unlink(missing_ok=True)


def moved(css: str, name: str) -> str:
    """Return a style sheet as it is from the folder of the bundle: without its map, and with other addresses."""
    folder = Path(name).parent
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    return ADDRESS.sub(lambda url: f'url("{_from_styles(folder, url["path"])}")', css)


def _from_styles(folder: Path, path: str) -> str:
    return path if folder == Path("styles") else f"../{folder.as_posix()}/{path}"


def setup(app: Sphinx) -> None:
    """Tidy up when all is written."""
    app.connect("build-finished", _remove_maps)
