"""What a person is told: progress while something is done, and the report when it is over."""
