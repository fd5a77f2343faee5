"""What a person calls: the commands of the program, their options, and what they print."""
