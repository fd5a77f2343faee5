"""What is said to a person: progress while something is done, and the report when it is over."""
