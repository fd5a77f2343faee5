"""What everything stands on: errors, files and digests, units, text for a terminal; nothing about books."""
