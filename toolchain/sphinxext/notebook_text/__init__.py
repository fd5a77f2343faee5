"""The Sphinx builder `notebooks`: from resolved pages to the text cells of Jupyter notebooks, in plain Markdown."""
