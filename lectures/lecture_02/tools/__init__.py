"""Programs that make the records of lecture 2."""
