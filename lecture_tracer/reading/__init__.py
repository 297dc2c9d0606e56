"""A lecture's text: directives, statements, and which code is recorded."""
