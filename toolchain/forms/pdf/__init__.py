"""The printed book: typeset by LaTeX, made ready for its printer, and read for the checks."""
