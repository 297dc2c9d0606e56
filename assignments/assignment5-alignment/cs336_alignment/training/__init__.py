"""The training commands: configuration, batches, loops, files."""
