"""Sphinx's configuration of a book that has no _config/conf.py."""

import os
from pathlib import Path

from toolchain.sphinxext import configuration

globals().update(configuration(str(Path(os.environ["TOOLCHAIN_PROJECT"], "_config", "conf.py"))))
