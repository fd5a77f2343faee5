"""Results are shared: who has a GPU computes them, and everybody else fetches those that can be trusted."""
