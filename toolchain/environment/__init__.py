"""What has to be installed: the notebooks' environment and its locks, and the programs of the system."""
