"""What everything stands on: errors, files, units, text for a terminal. It knows nothing of books."""
