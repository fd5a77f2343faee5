"""The forms of a book: one module or folder for each, with what it needs, how it is made and how it is opened."""
