"""Sphinx's configuration: what book.toml says. Set any other option of Sphinx below."""

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
