"""The book's own code: definitions in cells tagged `save`, collected into a package that later notebooks import."""
