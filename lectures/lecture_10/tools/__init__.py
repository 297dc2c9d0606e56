"""Programs that take the records of lecture 10."""
