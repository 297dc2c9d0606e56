"""The command: arguments, several lectures at once, what is said meanwhile."""
