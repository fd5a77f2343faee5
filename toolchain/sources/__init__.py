"""The text becomes a book: pages, their code cells, their order, and the files around each notebook."""
