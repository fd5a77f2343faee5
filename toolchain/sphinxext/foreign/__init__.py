"""What other people's extensions draw on the site by scripts, in print and in notebooks: its words, in their order."""

from sphinx.application import Sphinx

from toolchain.sphinxext.foreign import assets, code_references, diagrams, redirects, tabs, todos, unwritten


def setup(app: Sphinx) -> None:
    """Look at what is to be printed, or to be a notebook."""
    assets.setup(app)
    code_references.setup(app)
    redirects.setup(app)
    tabs.setup(app)
    todos.setup(app)
    diagrams.setup(app)
    unwritten.setup(app)
