from docutils import nodes

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))


def drop(app, tree, page):
    for entry in list(tree.findall(nodes.entry)) if app.builder.name == "latex" else ():
        if "gone" in entry.astext():
            entry.children = []


def setup(app):
    app.connect("doctree-resolved", drop, priority=900)
