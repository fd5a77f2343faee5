"""Notebooks run: each in a kernel of its own, the same on every machine; what they compute is kept."""
