from sphinx import addnodes

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))


def shorten(app, tree, page):
    for each in list(tree.findall(addnodes.start_of_file)) if app.builder.name == "latex" else ():
        if each["docname"] == "other":
            each.parent.remove(each)


def setup(app):
    app.connect("doctree-resolved", shorten)
