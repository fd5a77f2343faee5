"""Notebooks run on other machines: what a machine offers, its workers, the scheduler, certificates."""
