"""Sphinx, without a book."""
