"""What runs and what is reused: each notebook's key, why it runs, and the book's library that it uses."""
