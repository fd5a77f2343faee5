"""What cells have put out, seen as data from anywhere: what of it is shown, and what becomes words that say why not."""
