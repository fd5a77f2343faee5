"""Executable books: one source becomes a web site, a PDF and notebooks that always agree."""

__version__ = "0.1.0"
