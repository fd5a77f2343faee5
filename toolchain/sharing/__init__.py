"""Results shared between hosts: who has a GPU computes them, everybody else shows them."""
