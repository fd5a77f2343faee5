"""What has to be installed: the environment of the notebooks with its locks, and programs of the system."""
