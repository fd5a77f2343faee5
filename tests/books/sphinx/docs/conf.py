"""Configuration of the small book, as people write it."""

import datetime
import os
import sys

sys.path.insert(0, os.path.abspath("_ext"))
HERE = os.path.dirname(__file__)

project = "Small Sphinx"
author = "Ada Author"
copyright = f"2024, {author}"
release = "1.2"

extensions = [
    "myst_nb",
    "sphinx.ext.intersphinx",
    "sphinx.ext.extlinks",
    "sphinxcontrib.bibtex",
    "greeting",
]
extensions += ["sphinx_design"]
extensions.append("not_installed_anywhere")
exclude_patterns = ["_build", "drafts/**"]
templates_path = ["_templates"]
bibtex_bibfiles = ["refs.bib"]
bibtex_default_style = "plain"
intersphinx_mapping = {}
extlinks = {"issue": ("https://example.org/issues/%s", "issue %s")}

numfig = True
numfig_format = {"figure": "Drawing %s"}
language = "en"
rst_epilog = ".. |maker| replace:: the *maker* of " + project

myst_enable_extensions = ["dollarmath", "colon_fence", "substitution", "deflist"]
myst_substitutions = {"edition": "the **second** edition", "pages": 40}
myst_heading_anchors = 2
mathjax3_config = {"tex": {"macros": {"R": r"\mathbb{R}", "half": [r"\frac{#1}{2}", 1]}, "tags": "none"}}
nb_execution_mode = "off"
nb_execution_excludepatterns = ["guide/long*"]

html_theme = "sphinx_book_theme"
html_theme_options = {"show_toc_level": 2}
html_theme_options["announcement"] = "A small book"
html_title = f"{project} {release}"
html_logo = os.path.join(HERE, "_static", "logo.svg")
html_static_path = ["_static"]
html_css_files = ["custom.css"]
latex_elements = {"papersize": "a5paper", "preamble": r"\newcommand{\ofconf}{}"}
latex_engine = "pdflatex"

pygments_dark_style = "monokai"
html_last_updated_fmt = None
if os.environ.get("SMALL_DRAFT"):
    html_title = "A draft"
this_year = datetime.date.today().year
html_context = {"year": this_year}


def shout(app, docname, source):
    source[0] = source[0].replace("(((loud)))", "LOUD")


def setup(app):
    app.connect("source-read", shout)
    return {"parallel_read_safe": True}
