"""Outputs that scripts draw on a page of the site: the scripts are files of the site, and only where a page needs them.

What no page can show is kept nevertheless: another form of the same output may do, and if none does, that is to be said.
"""

import importlib
import importlib.resources
import json
from importlib.metadata import version
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
from toolchain.outputs import charts
from toolchain.outputs.libraries import PACKAGES, chart_libraries
from toolchain.outputs.mimes import SEVERAL

HERE = Path(__file__).parent / "interactive"
FOLDER = "interactive"
"""Below _static."""
STARTER, MANAGER = f"{FOLDER}/widgets.js", f"{FOLDER}/extension.js"
WIDGETS: dict[str, dict[str, str]] = {STARTER: {}, MANAGER: {}}
"""MyST-NB's `nb_ipywidgets_js`: what a page with widgets loads, and in which order."""
CHARTS = f"{FOLDER}/charts.js"
LIBRARIES = {name: f"{FOLDER}/{name}.js" for name in PACKAGES}


def priorities() -> list[tuple[str, str, int]]:
    """Return, as MyST-NB has it, where forms that MyST-NB does not know stand among those that a site shows: a widget has 10, HTML 30."""
    here = chart_libraries()
    ranks = {SEVERAL: 15, **{mime: 12 for mime in charts.MIMES if charts.library(mime) in here}}
    return [(StandaloneHTMLBuilder.name, mime, rank) for mime, rank in ranks.items()]


def _file(name: str) -> bytes:
    """Return a file that pages load, by its path below _static."""
    if name == MANAGER:
        return importlib.resources.files("widgetsnbextension").joinpath("static/extension.js").read_bytes()
    if name == LIBRARIES["plotly"]:
        return importlib.resources.files("plotly").joinpath("package_data/plotly.min.js").read_bytes()
    if name == LIBRARIES["vega"]:
        bundle = importlib.import_module("vl_convert").javascript_bundle("window.vegaEmbed = vegaEmbed;")
        return f"{_made_by()}(() => {{{bundle}}})();\n".encode()
    return (HERE / Path(name).name).read_bytes()


def _made_by() -> str:
    """Return the line that Vega's scripts begin with."""
    return f"// by vl-convert-python {version('vl-convert-python')}\n"


def _is_copy(target: Path, name: str) -> bool:
    """Say whether a file is what it should be; of the one that takes seconds to make, whether the same package made it."""
    if not target.is_file():
        return False
    content = target.read_bytes()
    return content.startswith(_made_by().encode()) if name == LIBRARIES["vega"] else content == _file(name)


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
    for name in (STARTER, MANAGER, CHARTS, *LIBRARIES.values()):
        target = Path(app.outdir, "_static", name)
        if name not in used:
            remove(target)
        elif not _is_copy(target, name):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_file(name))
    return []


def _render(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """Stand in for MyST-NB where it knows no form of an output."""
    if data.mime_type == SEVERAL:
        return _several(renderer, data)
    if charts.library(data.mime_type) in chart_libraries() and data.mime_type in charts.MIMES:
        return _chart(renderer, data)
    return [nodes.raw("", data.mime_type, format="unknown")]


def _chart(renderer: NbElementRenderer, data: MimeData) -> list[nodes.Element]:
    """Return what has a chart drawn on a page, which loads its library."""
    name = charts.library(data.mime_type)
    renderer.add_js_file(f"chart_{name}", LIBRARIES[name], {})
    renderer.add_js_file("charts", CHARTS, {})
    table = json.dumps(data.content).replace("<", r"\u003c")
    script = f'<script type="{data.mime_type}" data-chart="{charts.MIMES[data.mime_type]}">{table}</script>'
    return [nodes.raw(text=script, format=StandaloneHTMLBuilder.format)]


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
