"""The table of labels: what each is called in the site, in print and in the notebooks."""
