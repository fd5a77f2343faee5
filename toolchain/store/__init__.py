"""What notebooks have computed: kept for good, and shown to MyST-NB and to people as a jupyter-cache."""
