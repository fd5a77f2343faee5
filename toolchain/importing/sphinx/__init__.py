"""Import of a project of Sphinx with MyST-NB."""
