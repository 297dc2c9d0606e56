"""What takes the records of lecture 16."""
