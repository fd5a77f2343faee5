"""The project: its settings, its repository, and the lock that lets one build work in it at a time."""
