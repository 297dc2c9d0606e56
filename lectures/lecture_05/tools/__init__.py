"""Programs that make the records of lecture 5."""
