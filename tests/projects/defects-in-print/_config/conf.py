"""Diagrams, which without a program only a browser draws."""

from toolchain.sphinxext import configuration

globals().update(configuration(__file__))
extensions += ["sphinxcontrib.mermaid"]
