"""The site as the checks get to see it: each page parsed once."""
