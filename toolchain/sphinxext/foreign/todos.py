"""The list of sphinx.ext.todo names the file of each task as a reader knows it, not where it lies on this machine."""

import os
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.ext.todo import todo_node


def _name_files(app: Sphinx, page: nodes.document) -> None:
    for task in page.findall(todo_node):
        if task.source and Path(task.source).is_absolute():
            task.source = os.path.relpath(task.source, app.srcdir)


def setup(app: Sphinx) -> None:
    """Look at each page as it is read."""
    app.connect("doctree-read", _name_files)
