"""Which notebooks run and which results are reused, and why; with the book's own library, of which results depend."""
