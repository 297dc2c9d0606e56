"""A new course: `start` writes the files of `template/`."""
