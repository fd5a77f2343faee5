"""Tasks become outcomes."""
