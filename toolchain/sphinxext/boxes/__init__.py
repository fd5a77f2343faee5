"""Exercises, solutions, theorems and proofs: boxes that other people's extensions number, name and refer to.

sphinx-exercise and sphinx-proof each have nodes of their own for them, transforms that finish these while pages are written, and
writers for the site and for LaTeX. What they finish differs from form to form: references to another page have no number in
print, one solution of nothing leaves all later ones without a title, a proof within a theorem takes its title. So they read
pages, and what they have read is finished here, alike for all forms: a box becomes an admonition with its whole title, in the
markup that the extension itself has on the site, and what refers to it says its name.
"""

from sphinx.application import Sphinx

from toolchain.sphinxext.boxes import gates, reading, resolving


def setup(app: Sphinx) -> None:
    """Look at boxes when a page has been read, and finish them before anybody else does."""
    gates.setup(app)
    reading.setup(app)
    resolving.setup(app)
