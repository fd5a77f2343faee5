"""A role of this book alone."""

from docutils import nodes


def greet(name, rawtext, text, lineno, inliner, options=None, content=None):
    return [nodes.strong(rawtext, f"Hello, {text}!")], []


def setup(app):
    app.add_role("greet", greet)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
