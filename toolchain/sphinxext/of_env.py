"""The application that an environment is of."""

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def application(env: BuildEnvironment) -> Sphinx:
    """Return it: transforms need it, and Sphinx 11 takes their `app` away without a successor; its own ask here, too."""
    return env._app  # noqa: SLF001 - as said
