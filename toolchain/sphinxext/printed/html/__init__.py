"""HTML in print, whoever wrote it: what cells put out, and what stands in the text of a page, by the same means."""
