"""A book that uses what other people's extensions add, and some nodes of its own."""

import sys
from pathlib import Path

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))

sys.path.insert(0, str(Path(__file__).parent))
extensions += [
    "sphinx.ext.intersphinx",
    "sphinx_comments",
    "sphinx_exercise",
    "sphinx_proof",
    "sphinx_tabs.tabs",
    "sphinx_thebe",
    "sphinx_togglebutton",
    "sphinxcontrib.mermaid",
    "sphinxext.rediraffe",
    "nodes_of_ours",
]
myst_enable_extensions += ["linkify"]
intersphinx_mapping = {
    "elsewhere": ("https://elsewhere.example/", "../_config/elsewhere.inv"),
    "unread": ("https://unread.example/", "../_config/unread.inv"),
}
comments_config = {"hypothesis": True}
thebe_config = {"repository_url": "https://github.com/its/author"}
rediraffe_redirects = {"old.md": "exercises.md"}
