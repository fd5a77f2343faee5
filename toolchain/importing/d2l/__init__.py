"""Books of d2lbook: Markdown as pandoc reads it, with roles of its own."""
