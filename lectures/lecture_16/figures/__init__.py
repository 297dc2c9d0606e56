"""The figures of lecture 16."""
