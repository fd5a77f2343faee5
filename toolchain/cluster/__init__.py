"""Builds across machines, through Dask: what a machine offers, its worker processes, the scheduler, certificates."""
