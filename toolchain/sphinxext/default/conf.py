"""Sphinx's configuration of a book that has no _config/conf.py."""

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
