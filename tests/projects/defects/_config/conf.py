"""A directive whose node nobody takes out again, as that of an end whose beginning is lost; exercises and theorems."""

from docutils.parsers.rst import Directive
from sphinx.ext.todo import todolist

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
extensions += ["sphinx_exercise", "sphinx_proof"]


class End(Directive):
    """Leaves a node that only another extension, which is not loaded, would take out."""

    def run(self):
        """Return the node."""
        return [todolist()]


def setup(app):
    """Add the directive."""
    app.add_directive("task-end", End)
