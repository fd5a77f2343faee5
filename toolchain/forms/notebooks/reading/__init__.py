"""The archives of notebooks as the checks get to see them: each read once."""
