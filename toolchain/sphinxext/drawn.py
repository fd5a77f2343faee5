"""Outputs that scripts draw on a page of the site: the scripts are files of the site, and only where a page needs them.

What no page can show is kept nevertheless: another form of the same output may do, and if none does, that is to be said.
"""

import importlib.resources
import shutil
from pathlib import Path

from docutils import nodes
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from myst_nb.core.render import MimeData, NbElementRenderer
from nbformat import from_dict
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment

from toolchain.base.files import remove
from toolchain.outputs.kinds import SEVERAL

HERE = Path(__file__).parent / "interactive"
FOLDER = "interactive"
"""Below _static."""
STARTER, MANAGER = f"{FOLDER}/widgets.js", f"{FOLDER}/extension.js"
WIDGETS: dict[str, dict[str, str]] = {STARTER: {}, MANAGER: {}}
"""MyST-NB's `nb_ipywidgets_js`: what a page with widgets loads, and in which order."""
PRIORITIES = ((SEVERAL, 15),)
"""Where forms that MyST-NB does not know stand among those that a site can show: a widget has 10, a picture 50 and more."""


def _files() -> dict[str, Path]:
    """Return the files that pages may load, by their paths below _static."""
    manager = Path(str(importlib.resources.files("widgetsnbextension"))) / "static/extension.js"
    return {STARTER: HERE / "widgets.js", MANAGER: manager}


def _copy(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Copy what the book's pages load, before they name it with its checksum, and remove what none loads any more."""
    if not isinstance(app.builder, StandaloneHTMLBuilder):
        return []
    used = {
        uri
        for page in getattr(env, "nb_metadata", {}).values()
        for uri, _ in page.get("js_files", {}).values()
        if uri
    }
    for name, source in _files().items():
        target = Path(app.outdir, "_static", name)
        if name not in used:
            remove(target)
        elif not target.exists() or target.stat().st_size != source.stat().st_size:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return []


def _render(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """Stand in for MyST-NB where it knows no form of an output."""
    if data.mime_type == SEVERAL:
        return _several(renderer, data)
    return [nodes.raw("", data.mime_type, format="unknown")]


def _several(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """Return what is shown of an output as several."""
    host, shown = renderer.renderer, nodes.Element()
    # The cell's caption is around all of them.
    options = {key: option for key, option in data.cell_metadata.items() if key != "mystnb"}
    cell = Token("nb_cell_code", "", 0, map=[data.line or 0] * 2)
    cell.meta = {"index": data.cell_index, "metadata": options}
    token = SyntaxTreeNode([cell], create_root=False)
    with host.current_node_context(shown):
        host._render_nb_cell_code_outputs(token, [from_dict(output) for output in data.content])  # noqa: SLF001 - there is no other seam
    return [node for node in shown.children if isinstance(node, nodes.Element)]


def setup(app: Sphinx) -> None:
    """Take the place of MyST-NB's warning about what it does not know, and see to the scripts."""
    NbElementRenderer.render_unhandled = _render
    app.connect("env-updated", _copy)
