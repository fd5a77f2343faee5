"""A directive whose node nobody takes out again, as that of an end whose beginning is lost."""

from docutils import nodes
from docutils.parsers.rst import Directive

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))


class end_of_task(nodes.Element):
    """The end of a task."""


class End(Directive):
    """Ends a task."""

    def run(self):
        """Return the end."""
        return [end_of_task()]


def setup(app):
    """Add the directive."""
    app.add_node(end_of_task)
    app.add_directive("task-end", End)
