"""An extension of the book's own: a role that shouts."""

from docutils import nodes


def shout(name, rawtext, text, lineno, inliner, options=None, content=None):
    return [nodes.strong(rawtext, text.upper())], []


def setup(app):
    app.add_role("shout", shout)
    return {"parallel_read_safe": True}
