"""What a person calls: the program's commands, their options, and what they print."""
