"""What book.toml or conf.py gives as substitutions of MyST is put in: it is there for nothing else."""

from sphinx.application import Sphinx
from sphinx.config import Config

EXTENSION = "substitution"
"""Of MyST; where there is nothing to put in, `{{ }}` in the text is not Jinja's either."""


def _enable(_app: Sphinx, config: Config) -> None:
    enabled = config["myst_enable_extensions"]
    if config["myst_substitutions"] and EXTENSION not in enabled:
        config["myst_enable_extensions"] = sorted({*enabled, EXTENSION})


def setup(app: Sphinx) -> None:
    """Look at conf.py before MyST does."""
    app.connect("config-inited", _enable)
