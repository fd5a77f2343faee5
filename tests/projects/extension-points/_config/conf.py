"""As people write it who know Sphinx: with whole tables and lists, which leave out what the toolchain has put there."""

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))

extensions = ["sphinx_inline_tabs"]
html_static_path = ["static"]
html_css_files = ["more.css"]
html_theme_options = {"announcement": "Of conf.py"}
latex_elements = {"preamble": r"\newcommand{\fromconf}{of conf.py}"}
mathjax3_config = {"tex": {"macros": {"half": r"\tfrac{1}{2}"}}}
myst_enable_extensions = ["html_image"]
numfig_format = {"figure": "Fig. %s"}
suppress_warnings = ["toc.excluded"]
