"""The order of a build: what comes after what, when there is nothing to do, and upkeep of the store."""
