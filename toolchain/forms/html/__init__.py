"""The web site: finished after Sphinx, and read page by page for the checks."""
