"""The live preview: a server for the site, what watches the sources, and the process that makes pages of them."""
