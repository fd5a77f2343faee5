"""The PDF as the checks get to see it: text, links, and what is drawn on each page, interpreted once."""
